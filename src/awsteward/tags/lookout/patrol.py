"""All regions in turn, then whoever is to be told; one that fails does not hold up the others."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from awsteward.clients.sqlite_ledger import InUseError
from awsteward.core.errors import RemoteError, StewardError
from awsteward.tags.lookout.lookout import Lookout


@dataclass(frozen=True, slots=True, kw_only=True)
class Patrol:
    """Goes round until told to stop."""

    lookouts: Sequence[Lookout]
    tell: Callable[[], None]
    stopping: Callable[[], bool]
    sleep: Callable[[float], None]
    say: Callable[[str], None]

    def go(self, every_s: float) -> None:
        """Round after round; what other machines do wrong may be over by the next one."""
        while not self.stopping():
            self.once()
            if not self.stopping():
                self.sleep(every_s)

    def once(self) -> StewardError | None:
        """One round; the last of what went wrong in it and may go right in the next."""
        wrong: StewardError | None = None
        for step in (*(lookout.look for lookout in self.lookouts), self.tell):
            if self.stopping():
                break
            try:
                step()
            except (RemoteError, InUseError) as error:
                self.say(str(error))
                wrong = error
        return wrong
