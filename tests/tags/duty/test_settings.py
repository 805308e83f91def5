import pytest

from awsteward.core.errors import ConfigError
from awsteward.tags.duty.settings import Mode, settings

WHOLE = {
    "AWS_REGION": "eu-west-1",
    "AWSTEWARD_TABLE": "table",
    "AWSTEWARD_QUEUE_URL": "https://sqs.eu-west-1.amazonaws.com/111122223333/events",
    "AWSTEWARD_DEAD_LETTERS_URL": "https://sqs.eu-west-1.amazonaws.com/111122223333/dead",
}


def test_without_a_mode_nothing_is_written_and_nobody_told() -> None:
    assert settings(WHOLE).mode is Mode.OBSERVE


def test_everything_that_is_wrong_is_named_at_once() -> None:
    with pytest.raises(ConfigError) as raised:
        settings({"AWSTEWARD_MODE": "all", "AWSTEWARD_MAX_RECEIVES": "0", "AWS_REGION": "x"})

    for name in ("AWSTEWARD_TABLE", "QUEUE_URL", "DEAD_LETTERS_URL", "'all'", "'0'"):
        assert name in str(raised.value)


def test_to_notify_needs_somewhere_to_tell() -> None:
    with pytest.raises(ConfigError, match="SLACK_URL is not set"):
        settings({**WHOLE, "AWSTEWARD_MODE": "notify"})
