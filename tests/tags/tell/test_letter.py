import itertools
import random
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from slack_sdk.models.blocks import Block as SdkBlock

from awsteward.core import slack
from awsteward.demo.receiver import flaws
from awsteward.tags.model.advice import Advice, Aim, Cause, Snippet
from awsteward.tags.model.handled import Result
from awsteward.tags.model.outcome import Trouble
from awsteward.tags.model.plan import Ask, Origin, Write
from awsteward.tags.model.verdict import Invalid, NearMiss
from awsteward.tags.policy.model import Language
from awsteward.tags.tell.digest import DIGESTS_IN_A_DRY_RUN, REFS_IN_A_DRY_RUN, ROWS, Digests
from awsteward.tags.tell.letter import Letter, compose, rehearse
from awsteward.tags.tell.notice import Kind, Notice, Who
from awsteward.tags.tell.terminal import plain

AT = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
ANA = Who(kind=Kind.PERSON, name="ana")
COST_CENTER = Ask(key="CostCenter", why="nothing says which")
ENVIRONMENT = Ask(key="Environment", why="it is guarded", allowed=("prod", "stage", "dev"))
CREATED_BY = Write(key="CreatedBy", value="ana", origin=Origin.CREATOR)

TOLD = Notice(
    event_id="event-1",
    at=AT,
    source="s3.amazonaws.com",
    call="CreateBucket",
    tool=None,
    who=ANA,
    via="AWSReservedSSO_Developers_0a1b",
    ref="arn:aws:s3:::orders",
    arn="arn:aws:s3:::orders",
    handle=None,
    type="AWS::S3::Bucket",
    account="111122223333",
    region="eu-west-1",
    partition="aws",
    service="s3",
    result=Result.TAGGED,
    missing=("CreatedBy", "CostCenter"),
    applied=(CREATED_BY,),
    asks=(COST_CENTER,),
    near=(),
    invalid=(),
    trouble=None,
    why="",
)


def told(number: int = 1, **changes: Any) -> Notice:
    arn = changes.pop("arn", f"arn:aws:s3:::bucket-{number}")
    own: dict[str, Any] = {"event_id": f"event-{number}", "at": AT + timedelta(seconds=number)}
    return replace(TOLD, **(own | {"arn": arn, "ref": arn or "?"} | changes))


def composed(
    notices: Iterable[Notice],
    window: timedelta = HOUR,
    language: Language = Language.ENGLISH,
) -> tuple[Letter, ...]:
    return compose(notices, window=window, language=language)


def text(letter: Letter) -> str:
    return plain(letter.payload)


# --- what a letter says ----------------------------------------------------------------------


def test_a_letter_says_who_what_where_how_and_why() -> None:
    notices = [
        told(1, tool="Terraform", applied=(replace(CREATED_BY, assumed=True),)),
        told(2, asks=(), near=(NearMiss(key="Owner", found="owner", value="ana"),)),
        told(3, invalid=(Invalid(key="Environment", value="prd", why="is not one of prod, dev"),)),
        told(
            4, asks=(), applied=(), result=Result.FAILED, trouble=Trouble.DENIED,
            why="not authorized to perform: s3:PutBucketTagging",
        ),
        told(5, asks=(), applied=(), result=Result.UNKNOWN, why="its tags are hidden"),
    ]  # fmt: skip

    (letter,) = composed(notices)

    said = text(letter)
    for part in (
        "ana created 5 resources", "AWSReservedSSO_Developers_0a1b", "S3 Bucket bucket-1",
        "arn:aws:s3:::bucket-1", "eu-west-1 · account 111122223333",
        "made by CreateBucket through Terraform", "Missing: CreatedBy, CostCenter",
        "CreatedBy = ana from its creator (assumed)",
        "owner = ana is there, but the policy asks for Owner",
        "Environment = prd: is not one of prod, dev",
        "Failed: not authorized to perform: s3:PutBucketTagging", "Ask an administrator",
        "Unclear: its tags are hidden", "1 failed", "3 tagged", "2 wait for an answer",
        "https://eu-west-1.console.aws.amazon.com/s3/buckets/bucket-1?region=eu-west-1",
        f"awsteward tags answer {letter.questions[0].id} CostCenter=…",
        "CostCenter of 2 resources: bucket-1, bucket-3", letter.id,
    ):  # fmt: skip
        assert part in said, part


def test_korean_says_the_same() -> None:
    (letter,) = composed([told(1), told(2, asks=())], language=Language.KOREAN)

    said = text(letter)
    for part in (
        "ana 님이 리소스 2개를 만들었습니다", "빠진 태그: CreatedBy, CostCenter",
        "채운 태그: CreatedBy = ana (출처: 만든 사람)", "답변이 필요합니다", "태그 완료 2개",
        f"awsteward tags answer {letter.questions[0].id} CostCenter=…", letter.id,
    ):  # fmt: skip
        assert part in said, part


@pytest.mark.parametrize("language", Language)
def test_every_kind_of_news_can_be_told_in_every_language(language: Language) -> None:
    asks = (ENVIRONMENT, replace(ENVIRONMENT, key="E2", pattern="[a-z]+"))
    for kind, result in itertools.product(Kind, Result):
        notices = [
            told(
                number, who=Who(kind=kind, name="x"), result=result, trouble=trouble,
                applied=(Write(key="K", value="v", origin=origin, assumed=True, raw="v!"),),
                asks=asks,
            )
            for number, (trouble, origin) in enumerate(itertools.zip_longest(Trouble, Origin))
            if origin is not None
        ]  # fmt: skip

        for letter in composed(notices, language=language):
            assert "{" not in text(letter)


def test_urgent_things_stand_first() -> None:
    results = [Result.TAGGED, Result.WOULD_TAG, Result.UNKNOWN, Result.PENDING, Result.FAILED]
    notices = [told(n, result=result) for n, result in enumerate(results)]

    (letter,) = composed(notices)

    assert re.findall(r"bucket-(\d) · open", text(letter)) == ["4", "3", "2", "1", "0"]


@pytest.mark.parametrize(
    ("result", "words"),
    [
        (Result.TAGGED, "Filled in: CreatedBy"),
        (Result.FAILED, "Filled in: CreatedBy"),
        (Result.WOULD_TAG, "Would fill in: CreatedBy"),
    ],
)
def test_what_was_written_is_told_from_what_would_be(result: Result, words: str) -> None:
    (letter,) = composed([told(result=result)])

    assert words in text(letter)


def test_a_resource_without_an_arn_is_told_by_its_handle() -> None:
    (letter,) = composed(
        [told(arn=None, handle="kiosk", ref="kiosk", type=None, service="lightsail")]
    )

    assert "lightsail kiosk · find it in Tag Editor" in text(letter)


# --- one per creator and window --------------------------------------------------------------


def test_one_letter_per_creator_and_window() -> None:
    ben = replace(ANA, name="ben")
    notices = [
        told(1), told(2), told(3, who=ben), told(4, at=AT + HOUR),
        told(5, at=AT - timedelta(seconds=1)),
    ]  # fmt: skip

    letters = composed(notices)

    assert [(letter.creator.name, letter.window_start) for letter in letters] == [
        ("ana", AT - HOUR), ("ana", AT), ("ben", AT), ("ana", AT + HOUR),
    ]  # fmt: skip


@given(st.randoms(use_true_random=False))
def test_the_order_of_notices_makes_no_difference(chance: random.Random) -> None:
    notices = [told(n, asks=(COST_CENTER,) if n % 2 else ()) for n in range(40)]
    shuffled = chance.sample(notices, len(notices))

    assert composed(shuffled) == composed(notices)
    assert _rehearsed(shuffled) == _rehearsed(notices)


def test_the_same_notice_twice_is_told_once() -> None:
    assert composed([told(1), told(1)]) == composed([told(1)])


def test_more_notices_of_the_same_window_make_another_letter() -> None:
    first, second = composed([told(1)]), composed([told(2)])

    assert first[0].id != second[0].id
    assert first[0].questions[0].id != second[0].questions[0].id


def test_a_letter_keeps_its_id_in_another_language() -> None:
    (english,), (korean,) = composed([told()]), composed([told()], language=Language.KOREAN)

    assert english.id == korean.id
    assert english.questions == korean.questions


def test_a_large_digest_shows_some_rows_and_counts_the_rest_by_type() -> None:
    volume = "AWS::EC2::Volume"
    notices = [told(n, asks=()) for n in range(30)]
    notices += [told(n, asks=(), type=volume, at=AT + timedelta(minutes=30)) for n in range(30, 42)]

    (letter,) = composed(notices)

    assert text(letter).count("open in the console") == ROWS
    assert f"+32 more resources: 20 AWS::S3::Bucket, 12 {volume}" in text(letter)


# --- questions -------------------------------------------------------------------------------


def test_resources_that_lack_the_same_keys_are_asked_about_once_and_all_are_settled() -> None:
    both = (ENVIRONMENT, COST_CENTER)
    notices = [told(n) for n in range(30)] + [told(n, asks=both) for n in range(30, 33)]

    (letter,) = composed(notices)

    settled = {tuple(k.key for k in q.keys): len(q.refs) for q in letter.questions}
    assert settled == {("CostCenter",): 30, ("CostCenter", "Environment"): 3}


def test_no_question_is_lost_however_many_there_are() -> None:
    notices = [told(n, asks=(Ask(key=f"Key{n}", why="?"),)) for n in range(40)]

    letters = composed(notices)

    keys = [q.keys[0].key for letter in letters for q in letter.questions]
    assert sorted(keys) == sorted(f"Key{n}" for n in range(40))
    assert len({letter.id for letter in letters}) == len(letters) > 1
    for letter in letters:
        for question in letter.questions:
            assert f"awsteward tags answer {question.id} " in text(letter)


def test_a_suggestion_is_ready_to_be_sent_and_quoted_for_the_shell() -> None:
    (letter,) = composed([told(asks=(replace(COST_CENTER, suggestion="42; rm -rf /"),))])

    assert f"{letter.questions[0].id} CostCenter='42; rm -rf /'" in text(letter)


# --- dry runs --------------------------------------------------------------------------------


def _rehearsed(notices: Iterable[Notice]) -> tuple[Letter, ...]:
    gathered = Digests(HOUR, bounded=True)
    for notice in notices:
        gathered.add(notice)
    return rehearse(gathered)


def test_a_dry_run_asks_nothing_but_says_what_it_would() -> None:
    (letter,) = _rehearsed([told()])

    assert letter.questions == ()
    assert "tags answer" not in text(letter)
    assert "CostCenter of 1 resource: bucket-1" in text(letter)


def test_a_dry_run_counts_every_resource_and_keeps_few() -> None:
    gathered = Digests(HOUR, bounded=True)
    for number in range(3000):
        gathered.add(told(number))
        gathered.add(told(number // 2))  # CloudTrail may deliver an event twice

    (digest,) = gathered.digests()

    assert (digest.total, len(digest.rows)) == (3000, ROWS)
    assert sum(digest.more.values()) == 3000 - ROWS
    assert digest.questions[0].count == 3000
    assert len(digest.questions[0].refs) == REFS_IN_A_DRY_RUN


def test_a_dry_run_over_years_keeps_the_newest_windows_and_counts_the_others() -> None:
    hours = list(range(5 * DIGESTS_IN_A_DRY_RUN))
    random.Random(7).shuffle(hours)  # noqa: S311 (an order, not a secret)
    gathered = Digests(HOUR, bounded=True)

    for hour in hours:
        gathered.add(told(hour, at=AT + hour * HOUR))

    kept = gathered.digests()
    assert [d.since for d in kept] == [AT + h * HOUR for h in sorted(hours)[-DIGESTS_IN_A_DRY_RUN:]]
    assert sum(gathered.left_out.values()) == len(hours) - DIGESTS_IN_A_DRY_RUN


# --- what belongs elsewhere ------------------------------------------------------------------

IGNORE = Snippet(aim=Aim.IGNORE, place='provider "aws"', text="ignore_tags {\n  keys = []\n}")
LEFT = Advice(cause=Cause.TOOL, by="terraform", held=(CREATED_BY,), snippets=(IGNORE,))


def test_a_snippet_stands_in_a_box_of_its_own_with_its_lines() -> None:
    (letter,) = composed([told(1, advice=LEFT)])

    assert "```ignore_tags {\n  keys = []\n}```" in str(letter.payload).replace("\\n", "\n")
    assert "Left to its maker: terraform · CreatedBy = ana" in text(letter)
    assert "1 to be tagged at its source" in text(letter)
    assert "  keys = []" in text(letter)


def test_the_same_snippet_is_shown_once_in_a_letter() -> None:
    (letter,) = composed([told(number, advice=LEFT) for number in range(3)])

    assert text(letter).count("ignore_tags") == 1
    assert text(letter).count("Left to its maker") == 3


def test_a_key_that_the_form_cannot_hold_is_named() -> None:
    short = replace(IGNORE, text="", left=("Owner",))
    (letter,) = composed([told(1, advice=replace(LEFT, snippets=(short,)))])

    assert "Owner cannot be said in this form" in text(letter)


# --- what Slack takes ------------------------------------------------------------------------

_NASTY = [
    "<!channel>", "<!here>", "<@U0123ABC>", "<#C01|x>", "<https://evil.example|bank>", "*b*", "_i_",
    "~s~", "`c`", "```", "\n", "\r\n> quote", "\\", "\\n", "\u202e", "\u200b", "\u2067", "&",
    "&lt;!channel&gt;",
    "<!channel", "|", '"', "'", ":tada:", "\x00", "\x1b[2J", "\ud83d", "가", "\U0001d538", "é",
    "{name}", "%s", " ",
]  # fmt: skip
nasty = st.lists(st.sampled_from(_NASTY), max_size=30).map("".join) | st.text(max_size=80)
pools = st.lists(nasty, min_size=1, max_size=4)
sizes = st.sampled_from([1, 1, 1, 5, 40])


def _hostile(pool: list[str], size: int, chance: random.Random) -> Notice:
    """A notice in which everything that comes from outside is one of *pool*, *size* times over."""

    def name() -> str:
        return chance.choice(pool) * size

    def maybe() -> str | None:
        return chance.choice([None, name()])

    def names(most: int) -> tuple[str, ...]:
        return tuple(name() for _ in range(chance.randint(0, most)))

    def ask() -> Ask:
        return Ask(key=name(), why=name(), allowed=names(12), pattern=maybe(), suggestion=maybe())

    def write() -> Write:
        origin = chance.choice(list(Origin))
        return Write(key=name(), value=name(), origin=origin, assumed=size > 1, raw=maybe())

    return Notice(
        event_id=name(), at=AT + timedelta(days=chance.randint(-700_000, 2_900_000)),
        source=name(), call=name(), tool=maybe(), via=maybe(),
        who=Who(kind=chance.choice(list(Kind)), name=name(), account=maybe()),
        ref=name(), arn=maybe(), handle=maybe(), service=name(),
        type=chance.choice([None, name(), "AWS::S3::Bucket"]), account=name(),
        region=chance.choice([name(), "eu-west-1"]),
        partition=chance.choice(["aws", "aws-cn", "aws-us-gov", name()]),
        result=chance.choice(list(Result)), missing=names(12),
        applied=tuple(write() for _ in range(chance.randint(0, 9))),
        asks=tuple(ask() for _ in range(chance.randint(0, 9))),
        near=tuple(NearMiss(key=name(), found=name(), value=name()) for _ in names(2)),
        invalid=tuple(Invalid(key=name(), value=name(), why=name()) for _ in names(2)),
        trouble=chance.choice([None, *Trouble]), why=name(),
        advice=chance.choice([None, Advice(
            cause=chance.choice(list(Cause)), by=name(), held=(write(), write()),
            snippets=(
                Snippet(
                    aim=chance.choice(list(Aim)), place=name(), left=names(2),
                    text=f"a {{\n  {name()}\n}}\n{name()}",
                ),
            ),
        )]),
    )  # fmt: skip


_OURS = re.compile(r"<(!date\^\d+\^[^<>|]*\|[^<>|]*|https://[!-;=?-{}~]*\|[^<>|`*]+)>")


def _mrkdwn(node: object) -> Iterator[str]:
    match node:
        case {"type": "mrkdwn", "text": str(said)}:
            yield said
        case {"blocks": list(blocks), "text": str(said)}:
            yield said
            for block in blocks:
                yield from _mrkdwn(block)
        case {"text": dict(said)}:
            yield from _mrkdwn(said)
        case {"elements": list(elements)}:
            for element in elements:
                yield from _mrkdwn(element)
        case _:
            return


@settings(max_examples=40, deadline=None)
@given(pools, sizes, st.integers(0, 8), st.integers(), st.sampled_from(Language))
def test_whatever_things_are_called_slack_takes_the_letter_and_obeys_no_name(
    pool: list[str], size: int, count: int, seed: int, language: Language
) -> None:
    chance = random.Random(seed)  # noqa: S311 (a choice, not a secret)
    notices = [_hostile(pool, size, chance) for _ in range(count)]
    who, at = Who(kind=Kind.PERSON, name=pool[0]), AT
    notices += [replace(notice, who=who, at=at) for notice in notices]

    for letter in composed(notices, language=language):
        sent = msgspec.json.encode(letter.payload)
        payload = msgspec.json.decode(sent)

        assert len(sent) <= 13_000
        assert list(flaws(payload)) == []
        assert len(SdkBlock.parse_all(payload["blocks"])) == len(payload["blocks"])
        for block in SdkBlock.parse_all(payload["blocks"]):
            block.validate_json()
        for said in _mrkdwn(payload):
            _assert_inert(said)


def _assert_inert(said: str) -> None:
    """Only our own links and dates are left, and no code span runs over a line's end."""
    bare = _OURS.sub("", said)
    assert not set("<>") & set(bare), said
    bare = re.sub(r"```[^`]+```", "```box```", bare)
    for line in bare.split("\n"):
        boxed = line.startswith("```") and line.endswith("```") and len(line) > 6
        inside = line[3:-3] if boxed else line
        assert inside.count("`") % 2 == 0, said
        assert not boxed or "`" not in inside
        outside = "" if boxed else re.sub(r"`[^`]*`", "", inside)
        assert not re.search(r":[a-z0-9_+-]+:", outside), said
        assert outside.count("*") % 2 == 0, said
    assert not re.search("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\x00-\x09\x0b-\x1f]", said)


def test_a_letter_full_of_long_names_leaves_out_rows_and_says_so() -> None:
    notices = [told(n, arn=f"arn:aws:s3:::{'&' * 200}{n}", asks=()) for n in range(ROWS)]

    (letter,) = composed(notices)

    assert len(msgspec.json.encode(letter.payload)) <= slack.LIMITS["message"]["bytes"]
    assert "more resource" in text(letter)
