"""One region's trouble is not the others', and passes."""

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from awsteward.clients.aws.refusals import Refusal
from awsteward.clients.sqlite_ledger import InUseError, SqliteLedger
from awsteward.core.errors import AccessError, RemoteError
from awsteward.tags.lookout.lookout import Lookout
from awsteward.tags.lookout.patrol import Patrol
from tests.tags.lookout.history import MINUTE, Scene


@dataclass
class Round:
    """What a patrol did and said."""

    lookouts: list[Lookout]
    rounds: int = 1
    told: int = 0
    said: list[str] = field(default_factory=list)

    def tell(self) -> None:
        self.told += 1

    def patrol(self) -> Patrol:
        return Patrol(
            lookouts=self.lookouts, tell=self.tell, stopping=lambda: self.rounds <= self.told,
            sleep=lambda _: None, say=self.said.append,
        )  # fmt: skip


@pytest.fixture
def scenes(tmp_path: Path) -> tuple[Scene, Scene]:
    found = Scene(tmp_path / "a"), Scene(tmp_path / "b")
    for scene in found:
        scene.makes("logs", "e1", ago=2 * MINUTE)
    return found


def test_a_region_that_fails_holds_up_no_other(scenes: tuple[Scene, Scene]) -> None:
    bad, good = scenes
    bad.history.refusals.append(Refusal(code="InvalidTimeRangeException", message="odd"))
    done = Round([bad.run(), good.run()])

    wrong = done.patrol().once()

    assert good.results() == [("logs", "tagged")]
    assert isinstance(wrong, RemoteError)
    assert done.said == [str(wrong)]
    assert done.told == 1


def test_a_ledger_that_somebody_else_uses_is_waited_for(scenes: tuple[Scene, Scene]) -> None:
    scene, _ = scenes
    done = Round([scene.run()])
    patrol = done.patrol()

    with SqliteLedger.open(scene.folder / "ledger.db"):
        wrong = patrol.once()
    before = list(scene.shown)
    done.rounds = 2
    patrol.go(60)

    assert isinstance(wrong, InUseError)
    assert before == []
    assert scene.results() == [("logs", "tagged")]


def test_a_missing_right_ends_it(scenes: tuple[Scene, Scene]) -> None:
    scene, _ = scenes
    scene.history.refusals.append(Refusal(code="AccessDeniedException", message="no"))

    with pytest.raises(AccessError, match="allow cloudtrail:LookupEvents"):
        Round([scene.run()]).patrol().go(60)
