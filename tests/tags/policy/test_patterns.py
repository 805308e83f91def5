import re
import time

import pytest

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
        (r"(a)\1", "references"),
        ("(?=x)y", "look-around"),
        ("(?i)x", "flags"),
        ("x" * 501, "501 characters"),
    ],
)
def test_regexps_that_could_take_forever_are_refused(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        regexp(text)


@pytest.mark.parametrize("text", [".*.*x", "[a-z]*[a-z]*9", "(?:a)*(?:a)*9"])
def test_the_worst_that_is_read_is_quick_on_the_longest_value(text: str) -> None:
    pattern = regexp(text)
    before = time.perf_counter()

    assert not pattern.matches("a" * 256)
    assert time.perf_counter() - before < 0.5


def test_a_regexp_must_match_the_whole_value_and_none_longer_than_a_tag() -> None:
    assert regexp("a+").matches("aa")
    assert not regexp("a+").matches("aab")
    assert not regexp("a+").matches("aa\n")
    assert not regexp("a+").matches("a" * 257)
    assert re.fullmatch("a+", "a" * 257)
