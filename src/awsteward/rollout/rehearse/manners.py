"""How a program of ours starts and stops, as flags: given in one process, read in the other.

Standard library only.
"""

import argparse
import asyncio
import signal
from collections.abc import Callable

ON_TERM = ("drains", "dies", "ignores")


def flags(on_term: str, shutdown_s: float, starts_s: float) -> tuple[str, ...]:
    """For the command line of `service` or `consumer`."""
    return (
        *("--on-term", on_term, "--shutdown", f"{shutdown_s:g}"),
        *("--starts", f"{starts_s:g}"),
    )


def add_to(parser: argparse.ArgumentParser) -> None:
    """Let *parser* read them."""
    parser.add_argument("--on-term", choices=ON_TERM, default="drains")
    parser.add_argument("--shutdown", type=float, default=0.0)
    parser.add_argument("--starts", type=float, default=0.0)


def obey(on_term: str, leave: Callable[[], None]) -> None:
    """From now on TERM does what it is to do; *leave* is how this program drains."""
    match on_term:
        case "drains":
            asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, leave)
        case "ignores":
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
        case _:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
