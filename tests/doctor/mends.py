"""Whether a command that the doctor names exists: ours by our parser, AWS's by its models."""

import functools
import json
import re
import shlex
from typing import Any

import typer.main
from botocore import xform_name
from botocore.loaders import create_loader

from awsteward.cli.main import app
from awsteward.doctor import clock
from awsteward.doctor.verdict import Verdict, Wrong

_SERVICES = {"s3api": "s3"}
_LOADER = create_loader()


def wrong(verdict: Verdict) -> str:
    """What is wrong; every command that mends it can be called."""
    assert isinstance(verdict, Wrong), verdict
    for command in verdict.mend:
        callable_(command)
    return verdict.what


def callable_(command: str) -> None:
    program, *words = shlex.split(command)
    if command in clock.MEND:
        return
    assert program in ("aws", "awsteward"), command
    (_by_models if program == "aws" else _by_our_parser)(words)


def _by_our_parser(words: list[str]) -> None:
    command: Any = typer.main.get_command(app)
    while hasattr(command, "commands"):
        command = command.commands[words.pop(0)]
    command.make_context("awsteward", words)


def _by_models(words: list[str]) -> None:
    if words == ["configure"]:
        return
    service, operation, *rest = words
    inputs = _inputs(_SERVICES.get(service, service))[operation]
    options = [word.removeprefix("--") for word in rest if re.match("--[a-z]", word)]
    assert {option.replace("-", "_") for option in options} - {"region"} <= inputs, words
    for word in rest:
        if word.startswith(("{", "[")):
            json.loads(word)


@functools.cache
def _inputs(service: str) -> dict[str, set[str]]:
    """The options of each operation, in the command line's spelling."""
    model = _LOADER.load_service_model(service, "service-2")
    shapes = model["shapes"]
    return {
        xform_name(name).replace("_", "-"): {
            xform_name(member) for member in shapes[told["input"]["shape"]]["members"]
        }
        if "input" in told
        else set()
        for name, told in model["operations"].items()
    }
