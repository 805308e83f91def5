from awsteward.rollout.rehearse.reconcile import reconcile
from awsteward.rollout.rehearse.run import Request


def request(entered: str, status: int) -> Request:
    answered_s = 0.1 if status else None
    return Request(
        id=entered, due_s=0.0, sent_s=0.0, answered_s=answered_s, status=status,
        replica="r1", method="POST",
    )  # fmt: skip


def test_each_request_is_held_against_what_was_committed() -> None:
    requests = (
        request("kept", 200),
        request("cut", 0),
        request("refused", 503),
        request("a lie", 200),
        request("no answer", 0),
        request("twice", 200),
    )

    found = reconcile(requests, {"kept": 1, "no answer": 1, "twice": 2})

    assert found.lost == ("cut", "refused", "a lie")
    assert found.committed_unanswered == ("no answer",)
    assert found.doubled == ("twice",)


def test_a_commit_that_nobody_asked_for_changes_nothing() -> None:
    found = reconcile((request("kept", 200),), {"kept": 1, "stranger": 1})

    assert (found.lost, found.doubled, found.committed_unanswered) == ((), (), ())
