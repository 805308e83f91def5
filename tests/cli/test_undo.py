import sys
from pathlib import Path
from subprocess import PIPE, run

import pytest

from tests.cli.command import afresh, awsteward


@pytest.mark.parametrize(
    "since", ["yesterday", "999999w", "0001-01-01T00:00+14:00", "2999-01-01", "-1h"]
)
def test_a_time_that_is_none_is_the_users_to_mend(tmp_path: Path, since: str) -> None:
    done = awsteward("tags", "undo", f"--since={since}", cwd=tmp_path)

    assert done.code == 2
    assert f"--since {since}" in done.err
    assert "Traceback" not in done.err


def test_undo_makes_no_ledger_of_its_own(tmp_path: Path) -> None:
    done = afresh("tags", "undo", "--since", "2h", cwd=tmp_path)

    assert done.code == 2
    assert "there is no ledger at" in done.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this system")
def test_an_output_that_cannot_be_written_is_said_in_one_line(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "awsteward", "tags", "policy", "--example"]
    with Path("/dev/full").open("w") as full:
        done = run(command, stdout=full, stderr=PIPE, cwd=tmp_path, check=False)  # noqa: S603

    assert done.returncode == 2
    assert done.stderr.decode() == "awsteward: No space left on device: the output\n"
