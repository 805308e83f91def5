import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from awsteward.tags.judge import judge
from awsteward.tags.model.arn import Arn
from awsteward.tags.model.creator import Creator, Machine, Nobody, Person, Root, Service
from awsteward.tags.model.plan import Ask, Evidence, Origin, Plan, Unread, Write
from awsteward.tags.model.reading import Event, Resource
from awsteward.tags.model.verdict import Lacking
from awsteward.tags.plan import plan
from awsteward.tags.policy.default import default
from awsteward.tags.policy.limits import clean, limits
from awsteward.tags.policy.model import Policy, with_secret
from awsteward.tags.policy.parse import parse

MADE = datetime(2026, 11, 20, 12, tzinfo=UTC)
LATER = MADE + timedelta(days=1)
ANA = Person(name="ana", arn="arn:aws:iam::111122223333:user/ana", via=None)
CI = Machine(
    name="ci-tills",
    arn=None,
    via="web identity",
    role=Arn("arn:aws:iam::111122223333:role/payments-ci"),
)
SCALING = Service(name="autoscaling.amazonaws.com", arn=None, via=None)
ROOT = Root(account="111122223333", arn=None)
NOBODY = Nobody("the record has no userIdentity")
UNREAD: Evidence = {Origin.ROLE: Unread("needs --read"), Origin.STACK: Unread("denied")}


def event(creator: Creator = ANA) -> Event:
    return Event(
        id="1",
        source="s3.amazonaws.com",
        name="CreateBucket",
        at=MADE,
        account="111122223333",
        region="eu-west-1",
        creator=creator,
        tool=None,
    )


def resource(tags: dict[str, str] | None = None, service: str = "s3") -> Resource:
    return Resource(
        arn=Arn("arn:aws:s3:::till"),
        handle=None,
        type="AWS::S3::Bucket",
        account="111122223333",
        region="eu-west-1",
        partition="aws",
        service=service,
        tags=tags or {},
    )


def planned(
    policy: Policy | str,
    creator: Creator = ANA,
    tags: dict[str, str] | None = None,
    evidence: Evidence = UNREAD,
    service: str = "s3",
) -> Plan:
    """What happens to a resource with *tags* that *creator* made a day ago."""
    rules = parse(policy, "f") if isinstance(policy, str) else policy
    made, what = event(creator), resource(tags, service)
    return plan(made, what, judge(made, what, rules, LATER), rules, evidence, None)


def keys(found: tuple[Write, ...] | tuple[Ask, ...]) -> list[str]:
    return [each.key for each in found]


def test_without_a_file_a_person_is_creator_and_assumed_owner_and_the_rest_is_asked_for() -> None:
    what = planned(default())

    assert what.writes == (
        Write(key="CreatedBy", value="ana", origin=Origin.CREATOR),
        Write(key="Owner", value="ana", origin=Origin.CREATOR, assumed=True),
    )
    assert keys(what.asks) == ["CostCenter", "Environment"]


@pytest.mark.parametrize(
    ("creator", "name"),
    [
        pytest.param(CI, "ci-tills", id="machine"),
        pytest.param(SCALING, "autoscaling.amazonaws.com", id="service"),
        pytest.param(ROOT, "root/111122223333", id="root"),
        pytest.param(NOBODY, None, id="nobody"),
    ],
)
def test_only_a_person_is_an_owner_but_anybody_may_have_made_it(
    creator: Creator, name: str | None
) -> None:
    what = planned(default(), creator)

    assert [write.value for write in what.writes if write.key == "CreatedBy"] == (
        [name] * bool(name)
    )
    assert "Owner" in keys(what.asks)
    assert "Owner" not in keys(what.writes)


def test_the_steps_say_for_each_origin_what_came_of_it() -> None:
    steps = planned(default(), CI).steps

    assert "CreatedBy: creator → CreatedBy=ci-tills" in steps
    assert "Owner: role — not looked at: needs --read" in steps
    assert "Owner: stack — not looked at: denied" in steps
    assert "Owner: parent — it has none" in steps
    assert "Owner: creator — the machine ci-tills is not a person" in steps
    assert "Owner: asked — made by the machine ci-tills, and nothing else names an owner" in steps


TEAMS = """
tags:
  required: [Owner, CostCenter]
  machines: ["ci-*"]
  teams:
    payments:
      tags: {CostCenter: "4711"}
      people: [ANA]
      roles: ["arn:aws:iam::*:role/payments-*"]
    kiosk: {people: [minsu], tags: {Owner: kiosk-oncall}}
    both: {people: [minsu]}
"""


@pytest.mark.parametrize(
    ("creator", "written"),
    [
        pytest.param(ANA, {"Owner": "payments", "CostCenter": "4711"}, id="by-name"),
        pytest.param(CI, {"Owner": "payments", "CostCenter": "4711"}, id="by-role"),
        pytest.param(Person(name="minsu", arn=None, via=None), {"Owner": "minsu"}, id="in-two"),
        pytest.param(Person(name="ci-x", arn=None, via=None), {}, id="a-machine-by-the-policy"),
    ],
)
def test_a_team_speaks_for_its_members(creator: Creator, written: dict[str, str]) -> None:
    assert {write.key: write.value for write in planned(TEAMS, creator).writes} == written


def test_origins_are_tried_in_the_order_of_the_policy() -> None:
    policy = "tags: {required: {CostCenter: {from: [parent, {role: Budget}, {constant: '1'}]}}}"
    role = {Origin.ROLE: {"Budget": "2"}}
    both = {Origin.PARENT: {"CostCenter": "3"}, **role}

    values = [planned(policy, evidence=e).writes[0] for e in (both, role, {})]

    assert [(each.value, each.origin) for each in values] == [
        ("3", Origin.PARENT),
        ("2", Origin.ROLE),
        ("1", Origin.CONSTANT),
    ]


def test_a_value_that_the_policy_forbids_is_passed_over() -> None:
    policy = "tags: {required: {CostCenter: {pattern: '[0-9]{4}', from: [parent, role]}}}"
    evidence = {Origin.PARENT: {"CostCenter": "misc"}, Origin.ROLE: {"CostCenter": "4711"}}

    what = planned(policy, evidence=evidence)

    assert what.writes == (Write(key="CostCenter", value="4711", origin=Origin.ROLE),)
    assert "CostCenter: parent — misc does not match [0-9]{4}" in what.steps


def test_account_tags_of_the_file_come_before_those_read() -> None:
    policy = """
    tags:
      required: {CostCenter: {from: [account]}}
      accounts: {"111122223333": {tags: {CostCenter: "1"}}}
    """

    what = planned(policy, evidence={Origin.ACCOUNT: {"CostCenter": "2"}})

    assert what.writes[0].value == "1"


def test_a_guarded_key_is_asked_for_with_what_the_evidence_suggests() -> None:
    what = planned(
        "tags: {required: {Environment: {values: [dev, prod]}}}",
        evidence={Origin.PARENT: {"Environment": "prod"}},
    )

    assert what.writes == ()
    (ask,) = what.asks
    assert (ask.suggestion, ask.allowed) == ("prod", ("dev", "prod"))
    assert "guarded" in ask.why


def test_a_machines_name_never_becomes_an_owner_even_by_way_of_tags() -> None:
    policy = "tags: {required: [Owner], machines: ['deploy-*']}"

    mine = planned(policy, CI, evidence={Origin.ROLE: {"Owner": "ci-tills"}})
    listed = planned(policy, CI, evidence={Origin.ROLE: {"Owner": "deploy-bot"}})

    assert mine.writes == listed.writes == ()
    assert keys(mine.asks) == keys(listed.asks) == ["Owner"]


@pytest.mark.parametrize(
    ("near", "tags", "written", "suggested"),
    [
        pytest.param("suggest", {"owner": "ben"}, None, "ben", id="contradicted"),
        pytest.param("suggest", {"owner": "ana"}, "ana", None, id="agreed"),
        pytest.param("suggest", {"Ownner": "ben"}, "ana", None, id="perhaps-a-slip"),
        pytest.param("copy", {"owner": "ben"}, "ben", None, id="copied"),
        pytest.param("copy", {"owner": ""}, "ana", None, id="empty"),
    ],
)
def test_a_near_miss_is_never_contradicted(
    near: str, tags: dict[str, str], written: str | None, suggested: str | None
) -> None:
    what = planned(f"tags: {{required: [Owner], near_misses: {near}}}", tags=tags)

    assert [write.value for write in what.writes] == ([written] if written else [])
    assert [ask.suggestion for ask in what.asks] == ([suggested] if suggested else [])


def test_what_somebody_set_is_questioned_and_never_overwritten() -> None:
    what = planned(
        "tags: {required: {CostCenter: {pattern: '[0-9]+'}}}",
        tags={"CostCenter": "tills"},
        evidence={Origin.PARENT: {"CostCenter": "4711"}},
    )

    assert what.writes == ()
    assert what.asks == (
        Ask(
            key="CostCenter",
            why="tills does not match [0-9]+",
            pattern="[0-9]+",
            suggestion="4711",
        ),
    )


def test_tags_that_came_meanwhile_are_left_alone() -> None:
    stale = Lacking(missing=("CreatedBy", "Owner"))

    what = plan(event(), resource(), stale, default(), UNREAD, {"Owner": "ben"})

    assert keys(what.writes) == ["CreatedBy"]
    assert what.asks == ()


@pytest.mark.parametrize(("taken", "written"), [(48, 2), (49, 1), (50, 0)])
def test_fifty_tags_are_the_most_and_awss_own_do_not_count(taken: int, written: int) -> None:
    tags = {f"k{n}": "v" for n in range(taken)} | {"aws:cloudformation:stack-name": "s"}

    what = planned("tags: {required: [CreatedBy, Owner]}", tags=tags)

    assert len(what.writes) == written
    assert len(what.asks) == 2 - written
    assert all("remove one first" in ask.why for ask in what.asks)


def test_a_value_is_cleaned_for_the_service_and_its_raw_form_kept() -> None:
    kim = Person(name="Kim, Min", arn=None, via=None)

    assert planned("tags: {required: [Owner]}", kim).writes == (
        Write(key="Owner", value="Kim_ Min", origin=Origin.CREATOR, assumed=True, raw="Kim, Min"),
    )


def test_a_cleaned_value_that_the_policy_forbids_is_asked_for() -> None:
    policy = "tags: {required: {Owner: {pattern: '[a-z]+@example[.]com'}}}"
    mail = Person(name="ana@example.com", arn=None, via=None)

    assert keys(planned(policy, mail, service="s3").writes) == ["Owner"]
    assert keys(planned(policy, mail, service="bcm-pricing-calculator").asks) == ["Owner"]


def test_a_key_that_the_service_cannot_hold_is_asked_about() -> None:
    what = planned("tags: {required: {비용: {from: [{constant: x}]}}}", service="bedrock")

    assert what.writes == ()
    assert "its service cannot hold this key" in what.asks[0].why


@pytest.mark.parametrize(
    ("creator", "tags"),
    [
        pytest.param(ANA, {"owner": "ben", "CostCenter": "x"}, id="near-and-forbidden"),
        pytest.param(CI, {f"k{n}": "v" for n in range(50)}, id="full"),
        pytest.param(ROOT, {}, id="root"),
        pytest.param(SCALING, {"CostCenter": ""}, id="empty"),
    ],
)
def test_questions_are_in_the_language_of_the_messages(
    creator: Creator, tags: dict[str, str]
) -> None:
    policy = """
    tags: {required: {Owner: {}, CostCenter: {values: [a]}, Environment: {}, Größe: {}}}
    slack: {language: LANGUAGE}
    """

    korean = planned(policy.replace("LANGUAGE", "ko"), creator, tags, service="bedrock")
    english = planned(policy.replace("LANGUAGE", "en"), creator, tags, service="bedrock")

    assert keys(korean.asks) == keys(english.asks)
    assert all(re.search("[가-힣]", ask.why) for ask in korean.asks)
    assert not any(re.search("[가-힣]", ask.why) for ask in english.asks)


PSEUDONYMS = "tags: {required: [CreatedBy], pseudonyms: {secret_from_env: SECRET}}"


def test_a_persons_name_is_written_as_a_keyed_hash_and_appears_nowhere() -> None:
    policy = with_secret(parse(PSEUDONYMS, "f"), b"k")

    one, two = planned(policy), planned(policy)
    other = planned(with_secret(policy, b"other"))

    assert one == two
    assert one.writes[0].value.startswith("p-")
    assert one.writes[0].value != other.writes[0].value
    assert "ana" not in repr(one)
    assert planned(policy, CI).writes[0].value == "ci-tills"


def test_without_the_secret_no_name_is_written_at_all() -> None:
    what = planned(PSEUDONYMS)

    assert what.writes == ()
    assert keys(what.asks) == ["CreatedBy"]


@pytest.mark.parametrize("tags", [None, {}])
def test_nothing_is_done_before_the_grace_is_over_or_while_tags_are_unknown(
    tags: dict[str, str] | None,
) -> None:
    made, what = replace(event(), tool="terraform"), replace(resource(), tags=tags)

    result = plan(made, what, judge(made, what, default(), MADE), default(), UNREAD, None)

    assert (result.writes, result.asks) == ((), ())
    assert len(result.steps) == 1


# --- for any input ---------------------------------------------------------------------------

some_key = st.sampled_from(
    ["CreatedBy", "Owner", "CostCenter", "Environment", "owner", "x", "aws:y"]
)
some_tags = st.dictionaries(some_key, st.text(max_size=6), max_size=5)
some_creator = st.one_of(
    st.builds(Person, name=st.text(max_size=300), arn=st.none(), via=st.none()),
    st.builds(Machine, name=st.text(max_size=300), arn=st.none(), via=st.none()),
    st.sampled_from([CI, SCALING, ROOT, NOBODY]),
)
some_evidence = st.dictionaries(
    st.sampled_from([Origin.PARENT, Origin.STACK, Origin.ROLE, Origin.ACCOUNT, Origin.SESSION]),
    st.one_of(st.just(Unread("denied")), some_tags),
)
some_service = st.sampled_from(["s3", "kafka", "bedrock", "route53-recovery-control-config"])


@given(creator=some_creator, tags=some_tags, evidence=some_evidence, service=some_service)
def test_every_missing_key_is_filled_or_asked_for_once_and_nothing_else_is_touched(
    creator: Creator, tags: dict[str, str], evidence: Evidence, service: str
) -> None:
    what = planned(default(), creator, tags, evidence, service)

    required = {"CreatedBy", "Owner", "CostCenter", "Environment"}
    bad = {key for key in required & tags.keys() if not tags[key].strip()}
    touched = keys(what.writes) + keys(what.asks)
    assert sorted(touched) == sorted((required - tags.keys()) | bad)
    for write in what.writes:
        assert write.key not in tags
        assert not write.key.startswith("aws:")
        assert write.key != "Environment"
        assert 0 < len(write.value) <= limits(service).max_value
        assert all(limits(service).allows(char) for char in write.value)
        if write.key == "Owner" and isinstance(creator, Machine):
            assert write.value not in {creator.name, clean(creator.name, service)}
    assert all(step.isprintable() for step in what.steps)
