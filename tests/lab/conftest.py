"""The lab needs root and namespaces; what a tool does not claim is in its table, too."""

import os
from collections.abc import Generator

import pytest

from tests.equipment import absent, need
from tests.lab.tools import TOOLS, Tool

_OUTCOMES = pytest.StashKey[dict[tuple[str, str], str]]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_OUTCOMES] = {}


@pytest.fixture(scope="session", autouse=True)
def _equipment() -> None:
    """Everything that the cases run."""
    if os.geteuid() != 0:
        absent("the lab needs root")
    need("tini", "dumb-init", "unshare")


@pytest.fixture(params=TOOLS, ids=lambda tool: tool.name)
def tool(request: pytest.FixtureRequest) -> Tool:
    found = request.param
    assert isinstance(found, Tool)
    return found


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Function,
    call: pytest.CallInfo[None],  # noqa: ARG001  pytest's signature
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    params = item.callspec.params if hasattr(item, "callspec") else {}
    held = params.get("tool")
    if isinstance(held, Tool) and (report.when == "call" or report.skipped or report.failed):
        others = [str(v) for k, v in params.items() if k != "tool"]
        name = item.function.__name__.removeprefix("test_").replace("_", " ")
        case = f"{name} ({', '.join(others)})" if others else name
        seen = dict(item.user_properties).get("seen")
        outcome = "n/a" if report.skipped else "NO" if report.failed else str(seen or "yes")
        item.config.stash[_OUTCOMES][case, held.name] = outcome
    return report


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """One table: case by tool."""
    found = config.stash[_OUTCOMES]
    if not found:
        return
    cases = list(dict.fromkeys(case for case, _ in found))
    widest = min(90, max(map(len, cases)))
    terminalreporter.section("PID 1, side by side")
    terminalreporter.line(f"{'':{widest}}" + "".join(f"{tool.name:>12}" for tool in TOOLS))
    for case in cases:
        row = "".join(f"{found.get((case, tool.name), '-'):>12}" for tool in TOOLS)
        terminalreporter.line(f"{case[:widest]:{widest}}{row}")
