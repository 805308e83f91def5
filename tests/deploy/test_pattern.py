"""Nothing that creates is missed, and nothing that only reads comes through."""

import re
from collections.abc import Iterator, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from awsteward.deploy import facts
from awsteward.deploy.facts import quotas
from awsteward.deploy.pattern import names, patterns, shortest, size, untagging, verbs
from awsteward.tags.catalogue import lookup
from tests.deploy.rules import Matcher, called, compiled
from tests.deploy.stacks import actions, kind, stack

SOURCES = sorted(lookup.by_name())
DATES = ("", "20150331", "2020_05_31", "20150331v2")
READS = ("DescribeInstances", "ListBuckets", "GetObject", "BatchGetItem", "HeadBucket", "Query")
some_sources = st.frozensets(st.sampled_from(SOURCES), min_size=1, max_size=80)


def rules(sources: frozenset[str] | None) -> list[Matcher]:
    return [compiled(each) for each in patterns(sources)]


WHOLE = rules(None)
SMALL, LARGE = rules(frozenset({"sqs"})), rules(frozenset({"ec2", "s3"}))


def hits(found: Sequence[Matcher], host: str, name: str, **more: str) -> int:
    event = called(host, name, **more)
    return sum(each(event) for each in found)


def creations(sources: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Every host and name of the catalogue, dated and not, in China too."""
    for source in sources:
        for host in lookup.hosts(source):
            for name in names(source):
                for date in DATES:
                    yield f"{host}.amazonaws.com", f"{name}{date}"
                yield f"{host}.amazonaws.com.cn", name


def test_every_creation_that_the_catalogue_finds_matches_the_one_rule_for_everything() -> None:
    missed = [each for each in creations(SOURCES) if hits(WHOLE, *each) != 1]

    assert len(WHOLE) == 1
    assert missed == []


def test_what_is_matched_with_a_date_is_also_found_by_the_guard() -> None:
    dated = (("lambda", "CreateFunction20150331"), ("cloudfront", "CreateDistribution2020_05_31"))
    for source, name in dated:
        assert hits(rules(frozenset({source})), f"{source}.amazonaws.com", name) == 1
        assert lookup.find(f"{source}.amazonaws.com", name) is not None


@settings(max_examples=50, deadline=None)  # the first to name a source reads its file
@given(some_sources)
def test_every_creation_of_a_choice_matches_exactly_one_rule(sources: frozenset[str]) -> None:
    found = rules(sources)

    assert [each for each in creations(sorted(sources)) if hits(found, *each) != 1] == []


@settings(max_examples=20)
@given(some_sources)
def test_no_event_of_another_source_than_the_chosen_matches(sources: frozenset[str]) -> None:
    found = rules(sources)

    others = [source for source in SOURCES if source not in sources]
    assert not [each for each in creations(others[:20]) if hits(found, *each)]


@given(some_sources)
def test_every_pattern_has_a_size_that_eventbridge_takes(sources: frozenset[str]) -> None:
    assert all(size(each) <= quotas().event_pattern.size for each in patterns(sources))


def test_the_pattern_for_everything_has_one_too() -> None:
    assert size(patterns(None)[0]) <= quotas().event_pattern.size


@pytest.mark.parametrize("found", [WHOLE, SMALL, LARGE])
@given(source=st.text().filter(lambda text: not text.startswith("aws.")))
def test_an_event_that_does_not_come_from_aws_never_matches(
    found: Sequence[Matcher], source: str
) -> None:
    assert not hits(found, "sqs.amazonaws.com", "CreateQueue", source=source)


def test_a_call_that_failed_never_matches() -> None:
    queue, machine = ("sqs.amazonaws.com", "CreateQueue"), ("ec2.amazonaws.com", "RunInstances")
    for found, event in ((WHOLE, queue), (SMALL, queue), (LARGE, machine)):
        assert hits(found, *event) == 1
        assert not hits(found, *event, errorCode="AccessDenied")


@pytest.mark.parametrize("name", READS)
def test_a_read_never_matches(name: str) -> None:
    every = rules(frozenset(SOURCES))

    for source in SOURCES:
        assert not hits((*WHOLE, *every), f"{source}.amazonaws.com", name)


def test_no_beginning_lets_describe_list_or_get_through() -> None:
    reads = re.compile("Describe|List|Get|Head|BatchGet|Lookup|Search|Query|Scan")

    for beginning in verbs(names(None)):
        assert not reads.match(beginning)
        assert not any(read.startswith(beginning) for read in reads.pattern.split("|"))


def test_calls_on_data_do_not_come_in_by_the_way_of_a_beginning() -> None:
    every = rules(frozenset(SOURCES))

    for name in facts.unwanted().own | facts.unwanted().many:
        for source in ("dynamodb", "lambda", "sqs", "s3", "kinesis", "bedrock", "sns", "ebs"):
            assert not hits((*WHOLE, *every), f"{source}.amazonaws.com", name)


def test_what_the_functions_do_to_their_own_table_and_queues_is_unwanted() -> None:
    done = {a.partition(":")[2] for a in actions(kind(stack(), "AWS::IAM::Role"))}

    data = {"PutItem", "UpdateItem", "DeleteItem", "SendMessage", "ReceiveMessage"}
    assert data <= done
    assert data | {"Invoke"} <= facts.unwanted().own


def test_a_beginning_is_parted_where_it_would_let_an_unwanted_call_in() -> None:
    found = verbs(["PutAlarm", "PutIndex", "PutImage", "PutResource"])

    assert found == ("PutAlarm", "PutIm", "PutIn", "PutResource")


def test_every_call_that_takes_tags_away_matches() -> None:
    every = rules(frozenset(SOURCES))

    for name in untagging(None):
        assert hits(WHOLE, "ec2.amazonaws.com", f"{name}20170331v2") == 1
    for source in SOURCES:
        host = f"{source}.amazonaws.com"
        assert [n for n in untagging(source) if hits(every, host, n) != 1] == []
    assert hits(SMALL, "sqs.amazonaws.com", "UntagQueue") == 1
    assert hits(LARGE, "ec2.amazonaws.com", "DeleteTags") == 1


def test_no_other_deletion_comes_in_with_those_calls() -> None:
    for name in ("DeleteTable", "DeleteBucket", "DeleteTopic", "RemovePermission", "UpdateTable"):
        assert not hits(WHOLE, "ec2.amazonaws.com", name)


def test_calls_that_add_tags_stay_out() -> None:
    """A later look reads the tags themselves: docs/decisions/0019."""
    for name in ("TagResource", "TagQueue", "AddTags", "AddTagsToResource", "TagResources"):
        assert not hits(WHOLE, "sqs.amazonaws.com", name)


def test_service_events_that_tell_of_creations_match() -> None:
    for key in lookup.events():
        host, _, name = key.partition("/")

        assert hits(WHOLE, host, name, kind="AWS Service Event via CloudTrail") == 1


def test_a_small_choice_names_its_calls_and_lets_no_other_through() -> None:
    found = rules(frozenset({"sqs", "sns"}))

    assert hits(found, "sqs.amazonaws.com", "CreateQueue") == 1
    assert not hits(found, "sqs.amazonaws.com", "CreateTopic")


@given(st.lists(st.text("AbC", min_size=1), min_size=1))
def test_shortened_texts_cover_the_same_and_none_covers_another(texts: list[str]) -> None:
    kept = shortest(texts)

    assert all(any(text.startswith(each) for each in kept) for text in texts)
    assert not any(a != b and a.startswith(b) for a in kept for b in kept)


def test_there_is_one_beginning_for_each_first_word() -> None:
    found = verbs(["CreateB", "CreateA", "StartIt", "RunThis", "RunThat"])

    assert found == ("Create", "RunTh", "StartIt")
