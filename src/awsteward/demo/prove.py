"""Holds the story against the services' own word: what each resource carries now, and must."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from awsteward.demo.ask import Tags, tags_now
from awsteward.demo.play import Made, Played
from awsteward.demo.replay import Line, Replayed
from awsteward.demo.stage import Stage

REQUIRED = ("Owner", "CostCenter", "CreatedBy", "Environment")


@dataclass(frozen=True, slots=True, kw_only=True)
class Proven:
    """One resource: what the guard said of it, and what its service says."""

    made: Made
    line: Line | None
    before: Tags
    after: Tags

    @property
    def problem(self) -> str | None:
        """What is wrong, or None where the story holds."""
        if self.line is None:
            return "the guard did not mention it"
        if lost := self.before.items() - self.after.items():
            return f"tags were changed or lost: {dict(lost)}"
        carried = {key: value for key, value in self.after.items() if key in REQUIRED}
        if carried != dict(self.made.scene.ends_with):
            return f"carries {carried}, but should {dict(self.made.scene.ends_with)}"
        return _contradiction(self.line, self.after)


def _contradiction(line: Line, after: Mapping[str, str]) -> str | None:
    said = {key: filled["value"] for key, filled in line["applied"].items()}
    missing = {key: value for key, value in said.items() if after.get(key) != value}
    return f"the guard says it wrote {missing}, the service does not show it" if missing else None


def look(made: Sequence[Made], on: Stage) -> tuple[Tags, ...]:
    """Ask every service about its resource."""
    return tuple(tags_now(on, each.scene.service, each.name) for each in made)


def prove(
    played: Played, before: Sequence[Tags], replayed: Replayed, on: Stage
) -> tuple[Proven, ...]:
    """Put together what was said and what is so; children follow what they came with."""
    after = look(played.made, on)
    proven: list[Proven] = []
    for made, was, now in zip(played.made, before, after, strict=True):
        own = _about(made, replayed.lines)
        proven.append(Proven(made=made, line=own, before=was, after=now))
        others = [line for line in replayed.lines if line["event_id"] == made.event_id]
        proven += [_child(made, line, on) for line in others if line is not own]
    return tuple(proven)


def _about(made: Made, lines: Sequence[Line]) -> Line | None:
    """The line on this resource itself; its children have lines of the same event."""
    name = made.name.rsplit("/", 1)[-1].rsplit(":", 1)[-1]
    of_event = [line for line in lines if line["event_id"] == made.event_id]
    return next((line for line in of_event if name in (line["arn"] or "")), None)


def _child(parent: Made, line: Line, on: Stage) -> Proven:
    """What came into being with *parent*: the same tags must be on it."""
    kind, _, name = str(line["arn"]).rsplit(":", 1)[-1].partition("/")
    scene = replace(parent.scene, what=f"└ its {kind.replace('-', ' ')}")
    made = Made(scene=scene, name=name, event_id=parent.event_id)
    after = tags_now(on, scene.service, name)
    return Proven(made=made, line=line, before={}, after=after)
