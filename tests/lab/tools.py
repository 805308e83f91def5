"""The three that can be PID 1, and how each is told what a case needs; None: it cannot."""

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

GATE = Path(__file__).parents[2] / "src" / "awsteward" / "rollout" / "gate.py"
Flags = Sequence[str] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """One program that starts another and looks after it."""

    name: str
    words: tuple[str, ...]
    end: tuple[str, ...] = ("--",)
    group: Flags = ()
    """To signal the whole group."""
    single: Flags = ()
    """To signal the child alone."""
    ok_exit: Callable[[int], Flags] = field(default=lambda _: None)
    rewrite: Callable[[int, int], Flags] = field(default=lambda _, __: None)
    parent_death: Flags = None
    not_forwarded: frozenset[str] = frozenset()
    """Signals that it keeps to itself, as it says."""
    own_folder: str | None = None
    """Where it stands itself, so that it keeps no file system busy."""
    does: Mapping[str, str] = field(default_factory=dict)
    """What a case is expected to show, where the three differ."""

    def command(self, flags: Sequence[str], *command: str) -> list[str]:
        """How it is called to run *command*."""
        return [*self.words, *flags, *self.end, *command]


TINI = Tool(
    name="tini",
    words=("tini",),
    group=("-g",),
    ok_exit=lambda code: ("-e", str(code)),
    parent_death=("-p", "SIGTERM"),
    # https://github.com/krallin/tini/blob/master/src/tini.c, configure_signals
    not_forwarded=frozenset({"FPE", "ILL", "SEGV", "BUS", "ABRT", "TRAP", "SYS", "TTIN", "TTOU"}),
    does={"shell": "cut", "shell, group": "cut", "survivors": "cut"},
)
DUMB_INIT = Tool(
    name="dumb-init",
    words=("dumb-init",),
    single=("-c",),
    rewrite=lambda old, new: ("--rewrite", f"{old}:{new}"),
    own_folder="/",
    does={"shell": "cut", "shell, group": "cut", "survivors": "cut"},
)
OURS = Tool(
    name="gate run",
    words=(sys.executable, "-I", "-S", str(GATE), "run"),
    single=("--child-only",),
    ok_exit=lambda code: ("-e", str(code)),
    rewrite=lambda old, new: ("--rewrite", f"{old}:{new}"),
    not_forwarded=frozenset({"TTIN", "TTOU"}),
    does={"shell": "finished", "shell, group": "finished", "survivors": "finished"},
)
TOOLS = (TINI, DUMB_INIT, OURS)
