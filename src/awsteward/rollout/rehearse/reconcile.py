"""The oracle: which requests did the ledger really see? A status code alone would be a weak one."""

from collections.abc import Iterable, Mapping

from awsteward.rollout.rehearse.run import Reckoning, Request


def reconcile(requests: Iterable[Request], commits: Mapping[str, int]) -> Reckoning:
    """Lost is what was not committed, answered or not; *commits* counts how often each id was."""
    lost, doubled, unanswered = [], [], []
    for each in requests:
        times = commits.get(each.id, 0)
        if not times:
            lost.append(each.id)
        elif not each.accepted:
            unanswered.append(each.id)
        if times > 1:
            doubled.append(each.id)
    return Reckoning(
        lost=tuple(lost), doubled=tuple(doubled), committed_unanswered=tuple(unanswered)
    )
