import json
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from subprocess import PIPE, Popen

import pytest

from awsteward.clients.sqlite_ledger import SqliteLedger
from awsteward.demo.receiver import Hang, Say, receiver
from tests.cli.command import awsteward


@pytest.mark.parametrize("before", ["", " "])
def test_a_url_among_the_arguments_is_not_in_the_process_list(tmp_path: Path, before: str) -> None:
    with receiver() as slack:
        slack.mischief.append(Hang(keep=True))
        command = [
            *(sys.executable, "-m", "awsteward", "tags", "replay", "-", "--notify"),
            *("--slack-url", before + slack.url),
        ]
        with Popen(command, stdin=PIPE, stdout=PIPE, stderr=PIPE, cwd=tmp_path) as process:  # noqa: S603
            deadline = time.monotonic() + 5
            seen = ""
            while ("replay" not in seen or slack.url in seen) and time.monotonic() < deadline:
                seen = _words(process.pid)
            process.kill()

    assert slack.url not in seen
    assert "replay" in seen


def _words(pid: int) -> str:
    listed = Path(f"/proc/{pid}/cmdline")
    if listed.exists():
        return listed.read_text("utf-8").replace("\0", " ")
    with Popen(["ps", "-o", "args=", "-p", str(pid)], stdout=PIPE, text=True) as done:  # noqa: S603, S607
        return done.communicate()[0]


def test_the_url_is_in_no_output_and_no_ledger(tmp_path: Path) -> None:
    ledger = tmp_path / "books" / "ledger.db"
    with SqliteLedger.open(ledger) as books:
        books.put("letter", json.dumps({"text": "x"}), datetime(2030, 1, 1, tzinfo=UTC))
    with receiver() as slack:
        slack.mischief.append(Say(404, "no_service"))

        done = awsteward(
            *("tags", "replay", "-", "--notify", "--ledger", str(ledger)),
            cwd=tmp_path, env={"SLACK_URL": slack.url},
        )  # fmt: skip

    secret = slack.url.rpartition("/")[2]
    kept = b"".join(file.read_bytes() for file in ledger.parent.iterdir())
    assert done.code == 2
    assert "message letter stays in the ledger: no_service" in done.err
    assert secret not in done.out + done.err
    assert secret.encode() not in kept
