import re
import time
import warnings
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from awsteward.tags.policy.patterns import Globs, regexp


@pytest.mark.parametrize(
    ("glob", "name", "admitted"),
    [
        ("AWS::EC2::*", "AWS::EC2::Instance", True),
        ("AWS::EC2::*", "AWS::S3::Bucket", False),
        ("ci-?", "CI-1", True),
        ("ci-?", "ci-12", False),
        ("a[b]c", "a[b]c", True),
        ("a[b]c", "abc", False),
        ("*@example.com", "Ana@Example.com", True),
        ("*", None, True),
        ("a*", None, False),
    ],
)
def test_globs_know_stars_and_question_marks_only(
    glob: str,
    name: str | None,
    admitted: bool,  # noqa: FBT001 - a column of the table
) -> None:
    assert Globs((glob,)).admit(name) is admitted


def test_no_globs_admit_all_and_list_nobody() -> None:
    assert Globs().admit("x")
    assert Globs().admit(None)
    assert not Globs().lists("x")


@pytest.mark.parametrize(
    "text",
    [
        "[0-9]{4}",
        r"(fin|ops)-\d+",
        r"[a-z0-9._-]+@example\.com",
        "https?://.*",
        "[a-z]+-[a-z]+-[a-z]+-[a-z]+",
        "(?:ab)+",
        ".*-.*",
        r"[]a]+\]",
        "(?P<team>pos|kiosk)",
        r"[a-z]+\x2d[0-9]+",
        r"a*\u00e9",
        r"\N{EM DASH}|\U0001F600|\0|\012",
        r"^[a-z]+\b-x$",
        "(prod|pre|dev|stage)-(eu|us|ap)-(one|two|three)-.*",
        "(?:" + "|".join(f"team{number}" for number in range(40)) + ")-[a-z]+",
    ],
)
def test_ordinary_regexps_are_read(text: str) -> None:
    assert regexp(text).text == text


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[", "not a valid regexp"),
        ("a{99999999999}", "not a valid regexp"),
        ("(a+)+", "repeats a group"),
        ("(a|aa)+", "repeats a group"),
        ("((a*)b)*", "repeats a group"),
        ("(a{1,9}){9}", "repeats a group"),
        (".*.*.*.*x", "repeats that run into"),
        ("a?" * 30 + "a" * 30, "repeats that run into"),
        ("(a|b|ab)" * 60, "alternatives begin alike"),
        ("(a|b?a|)" * 30, "alternatives begin alike"),
        ("(|a)" * 30, "alternatives begin alike"),
        ("((a|ab)|(?:a|b))" * 20, "alternatives begin alike"),
        (r".*\b.*\b.*x", "repeats that run into"),
        ("[a-w]*x{0}" * 5 + "y", "repeats that run into"),
        ("[a-w]*x{0,}" * 5 + "y", "repeats that run into"),
        ("à*àà*àà*àà*àà*ày", "repeats that run into"),
        (r"[\u00e0-\u00ff]*[\u00f0]" * 4 + "y", "repeats that run into"),
        (r"(a)\1", "references"),
        ("(?=x)y", "look-around"),
        ("(?i)x", "flags"),
        ("x" * 501, "501 characters"),
    ],
)
def test_regexps_that_could_take_forever_are_refused(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        regexp(text)


@pytest.mark.parametrize(
    "text",
    [
        ".*.*x",
        "[a-z]*[a-z]*9",
        "(?:a)*(?:a)*9",
        "(?:a|aa|aaa|aaaa)(?:a)*(?:a)*9",
        "(a|aa)" * 18 + "a*9",
    ],
)
def test_the_worst_that_is_read_is_quick_on_the_longest_value(text: str) -> None:
    pattern = regexp(text)
    before = time.thread_time()

    assert not pattern.matches("a" * 256)
    assert time.thread_time() - before < 0.5


def test_a_regexp_must_match_the_whole_value_and_none_longer_than_a_tag() -> None:
    assert regexp("a+").matches("aa")
    assert not regexp("a+").matches("aab")
    assert not regexp("a+").matches("aa\n")
    assert not regexp("a+").matches("a" * 257)
    assert re.fullmatch("a+", "a" * 257)


@given(
    st.lists(st.sampled_from([*"ab\\[](){}|*+?^$.-,0129xuNUé", r"\x2d", r"\u00e9"])).map("".join)
)
def test_any_text_is_read_or_refused_with_a_reason(text: str) -> None:
    with warnings.catch_warnings(), suppress(ValueError):
        warnings.simplefilter("ignore", FutureWarning)
        assert regexp(text).text == text
