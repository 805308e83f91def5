"""What a message says of tags that belong elsewhere: what is left to whom, and what to put where.

Everything foreign goes through `code` and `listing`, in which Slack reads nothing.
"""

from collections.abc import Iterator
from collections.abc import Set as AbstractSet

from awsteward.core.slack import code, listing
from awsteward.tags.model.advice import Advice, Cause, Snippet
from awsteward.tags.tell.notice import Notice
from awsteward.tags.tell.wording import Wording

MOST = 8
"""Of anything listed in one line."""


def lines(words: Wording, told: Notice, shown: AbstractSet[Snippet]) -> Iterator[str]:
    """One sentence on what is held, then each snippet that no row above has shown."""
    found = told.advice
    if found is None:
        return
    if found.held:
        yield _held(words, found)
    for snippet in found.snippets:
        if snippet not in shown:
            yield from _snippet(words, found, snippet)


def _held(words: Wording, found: Advice) -> str:
    pairs = [f"{code(each.key, 60)} = {code(each.value, 80)}" for each in found.held[:MOST]]
    more = len(found.held) - MOST
    rest = [words.count("row.more", more)] if more > 0 else []
    sentence = f"advice.{found.cause}"
    return words.say(sentence, by=code(found.by, 80), writes=" · ".join([*pairs, *rest]))


def _snippet(words: Wording, found: Advice, snippet: Snippet) -> Iterator[str]:
    if snippet.text:
        head = words.say(f"advice.{snippet.aim}", place=code(snippet.place, 160))
        # One paragraph: where the box does not fit, its heading is of no use.
        yield f"{head}\n{listing(snippet.text)}"
    if snippet.left and found.cause is not Cause.REMOVAL:
        keys = ", ".join(code(key, 60) for key in snippet.left[:MOST])
        yield words.say("advice.left", keys=keys, place=code(snippet.place, 160))
