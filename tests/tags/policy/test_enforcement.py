from datetime import UTC, date, datetime, timedelta

import pytest

from awsteward.core.errors import ConfigError
from awsteward.tags.policy.enforcement import Breaker, Enforcement, Freeze, Promoting
from awsteward.tags.policy.parse import parse
from awsteward.tags.policy.patterns import Globs

HEAD = "tags: {required: [Owner, CreatedBy]}\n"


def read(section: str) -> Enforcement:
    return parse(f"{HEAD}enforcement: {section}\n", "awsteward.yaml").enforcement


def test_without_a_word_of_it_promotion_is_required() -> None:
    found = parse(HEAD, "awsteward.yaml").enforcement

    assert found == Enforcement()
    assert (found.promotion, found.writes_per_hour) == (Promoting.REQUIRED, 500)


def test_every_setting_is_read() -> None:
    found = read(
        "{promotion: waived, writes_per_hour: 50,"
        " breaker: {denials: 5, removals: 3, within: 30m},"
        " freeze: [{from: 2030-12-20, until: 2031-01-02, why: holidays, accounts: ['4*']}]}"
    )

    assert found == Enforcement(
        promotion=Promoting.WAIVED,
        writes_per_hour=50,
        breaker=Breaker(denials=5, removals=3, within=timedelta(minutes=30)),
        freezes=(
            Freeze(
                first=date(2030, 12, 20), last=date(2031, 1, 2), why="holidays",
                accounts=Globs(("4*",)),
            ),
        ),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("section", "told"),
    [
        ("{promotion: yes}", "enforcement.promotion is 'yes'"),
        ("{promotoin: waived}", "enforcement.promotoin is not a setting; did you mean 'promotion'"),
        ("{writes_per_hour: 0}", "enforcement.writes_per_hour is '0'; write a number"),
        ("{writes_per_hour: many}", "enforcement.writes_per_hour is 'many'"),
        ("{writes_per_hour: 1}", "is 1, less than the 2 tags that one resource may need"),
        ("{breaker: {denials: -1}}", "enforcement.breaker.denials is '-1'"),
        ("{breaker: {within: 2d}}", "enforcement.breaker.within must be more than 0s, at most 1d"),
        ("{breaker: {within: 0s}}", "enforcement.breaker.within must be more than 0s"),
        ("{freeze: {from: 2030-01-01}}", "enforcement.freeze must be a list"),
        ("{freeze: [{from: 2030-01-01, until: 2030-01-02}]}", "enforcement.freeze has no `why:`"),
        ("{freeze: [{from: 1, until: 2, why: x}]}", "enforcement.freeze.from is '1'"),
        (
            "{freeze: [{from: 2030-01-02, until: 2030-01-01, why: x}]}",
            "enforcement.freeze.until is 2030-01-01, before 2030-01-02",
        ),
    ],
)
def test_a_mistake_is_named_with_its_place(section: str, told: str) -> None:
    with pytest.raises(ConfigError, match=r"awsteward\.yaml:2:\d+: ") as caught:
        read(section)

    assert told in str(caught.value)


@pytest.mark.parametrize(
    ("now", "holds"),
    [
        (datetime(2030, 12, 19, 23, 59, tzinfo=UTC), False),
        (datetime(2030, 12, 20, tzinfo=UTC), True),
        (datetime(2031, 1, 2, 23, 59, tzinfo=UTC), True),
        (datetime(2031, 1, 3, tzinfo=UTC), False),
    ],
)
def test_a_freeze_holds_from_its_first_day_to_the_end_of_its_last(
    now: datetime, *, holds: bool
) -> None:
    freeze = Freeze(first=date(2030, 12, 20), last=date(2031, 1, 2), why="holidays")

    assert freeze.holds(now) is holds
