"""A dry replay for people: each end in two lines, then the messages that Slack would get."""

from awsteward.cli.progress import complain
from awsteward.cli.replay.options import Options
from awsteward.cli.replay.pages import pages
from awsteward.cli.replay.summary import closing
from awsteward.cli.text import console, message, shown
from awsteward.tags.guard.dry import Tally
from awsteward.tags.model.handled import Handled
from awsteward.tags.policy.model import Policy
from awsteward.tags.tell.digest import Digests
from awsteward.tags.tell.letter import rehearse
from awsteward.tags.tell.notice import notice, worth_telling


def tell(options: Options, policy: Policy) -> int:
    """Print everything; messages are kept to what memory that does not grow can hold."""
    out, tally = console(), Tally()
    digests = Digests(policy.slack.window, bounded=True)
    for page in pages(options, policy, tuple):
        for end in page.shown:
            out.print(shown(end))
            if isinstance(end, Handled) and worth_telling(end):
                digests.add(notice(end))
        for one in page.broken:
            complain(one)
        tally.add(page.tally)
    for letter in rehearse(digests, language=policy.slack.language, links=policy.slack.links):
        message(out, letter.payload)
    return closing(tally)
