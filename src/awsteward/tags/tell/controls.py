"""Buttons, menus and fields under a question, and what comes back when they are used. Pure.

A block's id begins with its question's; a button or field is named by the number of its key, for
keys and values are strangers' words.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from urllib.parse import parse_qs

import msgspec

from awsteward.core import slack
from awsteward.core.slack import LIMITS, Block
from awsteward.tags.tell.question import OpenKey, OpenQuestion
from awsteward.tags.tell.wording import Wording

MOST_BUTTONS = 4
MOST_CHOICES = 20
"""More than that is written, not chosen; the policy's values are held against it either way."""
MOST_KEYS = 8
"""A question about more is answered on the command line alone."""
LARGEST = 100_000
"""Bytes of a request; Slack's own are far below."""
_SAVE = "save"


def mark(question_id: str) -> str:
    """The id of the block that asks."""
    return f"q:{question_id}"


def controls(words: Wording, asked: OpenQuestion, room: int) -> tuple[Block, ...]:
    """What a person answers with, in *room* bytes: one press where that is enough, else a form.

    Menus that take too much of a message give way to fields; what is allowed stands above them.
    """
    keys = asked.keys
    if len(keys) > MOST_KEYS:
        return ()
    if len(keys) == 1 and _choice(keys[0]) and len(keys[0].allowed) <= MOST_BUTTONS:
        ways = [_buttons(asked)]
    else:
        menus = frozenset(n for n, key in enumerate(keys) if _choice(key))
        ways = [_form(words, asked, menus), _form(words, asked, frozenset())]
    return next((way for way in ways if slack.weight(way) <= room), ())


def _buttons(asked: OpenQuestion) -> tuple[Block, ...]:
    values = enumerate(asked.keys[0].allowed)
    buttons = (slack.button(f"v{n}", value, value) for n, value in values)
    return (slack.actions(_block(asked), buttons),)


def _form(words: Wording, asked: OpenQuestion, menus: AbstractSet[int]) -> tuple[Block, ...]:
    """A menu for each of these keys, a field for each other one, and a button that saves all."""
    keys = dict(enumerate(asked.keys))
    fields = [
        slack.field(f"{_block(asked)}{n}", f"k{n}", key.key, _initial(key))
        for n, key in keys.items()
        if n not in menus
    ]
    chosen = [slack.menu(f"k{n}", keys[n].key, keys[n].allowed) for n in sorted(menus)]
    save = slack.button(_SAVE, words.say("question.save"), asked.id, primary=True)
    return (*fields, slack.actions(_block(asked), [*chosen, save]))


def _block(asked: OpenQuestion) -> str:
    return f"{mark(asked.id)}:"


def _choice(key: OpenKey) -> bool:
    """What would be shown cut, or other than it is, people could not tell from its neighbour."""
    fits = all(
        0 < len(value) <= LIMITS["option"]["text"] // 2 and value == slack.clean(value)
        for value in key.allowed
    )
    return 0 < len(key.allowed) <= MOST_CHOICES and key.pattern is None and fits


def _initial(key: OpenKey) -> str | None:
    """The suggestion, where a field shows it whole."""
    given = key.suggestion
    if given is None or slack.units(given) > LIMITS["field"]["text"]:
        return None
    return given if given == slack.clean(given) else None


def settled(blocks: Iterable[Block], question_id: str, line: str) -> list[Block]:
    """The blocks of a message in which that question stands answered."""
    own, said = mark(question_id), slack.section([line])
    return [
        said if block.get("block_id") == own else block
        for block in blocks
        if not str(block.get("block_id", "")).startswith(f"{own}:")
    ]


def questions(blocks: Iterable[Block]) -> tuple[str, ...]:
    """The ids of the questions that can be answered in a message."""
    ids = (str(block.get("block_id", "")).split(":") for block in blocks)
    return tuple(dict.fromkeys(id_[1] for id_ in ids if id_[0] == "q" and len(id_) == 2))  # noqa: PLR2004 - prefix and question


# --- what comes back -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Pressed:
    """Somebody pressed something under a question."""

    user: str
    channel: str
    question: str
    values: Mapping[int, str]
    """By the number of the key, as it was asked."""


@dataclass(frozen=True, slots=True)
class Nothing:
    """Somebody did something that asks for no answer, or that we cannot read; *why* says what."""

    why: str


class _Named(msgspec.Struct, frozen=True):
    id: str


class _Chosen(msgspec.Struct, frozen=True):
    value: str


class _State(msgspec.Struct, frozen=True):
    value: str | None = None
    selected_option: _Chosen | None = None


class _Values(msgspec.Struct, frozen=True):
    values: Mapping[str, Mapping[str, _State]] = {}


class _Action(msgspec.Struct, frozen=True):
    type: str
    action_id: str
    block_id: str
    value: str | None = None


class _Payload(msgspec.Struct, frozen=True):
    """https://docs.slack.dev/reference/interaction-payloads/block_actions-payload ."""

    type: str
    user: _Named
    channel: _Named
    actions: tuple[_Action, ...] = ()
    state: _Values = _Values()


def pressed(body: bytes) -> Pressed | Nothing:
    """What a request's body says; whether it comes from Slack must be known before."""
    try:
        told = parse_qs(body.decode(), strict_parsing=True, max_num_fields=10)["payload"][0]
        payload = msgspec.json.decode(told, type=_Payload)
    except (msgspec.DecodeError, ValueError, KeyError, RecursionError) as error:
        return Nothing(f"unreadable: {type(error).__name__}")
    buttons = [each for each in payload.actions if each.type == "button"]
    if payload.type != "block_actions" or not buttons:
        return Nothing("nothing was pressed")
    return _pressed(payload, buttons)


def _pressed(payload: _Payload, buttons: Sequence[_Action]) -> Pressed | Nothing:
    button = buttons[0]
    prefix, _, question = button.block_id.removesuffix(":").partition(":")
    if prefix != "q" or not question:
        return Nothing("that button is none of ours")
    if button.action_id == _SAVE:
        values = _chosen(payload.state.values, mark(question))
    elif re.fullmatch(r"v[0-9]+", button.action_id) and button.value:
        values = {0: button.value}
    else:
        return Nothing("that button is none of ours")
    return Pressed(
        user=payload.user.id, channel=payload.channel.id, question=question, values=values
    )


def _chosen(state: Mapping[str, Mapping[str, _State]], own: str) -> Mapping[int, str]:
    found: dict[int, str] = {}
    for block_id, fields in state.items():
        if not block_id.startswith(f"{own}:"):
            continue
        for name, held in fields.items():
            value = held.selected_option.value if held.selected_option else held.value
            if value and name[:1] == "k" and name[1:].isdecimal():
                found[int(name[1:])] = value.strip()
    return found
