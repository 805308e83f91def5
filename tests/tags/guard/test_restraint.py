from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from awsteward.clients.reins import Cell
from awsteward.tags.guard.restraint import Restraint, all_restrained, cell, held_back, restrained
from awsteward.tags.model.handled import Brake, Handled, Result
from awsteward.tags.model.plan import Origin, Write
from awsteward.tags.model.reading import Resource
from tests.tags.guard.estate import NOON, bucket, made

FREE = Restraint(promoted=None)
KEYS = ("Owner", "CreatedBy", "CostCenter")
ACCOUNTS = ("111122223333", "444455556666")
TYPES = ("AWS::S3::Bucket", "AWS::SQS::Queue", None)


def draft(*keys: str, resource: Resource | None = None, result: Result | None = None) -> Handled:
    """What would be written, before anything holds it back."""
    writes = tuple(Write(key=key, value="alice", origin=Origin.CREATOR) for key in keys)
    return Handled(
        event=made("logs").event, resource=resource or bucket("logs"),
        result=result or Result.WOULD_TAG, missing=keys, applied=writes, asks=(), why="",
    )  # fmt: skip


def keys(writes: tuple[Write, ...]) -> list[str]:
    return [write.key for write in writes]


resources = st.builds(
    lambda account, type_: replace(bucket("logs"), account=account, type=type_),
    st.sampled_from(ACCOUNTS),
    st.sampled_from(TYPES),
)
drafts = st.builds(
    lambda resource, some, result: draft(*some, resource=resource, result=result),
    resources,
    st.lists(st.sampled_from(KEYS), unique=True, min_size=1),
    st.sampled_from([Result.WOULD_TAG] * 4 + [Result.PENDING]),
)
cells = st.builds(
    lambda account, type_, key: Cell(account=account, type=type_ or "s3", key=key),
    st.sampled_from(ACCOUNTS),
    st.sampled_from(TYPES),
    st.sampled_from(KEYS),
)
restraints = st.builds(
    lambda promoted, stopped, opened, frozen, room: Restraint(
        promoted=promoted, stopped=stopped, open=opened, frozen=frozen, room=room,
        full="full", again=NOON,
    ),
    st.none() | st.frozensets(cells),
    st.none() | st.just("stopped"),
    st.dictionaries(st.sampled_from(ACCOUNTS), st.just("open"), max_size=1),
    st.dictionaries(st.sampled_from(ACCOUNTS), st.just("frozen"), max_size=1),
    st.none() | st.integers(0, 8),
)  # fmt: skip


@given(drafts, st.frozensets(cells))
def test_nothing_outside_promoted_cells_is_ever_written(
    given_: Handled, promoted: frozenset[Cell]
) -> None:
    end = restrained(given_, Restraint(promoted=promoted))

    if given_.result is Result.WOULD_TAG:
        assert {cell(end.resource, write.key) for write in end.applied} <= promoted


@given(st.lists(drafts, max_size=6), st.integers(0, 10))
def test_never_more_is_written_than_there_is_room(given_: list[Handled], room: int) -> None:
    ends = all_restrained(given_, replace(FREE, room=room, full="full", again=NOON))

    assert sum(len(e.applied) for e in ends if e.result is Result.WOULD_TAG) <= room


@given(st.lists(drafts, max_size=6), restraints)
def test_every_tag_is_either_written_or_held_back_for_one_reason(
    given_: list[Handled], restraint: Restraint
) -> None:
    for before, end in zip(given_, all_restrained(given_, restraint), strict=True):
        found = [*end.applied, *(write for held in end.held for write in held.writes)]
        assert sorted(keys(tuple(found))) == sorted(keys(before.applied))


@given(st.lists(drafts, max_size=6), restraints)
def test_where_a_brake_is_on_nothing_is_written(
    given_: list[Handled], restraint: Restraint
) -> None:
    for end in all_restrained(given_, restraint):
        account = end.resource.account
        braked = restraint.stopped or account in restraint.open or account in restraint.frozen
        if braked and end.result is Result.WOULD_TAG:
            assert end.applied == ()


def test_of_a_resource_the_promoted_keys_alone_are_written() -> None:
    owner = cell(bucket("logs"), "Owner")

    end = restrained(draft("Owner", "CreatedBy"), Restraint(promoted=frozenset({owner})))

    assert keys(end.applied) == ["Owner"]
    assert [(held.brake, keys(held.writes)) for held in end.held] == [
        (Brake.PROMOTION, ["CreatedBy"])
    ]


def test_a_resource_is_written_whole_or_waits() -> None:
    both, one = draft("Owner", "CreatedBy"), draft("Owner")
    again = NOON + timedelta(hours=1)

    ends = list(all_restrained([both, both, one], replace(FREE, room=3, again=again)))

    assert [keys(end.applied) for end in ends] == [["Owner", "CreatedBy"], [], ["Owner"]]
    assert [held.again for end in ends for held in end.held] == [again]


@pytest.mark.parametrize(
    ("restraint", "brake"),
    [
        (Restraint(promoted=frozenset(), stopped="s", open={"111122223333": "o"}), Brake.STOP),
        (
            Restraint(promoted=None, open={"111122223333": "o"}, frozen={"111122223333": "f"}),
            Brake.BREAKER,
        ),
        (Restraint(promoted=frozenset(), frozen={"111122223333": "f"}), Brake.FREEZE),
        (Restraint(promoted=frozenset(), room=0), Brake.PROMOTION),
        (Restraint(promoted=None, room=0), Brake.CAP),
    ],
    ids=["stop", "breaker", "freeze", "promotion", "cap"],
)
def test_the_gravest_reason_is_told(restraint: Restraint, brake: Brake) -> None:
    end = held_back(restrained(draft("Owner"), restraint))

    assert [held.brake for held in end.held] == [brake]
    assert (end.result, keys(end.applied)) == (Result.WOULD_TAG, ["Owner"])
    assert str(brake) in end.why
