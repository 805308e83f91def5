"""Pages of the history, no faster than AWS allows and as patiently as it asks for."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from awsteward.clients.aws.door import Aws
from awsteward.clients.aws.history import Page, Span, facts, page
from awsteward.clients.aws.refusals import SETTINGS, Cause, Refusal
from awsteward.core.errors import AccessError, ConfigError, RemoteError, StewardError
from awsteward.tags.apply.attempt import Clock, pause

ACTION = "cloudtrail:LookupEvents"
WAITS_S = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0, 60.0)
"""Between tries at a page that was throttled or lost: four minutes in all."""
_PASSING = (Cause.THROTTLED, Cause.BROKEN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pages:
    """The history of every region of our account."""

    door: Aws
    clock: Clock
    monotonic: Callable[[], float]
    stopping: Callable[[], bool]
    _asked: dict[str, float] = field(default_factory=dict, init=False)
    """When each region was last asked."""

    def of(self, region: str, span: Span) -> Iterator[Page]:
        """Every page of *span*, the newest first; ends early only when told to stop."""
        more: str | None = None
        while not self.stopping():
            found = self._page(region, span, more)
            if found is None:
                return
            yield found
            more = found.more
            if more is None:
                return

    def _page(self, region: str, span: Span, more: str | None) -> Page | None:
        """The page; None where we were told to stop while we waited for it."""
        waits_s = iter(WAITS_S)
        while True:
            self._keep_pace(region)
            found = page(self.door, region, span, more)
            if isinstance(found, Page):
                return found
            wait_s = next(waits_s, None) if found.cause in _PASSING else None
            if wait_s is None:
                raise _error(found, region)
            pause(wait_s, self.clock)
            if self.stopping():
                return None

    def _keep_pace(self, region: str) -> None:
        last = self._asked.get(region)
        if last is not None and (left := last + facts().gap_s - self.monotonic()) > 0:
            self.clock.sleep(left)
        self._asked[region] = self.monotonic()


def _error(refusal: Refusal, region: str) -> StewardError:
    why = f"the event history of {region}: {refusal.code}: {refusal.message}"
    match refusal.cause:
        case Cause.DENIED:
            return AccessError(f"allow {refusal.action or ACTION}: {why}")
        case Cause.SETTINGS:
            return ConfigError(f"{SETTINGS}: {why}")
        case _:
            return RemoteError(why)
