"""Plays the story on a stage and gives what was made, and the records of every call."""

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from botocore.exceptions import ClientError

from awsteward.demo.cast import cast
from awsteward.demo.props import Props
from awsteward.demo.recorder.overhear import overhear
from awsteward.demo.recorder.record import Stamp
from awsteward.demo.recorder.values import Json
from awsteward.demo.stage import ACCOUNT, Stage
from awsteward.demo.story import Aside, Scene


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """One scene played: the resource by the name its service knows, and its record's id."""

    scene: Scene
    name: str
    event_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """The whole story played."""

    made: tuple[Made, ...]
    records: tuple[dict[str, Json], ...]


def play(scenes: tuple[Scene | Aside, ...], on: Stage, props: Props, now: datetime) -> Played:
    """Let everybody make their calls, each under their own name."""
    records: list[dict[str, Json]] = []
    actor = _actors(on, now, records.append)
    made = []
    for scene in scenes:
        match scene:
            case Scene():
                name = scene.make(actor(scene.who, scene.seconds_ago), props)
                made.append(Made(scene=scene, name=name, event_id=str(records[-1]["eventID"])))
            case Aside():
                _aside(scene, actor(scene.who, _A_WHILE), props)
    return Played(made=tuple(made), records=tuple(records))


_A_WHILE = 1500


def _aside(scene: Aside, actor: Callable[[str], Any], props: Props) -> None:
    try:
        scene.make(actor, props)
    except ClientError:
        return  # a refused call is part of the story: its record must lead to nothing


def _actors(
    on: Stage, now: datetime, write: Callable[[dict[str, Json]], None]
) -> Callable[[str, int], Callable[[str], Any]]:
    """Give each caller clients of its own, all overheard into the same records."""
    callers = cast()

    @cache
    def client(who: str, seconds_ago: int, service: str) -> Any:  # noqa: ANN401 (an SDK client)
        made = on.client(service)
        at = now - timedelta(seconds=seconds_ago)
        overhear(made, callers[who], ACCOUNT, _stamps(f"{who}/{service}", at), write)
        return made

    return lambda who, seconds_ago: lambda service: client(who, seconds_ago, service)


def _stamps(seed: str, at: datetime) -> Iterator[Stamp]:
    """Ids follow from who calls what and when, so that the same story has the same ids."""
    number = 0
    while True:
        number += 1
        event_id, request_id = (
            str(uuid.uuid5(uuid.NAMESPACE_OID, f"{seed}/{at.isoformat()}/{number}/{kind}"))
            for kind in ("event", "request")
        )
        yield Stamp(at=at, event_id=event_id, request_id=request_id)
