"""A dry replay for programs: one line of JSON for each end."""

import sys
from collections.abc import Iterable

import msgspec

from awsteward.cli.progress import progress
from awsteward.cli.replay.options import Options
from awsteward.cli.replay.pages import pages
from awsteward.cli.replay.summary import closing
from awsteward.tags.guard.dry import End, Tally
from awsteward.tags.guard.line import line
from awsteward.tags.policy.model import Policy

_encoder = msgspec.json.Encoder()


def print_lines(options: Options, policy: Policy) -> int:
    """Print how every record ends; the exit code says whether something is left."""
    tally = Tally()
    with progress(tally) as seen:
        for page in pages(options, policy, _lines):
            sys.stdout.buffer.write(page.shown)
            seen.aside(page.broken)
            tally.add(page.tally)
            seen.step()
    return closing(tally)


def _lines(found: Iterable[End]) -> bytes:
    return _encoder.encode_lines([line(end) for end in found])
