"""Modules compiled beforehand: else every cold start of a function would compile everything anew.

Measured, that makes an import take 1.6 times as long. Bytecode fits one minor version of Python;
for another one than this, there is none to be had.
"""

import marshal
import sys
from collections.abc import Mapping
from importlib.util import MAGIC_NUMBER, source_hash

_WITHOUT_REFERENCES = 2
"""marshal's later versions mark what is shared in this process, which differs from run to run."""
_FIRST_WITH_SLICES = (3, 14)
"""From here on code holds constants that this version of marshal cannot write."""
_UNCHECKED_HASH = (1).to_bytes(4, "little")
"""Python takes it as it is: https://docs.python.org/3/reference/import.html#pyc-invalidation."""


def fits(python: str) -> bool:
    """Whether this Python can compile for *python*, such as 3.13, the same way every time."""
    here = sys.version_info[:2]
    same = python == f"{here[0]}.{here[1]}" and sys.implementation.name == "cpython"
    return same and here < _FIRST_WITH_SLICES


def compiled(members: Mapping[str, bytes]) -> dict[str, bytes]:
    """The bytecode of every module among *members*, where Python looks for it."""
    return {
        _cached(name): _pyc(name, source)
        for name, source in members.items()
        if name.endswith(".py")
    }


def _cached(name: str) -> str:
    folder, _, module = name.rpartition("/")
    return f"{folder}/__pycache__/{module.removesuffix('.py')}.{sys.implementation.cache_tag}.pyc"


def _pyc(name: str, source: bytes) -> bytes:
    code = compile(source, name, "exec", dont_inherit=True, optimize=0)
    return (
        MAGIC_NUMBER
        + _UNCHECKED_HASH
        + source_hash(source)
        + marshal.dumps(code, _WITHOUT_REFERENCES)
    )
