import pytest

from awsteward.core.errors import ConfigError
from awsteward.rollout.rehearse.programs import found


def test_a_program_on_path_is_found() -> None:
    assert found("sh").endswith("/sh")


@pytest.mark.parametrize(
    ("program", "cure"), [("no-such-program", "install the package no-such-program")]
)
def test_a_missing_program_is_said_with_its_cure(program: str, cure: str) -> None:
    with pytest.raises(ConfigError, match=cure):
        found(program)
