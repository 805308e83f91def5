import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from awsteward.core.errors import ConfigError
from awsteward.tags.judge import judge
from awsteward.tags.model.arn import Arn
from awsteward.tags.model.creator import Machine
from awsteward.tags.model.plan import Origin, Unread
from awsteward.tags.model.reading import Event, Resource
from awsteward.tags.plan import plan
from awsteward.tags.policy.default import default
from awsteward.tags.policy.enforcement import USUAL
from awsteward.tags.policy.organizations import from_tag_policy
from awsteward.tags.policy.parse import parse

PAGE = (Path(__file__).parents[3] / "docs" / "tagging" / "policy.md").read_text("utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)


def test_the_example_of_enforcement_is_a_valid_policy_that_says_what_holds_anyway() -> None:
    page = (Path(__file__).parents[3] / "docs/tagging/enforcement.md").read_text("utf-8")
    (text,) = re.findall(r"^```yaml\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)

    shown = parse(text, "enforcement.md").enforcement

    assert replace(shown, freezes=()) == USUAL


@pytest.mark.parametrize("text", blocks("yaml"))
def test_every_example_on_the_page_is_a_valid_policy(text: str) -> None:
    assert parse(text, "policy.md").rules


def test_the_example_on_slacks_page_is_a_valid_policy() -> None:
    page = (Path(__file__).parents[3] / "docs" / "tagging" / "slack.md").read_text("utf-8")

    (text,) = re.findall(r"^```yaml\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)

    assert len(parse(text, "slack.md").slack.telling.routes) == 2


def test_the_policy_without_a_file_is_the_one_on_the_page() -> None:
    assert parse(blocks("yaml")[0], "policy.md").rules == default().rules


def test_the_imported_tag_policy_on_the_page_is_what_comes_out() -> None:
    (policy,) = blocks("json")

    assert from_tag_policy(policy, "tags.json") in blocks("yaml")


def test_the_mistakes_on_the_page_are_named_as_the_page_says() -> None:
    with pytest.raises(ConfigError) as caught:
        parse(blocks("yaml-with-mistakes")[0], "awsteward.yaml")

    assert f"{caught.value}\n" == blocks("text")[0]


def test_the_decision_on_the_page_is_the_one_that_is_made() -> None:
    made = datetime(2026, 11, 20, tzinfo=UTC)
    event = Event(
        id="1",
        source="s3.amazonaws.com",
        name="CreateBucket",
        at=made,
        account="111122223333",
        region="eu-west-1",
        creator=Machine(name="ci-tills", arn=None, via=None),
        tool=None,
    )
    bucket = Resource(
        arn=Arn("arn:aws:s3:::till"),
        handle=None,
        type="AWS::S3::Bucket",
        account="111122223333",
        region="eu-west-1",
        partition="aws",
        service="s3",
        tags={},
    )
    unread = dict.fromkeys(
        (Origin.STACK, Origin.ROLE, Origin.ACCOUNT), Unread("needs `tags replay --read`")
    )

    verdict = judge(event, bucket, default(), made)
    steps = plan(event, bucket, verdict, default(), unread, None).steps

    assert "\n".join(steps) + "\n" == blocks("steps")[0]


@pytest.mark.parametrize("origin", sorted(set(Origin) - {Origin.ANSWER, Origin.NEAR_MISS}))
def test_every_origin_stands_on_the_page(origin: Origin) -> None:
    assert f"| `{origin}` |" in PAGE
