"""An account's event history as `LookupEvents` shows it, and a region that is looked through."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from awsteward.clients.aws.history import facts
from awsteward.clients.aws.refusals import Answer, Refusal
from awsteward.clients.sqlite_ledger import SqliteLedger
from awsteward.tags.apply.attempt import Clock
from awsteward.tags.guard.dry import End, Tally
from awsteward.tags.guard.live import Guard
from awsteward.tags.lookout.bookmark import Bookmark, read
from awsteward.tags.lookout.lookout import Lookout
from awsteward.tags.lookout.pages import Pages
from awsteward.tags.model.handled import Handled
from awsteward.tags.policy.default import default
from awsteward.tags.policy.model import Policy
from awsteward.tags.read.records import Broken
from tests.cli.records import bucket
from tests.tags.guard.estate import NOON, Estate

REGION = "eu-west-1"
MINUTE = timedelta(minutes=1)


@dataclass
class Time:
    """A clock that is set by hand; whoever sleeps at it moves it."""

    now: datetime = NOON
    slept: list[float] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += timedelta(seconds=seconds)

    def monotonic(self) -> float:
        return self.now.timestamp()

    @property
    def clock(self) -> Clock:
        return Clock(now=lambda: self.now, sleep=self.sleep, jitter=lambda: 0.5)


@dataclass
class History:
    """What was called, and from when on it is shown; two events to a page."""

    time: Time
    events: list[tuple[datetime, datetime, str, str]] = field(default_factory=list)
    """When it happened, when it is shown, its id, its record."""
    refusals: list[Refusal] = field(default_factory=list)
    asked: list[Mapping[str, Any]] = field(default_factory=list)
    size: int = 2
    before: Callable[[], None] = lambda: None

    def happened(
        self, name: str, id_: str, ago: timedelta = MINUTE, late: timedelta = MINUTE, **more: Any
    ) -> None:
        at = self.time.now - ago
        said = bucket(name, id_, eventTime=f"{at:%Y-%m-%dT%H:%M:%SZ}", **more)
        self.events.append((at, at + late, id_, json.dumps(said)))

    def call(
        self, account: str, region: str, service: str, operation: str, params: Mapping[str, Any]
    ) -> Answer:
        assert (account, service, operation) == ("", "cloudtrail", "LookupEvents")
        self.before()
        self.asked.append(params)
        if self.refusals:
            return self.refusals.pop(0)
        assert params["MaxResults"] <= facts().lookup.page
        since, until = params["StartTime"], params["EndTime"]
        shown = sorted(
            (e for e in self.events if since <= e[0] <= until and e[1] <= self.time.now),
            reverse=True,
        )
        at = int(params.get("NextToken", 0))
        page, rest = shown[at : at + self.size], shown[at + self.size :]
        return {
            "Events": [{"EventId": id_, "CloudTrailEvent": text} for _, _, id_, text in page],
            **({"NextToken": str(at + self.size)} if rest else {}),
        }


@dataclass
class Scene:
    """A region, its estate and its ledger, over any number of runs."""

    folder: Path
    time: Time = field(default_factory=Time)
    policy: Policy = field(default_factory=default)
    writing: bool = True
    keeping: bool = True
    last: int = 10
    estate: Estate = field(default_factory=lambda: Estate(tags={}))
    shown: list[End] = field(default_factory=list)
    broken: list[Broken] = field(default_factory=list)
    tally: Tally = field(default_factory=Tally)
    stopped: bool = False

    def __post_init__(self) -> None:
        self.history = History(self.time)

    def makes(self, name: str, id_: str, **more: Any) -> None:
        self.estate.tags[f"arn:aws:s3:::{name}"] = {}
        self.history.happened(name, id_, **more)

    def run(self) -> Lookout:
        """A new process, which begins where the last one came to."""
        with self.desk() as with_:
            kept = read(with_.ledger, REGION) if with_.ledger else None
        pages = Pages(
            door=self.history, clock=self.time.clock,
            monotonic=self.time.monotonic, stopping=lambda: self.stopped,
        )  # fmt: skip
        return Lookout(
            region=REGION, name=REGION, bookmark=kept or Bookmark(begin=NOON - 60 * MINUTE),
            pages=pages, desk=self.desk, grace=self.policy.grace, show=self.shown.append,
            complain=self.broken.append, tally=self.tally, keeping=self.keeping, last=self.last,
        )  # fmt: skip

    def desk(self) -> AbstractContextManager[Guard]:
        return self._desk()

    @contextmanager
    def _desk(self) -> Iterator[Guard]:
        with SqliteLedger.open(self.folder / "ledger.db") as ledger:
            yield Guard(
                policy=self.policy, hands=self.estate, ledger=ledger if self.keeping else None,
                now=lambda: self.time.now, writing=self.writing,
            )  # fmt: skip

    def notices(self) -> list[str]:
        with SqliteLedger.open(self.folder / "ledger.db") as ledger:
            return [ref for _, ref, _ in ledger.untold()]

    def results(self) -> list[tuple[str, str]]:
        """The last part of each resource's name, and what was said of it."""
        handled = [end for end in self.shown if isinstance(end, Handled)]
        return [(end.resource.ref.rpartition(":")[2], str(end.result)) for end in handled]
