"""Tells the ARNs of what a call created: read from the response, or made from their parts.

Never another resource's: an ARN must lie in the service's own namespace, and one that is made
needs every part. Where that is not given, the answer is none.
"""

import functools

from awsteward.tags.catalogue import lookup
from awsteward.tags.read import given
from awsteward.tags.read.facts import Facts, account, is_certain_account
from awsteward.tags.read.paths import Json, values
from awsteward.tags.read.ways import Slot, Text, Way

_ARN_PARTS = 6
_LONGEST_PLACES = 64
"""A region and an account together; what is longer is hostile, and not kept in memory."""
_OLD = frozenset({"1.0", "1.00", "1.01", "1.02"})  # written before 2015


def arns(way: Way, facts: Facts, namespaces: frozenset[str]) -> list[str]:
    """The ARN in the response; else, where that is safe, one made from its parts."""
    if way.arn is None:
        return _filled(way, facts)
    if way.row.ids and (made := _filled(way, facts)):
        return made
    present = values(facts.response, way.arn)
    if not present and way.alias:
        present = values(facts.response, way.alias)
    if present:
        made = _filled(way, facts) if _is_sample(present) and _all_from_response(way) else []
        return made or _own(present, namespaces, facts)
    if way.bare:
        own = _own(values(facts.response, way.bare), namespaces, facts)
        if own and all(_fits(arn, way) for arn in own):
            return own
    return _filled(way, facts) if _twice_told(way, facts) else []


def _own(found: list[object], namespaces: frozenset[str], facts: Facts) -> list[str]:
    """The ARNs, if all are of the service itself and none is one that the caller named."""
    own: list[str] = []
    for arn in found:
        if not isinstance(arn, str) or not arn.startswith("arn:"):
            return []
        parts = arn.split(":", 5)
        if len(parts) != _ARN_PARTS or parts[2].replace("-", "") not in namespaces:
            return []
        if arn in facts.request.values():
            return []
        own.append(arn)
    return own


def _fits(arn: str, way: Way) -> bool:
    """Whether the ARN is of the kind the template makes (or there is no template to say)."""
    return arn.split(":", 5)[5].startswith(way.prefix)


def _is_sample(present: list[object]) -> bool:
    """Words in the ARN's place: the samples in AWS's documentation say ``plan ARN``, no ARN.

    Anything else that is no ARN (blank, hidden) means that the true one cannot be known: it may
    lie in another account than the caller's, or be written otherwise than the template.
    """
    return all(
        isinstance(words, str) and " " in words.strip() and not words.startswith("arn:")
        for words in present
    )


def _all_from_response(way: Way) -> bool:
    return all(slot.in_response for slot in way.slots)


def _twice_told(way: Way, facts: Facts) -> bool:
    """An absent ARN is made up only for an old record, where request and response agree on it.

    APIs learned to answer with ARNs over the years. In a newer record the absence says that
    something is amiss, the name asked for need not be the one given, and ids are not always
    the ARN's.
    """
    if facts.record.event_version not in _OLD or not way.slots:
        return False
    return is_certain_account(facts.record) and all(_agree(slot, facts) for slot in way.slots)


def _agree(slot: Slot, facts: Facts) -> bool:
    told = slot_values(slot, facts)
    other = facts.request if slot.in_response else facts.response
    return bool(told) and told == values(other, slot.last)


def _side(slot: Slot, facts: Facts) -> Json:
    return facts.response if slot.in_response else facts.request


def slot_values(slot: Slot, facts: Facts) -> list[object]:
    """What the record holds for a slot; services drop the structure around a whole response."""
    body = _side(slot, facts)
    found = values(body, slot.path)
    return found if found or slot.bare is None else values(body, slot.bare)


def plain(found: list[object]) -> list[str]:
    """The values as texts; none at all where one of them cannot be part of a name."""
    texts: list[str] = []
    for value in found:
        if isinstance(value, str):
            text = value
        elif isinstance(value, int) and not isinstance(value, bool):
            text = str(value)
        else:
            return []
        if not text or given.is_hidden(text):
            return []
        texts.append(text)
    return texts


def _filled(way: Way, facts: Facts) -> list[str]:
    """The template with every part from the record; one ARN per value of a part that has many."""
    made: list[str] = []
    for part in way.parts:
        head = made[0] if made else ""
        options = _ids(part, head, facts) if isinstance(part, Slot) else _text(part, facts)
        if not options or (len(options) > 1 and len(made) > 1):
            return []
        made = [head + option for head in made for option in options] if made else options
    return made


def _ids(slot: Slot, head: str, facts: Facts) -> list[str]:
    """A slot's values, without what the ARN says already (``/hostedzone/Z1`` for ``Z1``)."""
    texts = plain(slot_values(slot, facts))
    rooted = False
    for text in texts:
        if text.startswith("arn:"):
            return []
        rooted = rooted or text.startswith("/")
    if rooted and head.endswith("/"):
        kind = "/" + head.rsplit(":", 1)[-1]
        texts = [t.removeprefix(kind) if slot.in_response else t for t in texts]
        texts = [t.removeprefix("/") for t in texts]
    return texts


def _text(text: Text, facts: Facts) -> list[str]:
    """The text with its places named; none where the record does not name them."""
    region = facts.record.aws_region or ""
    named = account(facts.record) if text.owned else ""
    if named is None or (text.regional and not region) or (text.owned and not named):
        return []
    short = len(region) + len(named) <= _LONGEST_PLACES
    placed = _placed if short else _placed.__wrapped__
    return [placed(text.form, region, named)]


@functools.lru_cache(maxsize=4_096)
def _placed(form: str, region: str, account: str) -> str:
    return form.format(partition=lookup.partition(region), region=region, account=account)
