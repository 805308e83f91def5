import json

import pytest

from awsteward.tags.model.handled import Brake
from awsteward.tags.policy.model import Language, Slack
from awsteward.tags.tell.brake import told


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("kind", sorted(set(Brake) - {Brake.PROMOTION}))
def test_every_brake_has_its_sentence_in_every_language(kind: Brake, language: Language) -> None:
    letter_id, payload = told(kind, "because of *this*", Slack(language=language))

    assert letter_id in json.dumps(payload)
    assert "`*this*`" in json.dumps(payload)


def test_the_same_brake_for_the_same_reason_is_the_same_letter() -> None:
    assert told(Brake.STOP, "x", Slack())[0] == told(Brake.STOP, "x", Slack())[0]
    assert told(Brake.STOP, "x", Slack())[0] != told(Brake.STOP, "y", Slack())[0]


def test_a_brake_calls_upon_nobody_so_it_is_in_nobodys_measure() -> None:
    _, payload = told(Brake.STOP, "stopped by <@U012ABCDEF> for <!channel>", Slack())

    said = json.dumps(payload)
    assert "U012ABCDEF" in said
    assert "<@" not in said
    assert "<!" not in said
