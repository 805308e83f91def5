import re
import unicodedata
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from awsteward.core import slack

hostile = st.one_of(
    st.text(max_size=300),
    st.lists(
        st.sampled_from(
            [
                "<!channel>",
                "<@U012>",
                "*",
                "`",
                "```",
                "_",
                "~",
                "\n",
                "\\",
                "&",
                "&lt;",
                ">",
                ":joy:",
                "\u202e",
                "\u200b",
                "\u2066",
                "\ud800",
                "\x1b[31m",
                "a",
                " ",
                "|",
                "<https://x|y>",
                "é",
            ]
        ),
        max_size=60,
    ).map("".join),
)


@given(hostile)
def test_a_code_span_holds_no_character_that_ends_it_or_starts_a_control_sequence(
    text: str,
) -> None:
    shown = slack.code(text)

    inner = shown[1:-1]
    assert shown[0] == shown[-1] == "`"
    assert inner
    assert not set("`<>\n\r") & set(inner)
    assert re.fullmatch(r"([^&]|&(amp|lt|gt);)*", inner)


@given(hostile)
def test_running_text_shows_markup_only_inside_code_spans(text: str) -> None:
    outside = re.sub(r"`[^`]*`", "", slack.prose(text))

    assert not set("`*_~<>|\n") & set(outside)
    assert not re.search(r":[a-z0-9_+-]+:", outside)


@given(hostile)
def test_what_is_shown_can_be_seen_and_reads_from_left_to_right(text: str) -> None:
    for shown in (slack.code(text), slack.prose(text), slack.plain(text)):
        assert not {unicodedata.category(c) for c in shown} & {"Cc", "Cf", "Cs"}
        shown.encode()


@given(hostile)
def test_plain_text_holds_no_mention_whatever_slack_decodes(text: str) -> None:
    assert not set("<>`") & set(slack.plain(text))


@given(st.text(), st.integers(1, 50))
def test_a_clipped_text_is_never_too_long_and_keeps_both_ends(text: str, most: int) -> None:
    cut = slack.clip(text, most)

    assert len(cut) <= max(most, 1)
    if len(text) <= most:
        assert cut == text
    elif most > 2:
        assert (cut[0], cut[-1]) == (text[0], text[-1])


@given(st.lists(hostile, max_size=60))
def test_a_section_never_outgrows_slack_and_never_cuts_a_line(lines: list[str]) -> None:
    written = [slack.code(line, 300) for line in lines]

    block = slack.section(written)

    text = block["text"]
    assert isinstance(text, dict)
    assert 1 <= slack.units(text["text"]) <= 3000
    assert set(text["text"].split("\n")) <= {*written, "…", "\u2013"}


@pytest.mark.parametrize(
    ("sentence", "shown"),
    [
        pytest.param(
            "not allowed to s3:PutBucketTagging, sorry",
            "not allowed to `s3:PutBucketTagging`, sorry",
            id="action",
        ),
        pytest.param("nothing says which", "nothing says which", id="words"),
        pytest.param("denied: <!here> a&b", "denied: `&lt;!here&gt;` a&amp;b", id="mention"),
    ],
)
def test_technical_words_in_a_sentence_become_code(sentence: str, shown: str) -> None:
    assert slack.prose(sentence) == shown


def test_a_moment_is_told_in_the_readers_time_zone_and_in_utc_elsewhere() -> None:
    at = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)

    assert slack.moment(at) == "<!date^1795426200^{date_num} {time}|2026-11-23 09:30 UTC>"
    assert [span.text for span in slack.spans(slack.moment(at))] == ["2026-11-23 09:30 UTC"]


def test_a_moment_before_1970_is_told_without_slacks_help() -> None:
    assert slack.moment(datetime(1960, 1, 1, tzinfo=UTC)) == "1960-01-01 00:00 UTC"


@given(hostile)
def test_reading_a_code_span_back_gives_what_was_shown(text: str) -> None:
    (span,) = slack.spans(slack.code(text))

    assert span.code
    assert span.text == (slack.clip(slack.clean(text), 80).replace("`", "\u02cb") or "\u2013")


def test_a_message_reads_back_line_by_line() -> None:
    blocks = [
        slack.header("Ana"),
        slack.divider(),
        slack.section([f"{slack.bold('S3')} {slack.code('b')}", slack.link("https://x", "open")]),
    ]

    lines = list(slack.paragraphs(blocks))

    assert [(line.block, line.opens) for line in lines] == [
        ("header", True), ("divider", True), ("section", True), ("section", False),
    ]  # fmt: skip
    assert lines[2].spans == (
        slack.Span(text="S3", bold=True),
        slack.Span(text=" "),
        slack.Span(text="b", code=True),
    )
    assert lines[3].spans == (slack.Span(text="open", url="https://x"),)


@given(hostile)
def test_a_listing_keeps_its_lines_and_nothing_in_it_ends_the_box(text: str) -> None:
    shown = slack.listing(f"a\n  {text}")

    inner = shown[3:-3]
    assert shown[:3] == shown[-3:] == "```"
    assert not set("`<>\r") & set(inner)
    assert inner.startswith("a\n  ")
    assert inner.count("\n") == 1 + text.count("\n")


def test_a_listing_is_read_back_line_by_line_as_boxes() -> None:
    block = slack.section(["before", slack.listing("a {\n  <b>  c\n}"), "after `x`"])

    lines = list(slack.paragraphs([block]))

    assert [("".join(span.text for span in line.spans), line.boxed) for line in lines] == [
        ("before", False), ("a {", True), ("  <b>  c", True), ("}", True), ("after x", False),
    ]  # fmt: skip
