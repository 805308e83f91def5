"""How the demo ended: one value, as JSON or as the reasons why the story does not hold."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from awsteward.demo.play import Played
from awsteward.demo.prove import Proven
from awsteward.demo.replay import Replayed


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """Everything that was played, said and found."""

    played: Played
    replayed: Replayed
    proven: tuple[Proven, ...]
    messages: tuple[Mapping[str, Any], ...]
    refused: tuple[str, ...]

    @property
    def services(self) -> int:
        """How many services the story's resources belong to."""
        return len({each.made.scene.service for each in self.proven})

    @property
    def problems(self) -> tuple[str, ...]:
        """Every reason why the story does not hold; none where it does."""
        wrong = [f"{each.made.scene.what}: {each.problem}" for each in self.proven if each.problem]
        wrong += [f"Slack would refuse a message: {why}" for why in self.refused]
        created = {each.event_id for each in self.played.made}
        wrong += [
            f"{line['name']} created nothing, but ended as {line['outcome']}"
            for line in self.replayed.lines
            if line["event_id"] not in created
        ]
        return (*wrong, *(() if self.messages else ("no message reached Slack",)))

    def document(self) -> dict[str, Any]:
        """Give the whole outcome as one JSON document."""
        return {
            "holds": not self.problems,
            "problems": list(self.problems),
            "records": len(self.played.records),
            "services": self.services,
            "resources": [_row(each) for each in self.proven],
            "messages": list(self.messages),
        }


def _row(each: Proven) -> dict[str, Any]:
    line = each.line or {}
    return {
        "what": each.made.scene.what,
        "who": each.made.scene.who,
        "service": each.made.scene.service,
        "arn": line.get("arn"),
        "outcome": line.get("outcome"),
        "missing": line.get("missing"),
        "applied": line.get("applied"),
        "why": line.get("why"),
        "tags_before": each.before,
        "tags_now": each.after,
        "proven": each.problem is None,
        "problem": each.problem,
    }
