import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from awsteward.tags.config.evaluation import LONGEST, Compliance, evaluation
from awsteward.tags.model.plan import Origin
from awsteward.tags.policy.model import Exemption, Grace, NearMisses, Policy, Rule, Source
from awsteward.tags.policy.patterns import Globs
from awsteward.tags.read.items import Item, message
from tests.tags.config.messages import changed, item

NOW = datetime(2030, 1, 1, 12, 5, tzinfo=UTC)
SOURCES = (Source(origin=Origin.CREATOR),)
OWNER = Rule(key="Owner", sources=SOURCES)
STAGE = Rule(key="Stage", sources=SOURCES, values=("prod", "test"))
POLICY = Policy(rules=(OWNER, STAGE))
TAGGED = {"Owner": "orders", "Stage": "prod"}


def read(**told: Any) -> Item:
    found = message(json.dumps(changed(item(**told))))
    assert isinstance(found, Item)
    return found


def said(policy: Policy = POLICY, **told: Any) -> tuple[Compliance, str]:
    found = evaluation(read(**told), policy, NOW)
    return found.compliance, found.annotation


def test_what_has_every_required_tag_is_compliant() -> None:
    assert said(tags=TAGGED)[0] is Compliance.COMPLIANT


def test_what_is_missing_is_named() -> None:
    assert said() == (Compliance.NON_COMPLIANT, "missing: Owner, Stage")


def test_a_value_that_is_not_allowed_is_named_without_itself() -> None:
    compliance, why = said(tags={**TAGGED, "Stage": "https://evil.example"})

    assert compliance is Compliance.NON_COMPLIANT
    assert why.startswith("not allowed: Stage")
    assert "evil" not in why


def test_a_key_that_was_surely_meant_is_named() -> None:
    told = said(Policy(rules=(OWNER,), near_misses=NearMisses.SUGGEST), tags={"owner": "orders"})

    assert told == (Compliance.NON_COMPLIANT, "missing: Owner; owner was surely meant as Owner")


def test_what_is_excepted_is_compliant_and_says_until_when() -> None:
    excuse = Exemption(reason="moves in May", until=date(2030, 5, 31))

    compliance, why = said(Policy(rules=(OWNER,), exemptions=(excuse,)))

    assert compliance is Compliance.COMPLIANT
    assert why == "excepted until 2030-05-31: moves in May"


def test_an_exception_that_is_over_excuses_nothing() -> None:
    excuse = Exemption(reason="moved in May", until=date(2029, 5, 31))

    assert said(Policy(rules=(OWNER,), exemptions=(excuse,)))[0] is Compliance.NON_COMPLIANT


def test_what_its_maker_may_still_tag_is_not_compliant_yet() -> None:
    patient = Policy(rules=(OWNER,), grace=Grace(by_hand=timedelta(hours=1)))

    assert said(patient) == (
        Compliance.NON_COMPLIANT, "missing: Owner; its maker may still tag it",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ({"configurationItemStatus": "ResourceDeleted"}, "it was deleted"),
        ({"configurationItemStatus": "ResourceDeletedNotRecorded"}, "it was deleted"),
        ({"configurationItemStatus": "ResourceNotRecorded"}, "AWS Config does not record it"),
        ({"resourceType": "AWS::KMS::Alias"}, "nothing is known of tags on AWS::KMS::Alias"),
        ({"resourceType": "AWS::SQS::Queue", "ARN": None}, "the policy requires nothing of it"),
    ],
)
def test_what_the_policy_does_not_ask_about_is_not_applicable(
    told: dict[str, Any], why: str
) -> None:
    buckets = Rule(key="Owner", sources=SOURCES, types=Globs(("AWS::S3::*", "AWS::KMS::*")))

    assert said(Policy(rules=(buckets,)), **told) == (Compliance.NOT_APPLICABLE, why)


def test_what_carries_tags_can_carry_tags_whatever_we_know_of_it() -> None:
    told = said(Policy(rules=(OWNER,)), resourceType="AWS::KMS::Alias", tags={"Team": "orders"})

    assert told == (Compliance.NON_COMPLIANT, "missing: Owner")


def test_a_policy_names_types_as_cloudformation_does_though_config_may_not() -> None:
    certificates = Rule(key="Owner", sources=SOURCES, types=Globs(("AWS::CertificateManager::*",)))
    arn = "arn:aws:acm:eu-west-1:111122223333:certificate/c-1"

    told = read(resourceType="AWS::ACM::Certificate", resourceId=arn, ARN=arn)
    found = evaluation(told, Policy(rules=(certificates,)), NOW)

    assert (found.compliance, found.type) == (Compliance.NON_COMPLIANT, "AWS::ACM::Certificate")


def test_an_evaluation_is_of_the_moment_when_the_item_was_recorded() -> None:
    assert evaluation(read(), POLICY, NOW).at == datetime(2030, 1, 1, 12, 0, 0, 108_000, UTC)
    assert evaluation(read(), POLICY, NOW, NOW).at == NOW


def test_more_than_config_takes_is_cut() -> None:
    keys = [f"{n}" * 90 for n in range(4)]

    _, why = said(Policy(rules=tuple(Rule(key=key, sources=SOURCES) for key in keys)))

    assert len(why) == LONGEST
    assert why.endswith("…")


@settings(deadline=None)  # the catalogue is read in the first example
@given(
    st.dictionaries(st.text(min_size=1, max_size=130), st.text(max_size=300), max_size=4),
    st.lists(st.text(min_size=1, max_size=128), min_size=1, max_size=8, unique=True),
)
def test_every_annotation_is_short_and_inert(tags: dict[str, str], keys: list[str]) -> None:
    policy = Policy(rules=tuple(Rule(key=key, sources=SOURCES, values=("x",)) for key in keys))

    found = evaluation(read(tags=tags), policy, NOW)

    assert 1 <= len(found.annotation) <= LONGEST
    assert found.annotation.isprintable()
