"""The message that a brake is on: once for each time it is pulled, to whoever reads the channel.

What it held back is told with each resource, by `letter`.
"""

from awsteward.core import slack
from awsteward.tags.model.handled import Brake
from awsteward.tags.policy.model import Slack
from awsteward.tags.tell.question import short_id
from awsteward.tags.tell.wording import wording

Payload = dict[str, object]
Told = tuple[str, Payload]
"""The letter's id and what Slack is sent."""


def told(brake: Brake, why: str, manner: Slack) -> Told:
    """The same brake for the same reason is the same message; *why* says since when it is on."""
    words = wording(manner.language)
    letter_id = short_id("brake", brake, why)
    title = words.say("brake.title")
    lines = [words.say("brake.why", why=slack.prose(why, 400)), words.say(f"brake.{brake}")]
    return letter_id, {
        "text": slack.prose(f"{title}: {why} [{letter_id}]", 400),
        "blocks": [
            slack.header(title),
            slack.section(lines),
            slack.context([words.say("footer.letter", id=slack.code(letter_id))]),
        ],
        "unfurl_links": False,
        "unfurl_media": False,
    }
