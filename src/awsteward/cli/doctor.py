"""``awsteward doctor``: what is wrong between a call in AWS and a message in Slack."""

import json
import os
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import assert_never

from awsteward.cli.clock import CLOCK
from awsteward.cli.ledgers import region
from awsteward.cli.place import nearest, place
from awsteward.cli.text import console
from awsteward.clients.aws.door import Boto
from awsteward.clients.secret import VARIABLE, Secret
from awsteward.clients.slack import Slack, Webhook
from awsteward.core.printable import fit
from awsteward.doctor.look import Look
from awsteward.doctor.rulebook import BUILT_IN, opened
from awsteward.doctor.verdict import Check, Fine, Unclear, Verdict, Wrong
from awsteward.doctor.walk import Asked, walk

_WORDS = {"fine": "green", "WRONG": "red", "?": "yellow"}
_LINK, _WORD = 20, 7
_PATIENCE_S = 1.0
"""Between two tries at Slack: somebody waits for the answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What was asked for on the command line."""

    stack: str | None
    region: str | None
    policy: Path | None
    slack_url: str | None
    hello: bool
    form: str


def run(options: Options) -> int:
    """Walk the chain with the user's own AWS settings."""
    look = Look.through(Boto(), options.region or region())
    return told(walk(_asked(options, look)), options.form, _prefix(options))


def told(checks: Iterator[Check], form: str, prefix: str = "") -> int:
    """Say each link as soon as it is known; 1 where one is wrong. *prefix*: of our own commands."""
    counted: Counter[str] = Counter()
    out = console()
    for check in checks:
        word, what, mend = _said(check.verdict)
        commands = [f"{prefix}{one}" if one.startswith("awsteward ") else one for one in mend]
        counted[word] += 1
        if form == "json":
            verdict = {"WRONG": "wrong", "?": "unclear"}.get(word, word)
            line = {"check": check.link, "verdict": verdict, "what": what, "mend": commands}
            print(json.dumps(line), flush=True)
            continue
        out.print(f"{word:<{_WORD}}", style=_WORDS[word], end="")
        out.print(f"{check.link:<{_LINK}}{fit('; '.join(what.splitlines()))}")
        for command in commands:
            out.print(f"{'':<{_WORD + _LINK}}mend: {fit(command)}")
    print(_summary(counted), file=sys.stderr)
    return int(counted["WRONG"] > 0)


def _said(verdict: Verdict) -> tuple[str, str, tuple[str, ...]]:
    match verdict:
        case Fine(what):
            return "fine", what, ()
        case Wrong(what, mend):
            return "WRONG", what, mend
        case Unclear(why):
            return "?", why, ()
        case _:
            assert_never(verdict)


def _summary(counted: Counter[str]) -> str:
    parts = [f"{counted['fine']} fine", f"{counted['WRONG']} wrong"]
    if counted["?"]:
        parts.append(f"{counted['?']} could not be told")
    return ", ".join(parts)


def _prefix(options: Options) -> str:
    """Our other commands take their region from the environment alone."""
    return f"AWS_REGION={options.region} " if options.region else ""


def _asked(options: Options, look: Look) -> Asked:
    file = options.policy or nearest(Path.cwd())
    return Asked(
        look=look,
        stack=options.stack,
        policy=lambda: opened(lambda: place(options.policy).policy, str(file or BUILT_IN)),
        policy_file=str(file or ""),
        slack=options.slack_url or os.environ.get(VARIABLE, ""),
        hello=options.hello,
        dial=_dial,
        now=CLOCK.now,
        environment=os.environ,
    )


def _dial(url: Secret) -> Slack:
    return Webhook(url, clock=time.monotonic, sleep=lambda s: time.sleep(min(s, _PATIENCE_S)))
