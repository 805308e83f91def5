"""Whom a question was put to, as the ledger keeps it beside the question."""

from dataclasses import dataclass

import msgspec

from awsteward.tags.tell.address import NOWHERE, Address


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Where the question went, and under which names letters to its persons are counted."""

    to: Address = NOWHERE
    persons: tuple[str, ...] = ("somebody",)


def encode(asked: Asked) -> str:
    """As the ledger keeps it."""
    return msgspec.json.encode(asked).decode()


def decode(text: str) -> Asked:
    """As it was before `encode`; nothing at all where nobody said."""
    return msgspec.json.decode(text, type=Asked) if text else Asked()
