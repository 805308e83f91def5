"""How each kind of server is started, and how one sees that it is ready."""

import asyncio
import random
import signal
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from awsteward.rollout.model import Fleet, OnTerm, Stopping
from awsteward.rollout.rehearse import manners, ports

ROOT = Path(__file__).parents[3]
APPS = "awsteward.rollout.rehearse.apps"
LEDGER, REPLICA = "REHEARSAL_LEDGER", "REHEARSAL_REPLICA"


class Server(Protocol):
    """A program of which replicas are started and stopped."""

    @property
    def stop_signal(self) -> signal.Signals:
        """What the end of the hook sends: TERM, or the image's STOPSIGNAL."""

    def command(self, name: str, port: int, ledger: Path) -> tuple[str, ...]:
        """What starts one replica."""

    def watched(self, port: int, ledger: Path, pid: int) -> tuple[str, ...]:
        """What the gate looks at, as its flags."""

    async def is_up(self, port: int, ledger: Path) -> bool:
        """Ready for requests."""


def ours(module: str, *words: str) -> tuple[str, ...]:
    """The command of one of our own programs: isolated, without the site's start-up cost."""
    start = f"import sys; sys.path.append({str(ROOT)!r}); "
    start += f"from awsteward.rollout.rehearse.{module} import main; main()"
    return (sys.executable, "-I", "-S", "-c", start, *words)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plain:
    """Our own server: whatever it does on TERM was asked for."""

    fleet: Fleet
    stopping: Stopping
    database: tuple[int, float] | None = None
    stop_signal: signal.Signals = signal.SIGTERM

    def command(self, name: str, port: int, ledger: Path) -> tuple[str, ...]:
        """One replica; with a database, its port and how long to ask it again."""
        remote: tuple[str, ...] = ()
        if self.database:
            remote = ("--database", str(self.database[0]), "--patience", f"{self.database[1]:g}")
        return ours(
            "service", "--name", name, "--port", str(port), "--ledger", str(ledger), *remote,
            *_manners(self.fleet, self.stopping),
        )  # fmt: skip

    def watched(self, port: int, ledger: Path, pid: int) -> tuple[str, ...]:  # noqa: ARG002  others need it
        """Its connections."""
        return ("--port", str(port))

    async def is_up(self, port: int, ledger: Path) -> bool:  # noqa: ARG002  others need it
        """It answers."""
        return await answers(port)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pod:
    """nginx in front of our plain server; where it is to drain, it is stopped with QUIT.

    TERM makes nginx drop what is in flight, which is why its image says ``STOPSIGNAL SIGQUIT``.
    """

    nginx: str
    fleet: Fleet
    stopping: Stopping
    chance: random.Random

    @property
    def stop_signal(self) -> signal.Signals:
        """What nginx understands as `drains`, or as `dies`."""
        drains = self.stopping.on_term is OnTerm.DRAINS
        return signal.SIGQUIT if drains else signal.SIGTERM

    def command(self, name: str, port: int, ledger: Path) -> tuple[str, ...]:
        """Both."""
        behind = ports.free(self.chance)
        app = Plain(fleet=self.fleet, stopping=self.stopping).command(name, behind, ledger)
        words = ("--nginx", self.nginx, "--port", str(port), "--behind", str(behind))
        return ours("pod", *words, "--folder", str(ledger.parent), "--", *app)

    def watched(self, port: int, ledger: Path, pid: int) -> tuple[str, ...]:  # noqa: ARG002  others need it
        """Nginx's connections."""
        return ("--port", str(port))

    async def is_up(self, port: int, ledger: Path) -> bool:  # noqa: ARG002  others need it
        """It answers, and so does what is behind it."""
        return await answers(port)


@dataclass(frozen=True, slots=True, kw_only=True)
class Packaged:
    """A server of others that serves our application; on TERM it does what it always does."""

    program: str
    words: tuple[str, ...]
    stop_signal: signal.Signals = signal.SIGTERM

    def command(self, name: str, port: int, ledger: Path) -> tuple[str, ...]:
        """One replica."""
        here = [word.format(port=port) for word in self.words]
        return (
            *("env", f"PYTHONPATH={ROOT}", f"{LEDGER}={ledger}", f"{REPLICA}={name}"),
            *(self.program, *here),
        )

    def watched(self, port: int, ledger: Path, pid: int) -> tuple[str, ...]:  # noqa: ARG002  others need it
        """Its connections."""
        return ("--port", str(port))

    async def is_up(self, port: int, ledger: Path) -> bool:  # noqa: ARG002  others need it
        """It answers."""
        return await answers(port)


def gunicorn(program: str, stopping: Stopping) -> Packaged:
    """Threads, as with Django: TERM lets requests end for as long as the grace lasts."""
    return Packaged(
        program=program,
        words=(
            *("--bind", "127.0.0.1:{port}", "--worker-class", "gthread", "--threads", "64"),
            *("--workers", "1", "--keep-alive", "75"),
            *("--graceful-timeout", f"{stopping.grace_s:.0f}", f"{APPS}:wsgi"),
        ),
    )


def uvicorn(program: str, stopping: Stopping) -> Packaged:
    """One event loop, as with FastAPI."""
    return Packaged(
        program=program,
        words=(
            *("--host", "127.0.0.1", "--port", "{port}", "--timeout-keep-alive", "75"),
            *("--timeout-graceful-shutdown", f"{stopping.grace_s:.0f}", "--no-access-log"),
            *("--log-level", "warning", f"{APPS}:asgi"),
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Consumer:
    """Takes messages from the queue at *queue*."""

    fleet: Fleet
    stopping: Stopping
    queue: int
    workers: int
    stop_signal: signal.Signals = signal.SIGTERM

    def command(self, name: str, port: int, ledger: Path) -> tuple[str, ...]:  # noqa: ARG002  it has no port
        """One replica."""
        return ours(
            "consumer", "--queue", str(self.queue), "--ledger", str(ledger),
            "--busy-file", str(_busy(ledger)), "--workers", str(self.workers),
            *_manners(self.fleet, self.stopping),
        )  # fmt: skip

    def watched(self, port: int, ledger: Path, pid: int) -> tuple[str, ...]:  # noqa: ARG002  it has no port
        """Its file, once it was told to take nothing more."""
        intake = ("--stop-intake", f"kill -USR1 {pid}")
        return (*intake, "--busy-file", str(_busy(ledger)))

    async def is_up(self, port: int, ledger: Path) -> bool:  # noqa: ARG002  it has no port
        """It has begun to take messages."""
        return _busy(ledger).exists()


def _busy(ledger: Path) -> Path:
    return ledger.with_suffix(".busy")


def _manners(fleet: Fleet, stopping: Stopping) -> tuple[str, ...]:
    return manners.flags(stopping.on_term.value, stopping.shutdown_s, fleet.starts_s)


async def answers(port: int) -> bool:
    """True where an HTTP server answers with 200."""
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET /ready HTTP/1.1\r\nHost: rehearsal\r\nConnection: close\r\n\r\n")
        first = await reader.readline()
    except OSError:
        return False
    writer.close()
    return b" 200 " in first
