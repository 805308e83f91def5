from datetime import UTC, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from awsteward.core.errors import ConfigError
from awsteward.tags.policy.parse import parse
from awsteward.tags.policy.people import Quiet, Severity, Telling, Told

HEAD = "version: 1\ntags: {required: [Owner]}\nslack:\n"
ALL = """
  routes:
    - {to: pay, accounts: ["111122223333"], teams: [payments], types: ["AWS::S3::*"]}
  severity: {denied: urgent, tagged: digest}
  digest: {at: "09:30", zone: Asia/Seoul}
  quiet: {from: "19:00", until: "08:00", zone: Asia/Seoul, days: [mon, fri]}
  people: {Ana: U0123ABCD, "ana@example.com": U0123ABCD}
  teams: {payments: [S0123ABCD, W0123ABCD]}
  owners: {"111122223333": U9999ZZZZ}
  reminders: [2d, 5d]
  most_per_week: 3
"""


def telling(text: str) -> Telling:
    return parse(HEAD + text, "awsteward.yaml").slack.telling


def test_all_that_can_be_said_of_people_is_understood() -> None:
    found = telling(ALL)

    assert [route.to for route in found.routes] == ["pay"]
    assert found.severity == {Told.DENIED: Severity.URGENT, Told.TAGGED: Severity.DIGEST}
    assert (found.digest.at, found.digest.zone) == (time(9, 30), ZoneInfo("Asia/Seoul"))
    assert found.quiet == (
        Quiet(since=time(19), until=time(8), zone=ZoneInfo("Asia/Seoul"), days=frozenset({0, 4})),
    )
    assert found.mentions.people == {"ana": ("U0123ABCD",), "ana@example.com": ("U0123ABCD",)}
    assert found.mentions.teams == {"payments": ("S0123ABCD", "W0123ABCD")}
    assert found.reminders == (timedelta(days=2), timedelta(days=5))
    assert found.most_per_week == 3


def test_without_a_word_on_people_all_is_as_it_was() -> None:
    found = telling("  language: en\n")

    assert found == Telling()
    assert (found.routes, found.severity, found.quiet) == ((), {}, ())
    assert (found.digest.at, found.digest.zone) == (time(9), UTC)
    assert [each.days for each in found.reminders] == [1, 3, 7]
    assert found.most_per_week == 10


def test_quiet_hours_may_be_several_and_may_last_a_day() -> None:
    found = telling(
        '  quiet:\n    - {from: "19:00", until: "08:00", zone: UTC}\n'
        '    - {from: "00:00", until: "00:00", zone: UTC, days: [sat, sun]}\n'
    )

    assert [each.days for each in found.quiet] == [frozenset(range(7)), frozenset({5, 6})]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("  routes: [{accounts: [a]}]", "slack.routes needs `to:`"),
        ("  routes: [{to: a, account: [b]}]", "did you mean 'accounts'"),
        ("  severity: {fail: instant}", "did you mean 'failed'"),
        ("  severity: {failed: now}", "slack.severity.failed is 'now'"),
        ("  digest: {at: 9}", "slack.digest.at is '9'"),
        ("  digest: {at: '24:00'}", "'24:00'"),
        ("  digest: {zone: Asia/Soul}", "no time zone"),
        ("  digest: {zone: Asia}", "no time zone"),
        ("  digest: {zone: ../etc}", "no time zone"),
        ("  quiet: {from: '19:00'}", "needs `until:`"),
        ("  quiet: {from: '1:00', until: '08:00', zone: UTC}", "slack.quiet.from is '1:00'"),
        ("  quiet: {from: '01:00', until: '08:00', zone: UTC, days: [monday]}", "'monday'"),
        ("  people: {ana: ana}", "slack.people.ana is 'ana', no Slack id"),
        ("  people: {ana: '<!channel>'}", "no Slack id"),
        ("  people: {ana: {id: U0123ABCD}}", "must be a Slack id"),
        ("  owners: {prod: U0123ABCD}", "12 digits"),
        ("  reminders: [3d, 1d]", "must rise"),
        ("  reminders: [0d]", "must be within"),
        ("  most_per_week: 0", "from 1 to 1000"),
        ("  most_per_week: many", "from 1 to 1000"),
    ],
)
def test_a_mistake_is_named_with_its_place(text: str, said: str) -> None:
    with pytest.raises(ConfigError, match=r"^awsteward.yaml:4") as caught:
        telling(text)

    assert said in str(caught.value)


def test_a_url_in_the_place_of_a_name_is_not_shown() -> None:
    with pytest.raises(ConfigError) as caught:
        telling("  routes: [{to: 'https://hooks.example.com/secret'}]")

    assert "secret" not in str(caught.value)
    assert "AWSTEWARD_SLACKS" in str(caught.value)
