"""A replay with AWS or Slack: looks at the estate, and writes or posts if asked to."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import msgspec

from awsteward.cli.clock import CLOCK
from awsteward.cli.ledgers import opened
from awsteward.cli.place import Place, archive
from awsteward.cli.progress import Progress, progress
from awsteward.cli.reins import reins_of
from awsteward.cli.replay.options import Options
from awsteward.cli.replay.summary import closing
from awsteward.cli.slack import slack, told
from awsteward.cli.text import console, shown
from awsteward.clients.aws.door import Boto
from awsteward.tags.apply.hands import AwsHands
from awsteward.tags.guard.dry import End, Tally, readings
from awsteward.tags.guard.hold import Stoppable
from awsteward.tags.guard.line import line
from awsteward.tags.guard.live import Guard, guard
from awsteward.tags.guard.post import post
from awsteward.tags.guard.remind import StillOpen
from awsteward.tags.guard.still import still_open
from awsteward.tags.model.reading import Created
from awsteward.tags.read.records import Broken, records

Printer = Callable[[End], None]


def live(options: Options, where: Place) -> int:
    """Replay with what the user allowed; 0 when nothing is left to report."""
    door = Boto(role=options.role)
    hands = AwsHands(door=door, clock=CLOCK)
    with_ = Guard(policy=where.policy, hands=hands, ledger=None, now=CLOCK.now, writing=False)
    if not (options.apply or options.notify):
        return _replayed(options, with_)
    people = slack(options.slack_url, options.slacks, door, options.form)
    with opened(where.ledger, door) as ledger:
        hold = Stoppable(brakes=reins_of(ledger, where.ledger, door)) if options.apply else None
        if hold:
            hold.refuse()
        code = _replayed(options, replace(with_, ledger=ledger, writing=options.apply, hold=hold))
        delivery = post(ledger, people, where.policy.slack, CLOCK.now, _still_open(door))
    return told(delivery) or code


def _still_open(door: Boto) -> StillOpen:
    return lambda question: still_open(question, door, CLOCK)


def _replayed(options: Options, with_: Guard) -> int:
    tally = Tally()
    show = printer(options.form)
    with progress(tally) as seen:
        for end in guard(_creations(options, tally, show, seen), with_):
            tally.count(end)
            show(end)
            seen.step()
    return closing(tally)


def _creations(options: Options, tally: Tally, show: Printer, seen: Progress) -> Iterator[Created]:
    """What the guard has to look at; every other end is shown and counted as it goes by."""
    door = archive()
    for source in door.sources(options.paths):
        for batch in records(source, door.chunks(source)):
            if isinstance(batch, Broken):
                seen.aside((batch,))
                tally.broken += 1
                continue
            tally.records += len(batch)
            for each in readings(batch, every=options.every):
                if isinstance(each, Created):
                    tally.events += 1
                    yield each
                else:
                    tally.count(each)
                    show(each)


def printer(form: str) -> Printer:
    """How ends are shown, each as it comes."""
    if form == "json":
        encode = msgspec.json.Encoder().encode
        return lambda end: print(encode(line(end)).decode(), flush=True)
    out = console()
    return lambda end: out.print(shown(end))
