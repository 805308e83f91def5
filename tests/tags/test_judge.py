from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from awsteward.tags.judge import judge, likeness
from awsteward.tags.model.arn import Arn
from awsteward.tags.model.creator import Person
from awsteward.tags.model.reading import Event, Resource
from awsteward.tags.model.verdict import Compliant, Lacking, NearMiss, Pending, Unjudged
from awsteward.tags.policy.default import default
from awsteward.tags.policy.parse import parse

MADE = datetime(2026, 11, 20, 12, tzinfo=UTC)
LATER = MADE + timedelta(days=1)
ALL = {"CreatedBy": "ana", "Owner": "ana", "CostCenter": "4711", "Environment": "dev"}


def event(*, tool: str | None = None, at: datetime = MADE) -> Event:
    return Event(
        id="1",
        source="s3.amazonaws.com",
        name="CreateBucket",
        at=at,
        account="111122223333",
        region="eu-west-1",
        creator=Person(name="ana", arn=None, via=None),
        tool=tool,
    )


def bucket(tags: dict[str, str] | None, account: str = "111122223333") -> Resource:
    return Resource(
        arn=Arn("arn:aws:s3:::till"),
        handle=None,
        type="AWS::S3::Bucket",
        account=account,
        region="eu-west-1",
        partition="aws",
        service="s3",
        tags=tags,
    )


def test_a_resource_with_every_key_is_compliant() -> None:
    assert judge(event(), bucket(ALL), default(), LATER) == Compliant()


def test_a_resource_without_tags_lacks_every_key_in_the_policys_order() -> None:
    verdict = judge(event(), bucket({}), default(), LATER)

    assert verdict == Lacking(missing=("CreatedBy", "Owner", "CostCenter", "Environment"))


def test_hidden_tags_are_not_judged_but_live_ones_are() -> None:
    assert isinstance(judge(event(), bucket(None), default(), LATER), Unjudged)
    assert judge(event(), bucket(None), default(), LATER, ALL) == Compliant()


def test_live_tags_count_more_than_those_of_the_request() -> None:
    verdict = judge(event(), bucket(ALL), default(), LATER, {})

    assert isinstance(verdict, Lacking)


@pytest.mark.parametrize(
    ("tool", "grace"),
    [
        pytest.param("terraform", timedelta(minutes=7), id="named"),
        pytest.param("pulumi", timedelta(minutes=20), id="other-tool"),
        pytest.param(None, timedelta(seconds=30), id="by-hand"),
    ],
)
def test_nothing_is_held_against_a_maker_within_its_grace(
    tool: str | None, grace: timedelta
) -> None:
    policy = parse(
        "tags: {required: [Owner], grace: {terraform: 7m, other_tools: 20m, by_hand: 30s}}", "f"
    )
    last = MADE + grace - timedelta(seconds=1)

    early = judge(event(tool=tool), bucket({}), policy, last)
    late = judge(event(tool=tool), bucket({}), policy, MADE + grace)

    assert isinstance(early, Pending)
    assert (early.until, early.missing) == (MADE + grace, ("Owner",))
    assert late == Lacking(missing=("Owner",))


def test_a_forbidden_value_is_named_and_case_counts() -> None:
    policy = parse("tags: {required: {Stage: {values: [prod, dev]}}}", "f")

    verdict = judge(event(), bucket({"Stage": "Prod"}), policy, LATER)

    assert isinstance(verdict, Lacking)
    assert [(bad.key, bad.value, bad.why) for bad in verdict.invalid] == [
        ("Stage", "Prod", "is not one of prod, dev")
    ]


def test_an_empty_value_says_nothing() -> None:
    verdict = judge(event(), bucket(ALL | {"Owner": " "}), default(), LATER)

    assert isinstance(verdict, Lacking)
    assert (verdict.missing, verdict.invalid[0].why) == ((), "is empty")


def test_a_record_that_turned_true_into_a_boolean_proves_no_case() -> None:
    policy = parse('tags: {required: {Backup: {values: ["True"]}}}', "f")

    assert judge(event(), bucket({"Backup": "true"}), policy, LATER) == Compliant()
    live = judge(event(), bucket(None), policy, LATER, {"Backup": "true"})
    assert isinstance(live, Lacking)


EXCEPTION = """
tags:
  required: [Owner, CostCenter]
  exceptions:
    - {reason: old landing zone, until: 2026-11-21, keys: [CostCenter], accounts: ["111122223333"]}
"""


@pytest.mark.parametrize(
    ("account", "now", "missing"),
    [
        pytest.param("111122223333", datetime(2026, 11, 21, 23, tzinfo=UTC), None, id="holds"),
        pytest.param("111122223333", datetime(2026, 11, 22, tzinfo=UTC), "CostCenter", id="over"),
        pytest.param("444455556666", LATER, "CostCenter", id="elsewhere"),
    ],
)
def test_an_exception_holds_where_and_while_it_says(
    account: str, now: datetime, missing: str | None
) -> None:
    verdict = judge(event(), bucket({"Owner": "ana"}, account), parse(EXCEPTION, "f"), now)

    if missing:
        assert verdict == Lacking(missing=(missing,))
    else:
        assert verdict == Compliant("excepted until 2026-11-21: old landing zone")


def test_an_exception_for_one_key_leaves_the_others() -> None:
    verdict = judge(event(), bucket({}), parse(EXCEPTION, "f"), MADE)

    assert verdict == Lacking(missing=("Owner",))


def test_expired_exceptions_can_be_reported() -> None:
    policy = parse(EXCEPTION, "f")

    assert policy.expired(MADE) == ()
    assert [each.reason for each in policy.expired(LATER + timedelta(days=1))] == [
        "old landing zone"
    ]


@pytest.mark.parametrize(
    ("required", "present"),
    [
        ("Owner", "owner"),
        ("Owner", "OWNER"),
        ("Owner", "Owners"),
        ("Owner", "Onwer"),
        ("Owner", "Ownr"),
        ("CostCenter", "cost-center"),
        ("CostCenter", "Cost_Center"),
        ("CostCenter", "cost center"),
        ("CostCenter", "CostCentre"),
        ("CostCenter", "CostCenters"),
        ("CreatedBy", "created:by"),
        ("Environment", "Enviroment"),
    ],
)
def test_a_near_miss_is_found_and_still_missing(required: str, present: str) -> None:
    policy = parse(f"tags: {{required: [{required}]}}", "f")

    verdict = judge(event(), bucket({"Name": "x", present: "v"}), policy, LATER)

    assert verdict == Lacking(
        missing=(required,), near=(NearMiss(key=required, found=present, value="v"),)
    )


@pytest.mark.parametrize(
    ("required", "present"),
    [
        ("Owner", "Name"),
        ("Owner", "Downer"),
        ("Name", "Game"),
        ("Name", "Nam"),
        ("Team", "Term"),
        ("CostCenter", "Center"),
        ("Environment", "env"),
        ("Owner", "aws:owner"),
        ("Stack", "aws:stack"),
    ],
)
def test_another_word_is_no_near_miss(required: str, present: str) -> None:
    assert likeness(required, present) == 0


def test_a_key_that_is_itself_required_is_nobodys_near_miss() -> None:
    policy = parse("tags: {required: [Owner, Owners]}", "f")

    assert judge(event(), bucket({"Owners": "x"}), policy, LATER) == Lacking(missing=("Owner",))


def test_the_nearest_of_several_is_named() -> None:
    policy = parse("tags: {required: [Owner]}", "f")

    verdict = judge(event(), bucket({"Owners": "b", "owner": "a"}), policy, LATER)

    assert isinstance(verdict, Lacking)
    assert verdict.near == (NearMiss(key="Owner", found="owner", value="a"),)


def test_rules_reach_only_the_types_and_accounts_they_name() -> None:
    policy = parse(
        """
        tags:
          required:
            A: {types: ["AWS::S3::*"]}
            B: {types: ["AWS::EC2::*"]}
            C: {accounts: ["444455556666"]}
            D:
              - {accounts: ["444455556666"], values: [x]}
              - {values: [y]}
        """,
        "f",
    )

    here = judge(event(), bucket({"D": "y"}), policy, LATER)
    there = judge(event(), bucket({"D": "y"}, "444455556666"), policy, LATER)

    assert here == Lacking(missing=("A",))
    assert isinstance(there, Lacking)
    assert (there.missing, there.invalid[0].key) == (("A", "C"), "D")


@given(tags=st.dictionaries(st.text(max_size=12), st.text(max_size=5), max_size=6))
def test_every_required_key_is_present_or_missing_exactly_once(tags: dict[str, str]) -> None:
    required = ("CreatedBy", "Owner", "CostCenter", "Environment")

    verdict = judge(event(), bucket(tags), default(), LATER)

    assert isinstance(verdict, Lacking)
    assert verdict.missing == tuple(key for key in required if key not in tags)
    assert {near.key for near in verdict.near} <= set(verdict.missing)
    assert all(tags[near.found] == near.value for near in verdict.near)


def test_what_no_resource_can_carry_is_not_remembered_at_length() -> None:
    policy = parse("tags: {required: {Owner: {values: [a]}}}", "f")
    long = "x" * 100_000

    bad = judge(event(), bucket({"Owner": long}), policy, LATER)
    near = judge(event(), bucket({"owner": long}), policy, LATER)

    assert isinstance(bad, Lacking)
    assert len(bad.invalid[0].value) == 256
    assert near == Lacking(missing=("Owner",))


def test_only_the_exception_that_excuses_is_named() -> None:
    policy = parse(EXCEPTION + "    - {reason: other, until: 2026-12-01, keys: [Owner]}\n", "f")

    verdict = judge(event(), bucket({"Owner": "ana"}), policy, MADE)

    assert verdict == Compliant("excepted until 2026-11-21: old landing zone")


def test_where_nothing_is_required_everything_is_compliant() -> None:
    policy = parse("tags: {required: {Owner: {types: ['AWS::EC2::*']}}}", "f")

    assert judge(event(), bucket(None), policy, LATER) == Compliant("nothing is required of it")


def test_the_far_end_of_time_holds_and_is_no_mistake() -> None:
    last = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
    forever = parse(
        "tags: {required: [Owner], exceptions: [{reason: old, until: 9999-12-31}]}", "f"
    )

    pending = judge(event(tool="terraform", at=last), bucket({}), default(), LATER)

    assert isinstance(pending, Pending)
    assert pending.until >= last
    assert isinstance(judge(event(), bucket({}), forever, LATER), Compliant)
    assert forever.expired(last) == ()
