from collections.abc import Iterator

import pytest

from awsteward.clients.bot import Bot, BotChannel
from awsteward.clients.courier import TRIES
from awsteward.clients.secret import Secret
from awsteward.clients.slack import Closed, Rejected, Taken, Unreachable
from tests.clients.workspace import CHANNEL, TOKEN, Workspace, workspace


@pytest.fixture
def slack() -> Iterator[Workspace]:
    with workspace() as held:
        yield held


def bot(slack: Workspace, token: str = TOKEN) -> Bot:
    return Bot(Secret(token), clock=lambda: 0.0, sleep=lambda _: None, host=slack.host)


def test_it_posts_changes_and_whispers(slack: Workspace) -> None:
    posted = BotChannel(bot(slack), CHANNEL).post(b'{"text": "hello"}')
    assert isinstance(posted, Taken)

    changed = bot(slack).change(posted, {"text": "settled"})
    bot(slack).whisper(CHANNEL, "U0000ANA1", "no")

    assert isinstance(changed, Taken)
    assert slack.messages[posted.channel, posted.ts]["text"] == "settled"
    assert slack.whispers == [(CHANNEL, "U0000ANA1", "no")]


def test_one_person_is_spoken_to_in_a_conversation_of_its_own(slack: Workspace) -> None:
    posted = bot(slack).post("U0000ANA1", {"text": "hello"})

    assert isinstance(posted, Taken)
    assert posted.channel.startswith("D")


@pytest.mark.parametrize(
    ("status", "error", "outcome"),
    [
        (200, "invalid_auth", Closed), (200, "not_in_channel", Closed),
        (200, "invalid_blocks", Rejected), (200, "edit_window_closed", Rejected),
        (403, "what_is_this", Closed), (200, "<https://evil.example>", Closed),
    ],
)  # fmt: skip
def test_who_must_act_is_told_apart(
    slack: Workspace, status: int, error: str, outcome: type
) -> None:
    slack.errors = [(status, error)]

    told = bot(slack).post(CHANNEL, {"text": "hello"})

    assert isinstance(told, outcome)
    assert "evil" not in repr(told)
    assert TOKEN not in repr(told)


@pytest.mark.parametrize("passing", [(429, ""), (500, ""), (200, "ratelimited")])
def test_what_passes_is_waited_for(slack: Workspace, passing: tuple[int, str]) -> None:
    slack.errors = [passing] * (TRIES - 1)

    assert isinstance(bot(slack).post(CHANNEL, {"text": "hello"}), Taken)
    assert len(slack.messages) == 1


def test_what_does_not_pass_is_left_for_later(slack: Workspace) -> None:
    slack.errors = [(200, "internal_error")] * TRIES

    assert isinstance(bot(slack).post(CHANNEL, {"text": "hello"}), Unreachable)


def test_a_token_is_shown_nowhere(slack: Workspace) -> None:
    wrong = "xoxb-0000000000-wrongwrong"

    told = bot(slack, wrong).who()

    assert isinstance(told, Closed)
    assert wrong not in repr((told, Secret(wrong), bot(slack, wrong)))
