"""The embedded AWS as a place to play on: starts it, reaches it, and is gone without a trace.

Nothing here leaves the machine: one endpoint on loopback, made-up credentials, and none of the
user's own AWS or proxy settings. What happens on the stage is told in `story.py`.
"""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from awsteward.core.errors import ConfigError, RemoteError

ACCOUNT = "111122223333"
REGION = "eu-west-1"
_NO_FILES = {
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
}


@dataclass(frozen=True, slots=True)
class Stage:
    """A running embedded AWS."""

    endpoint: str
    session: boto3.Session

    def client(self, service: str) -> Any:  # noqa: ANN401 (SDK clients are made at run time)
        """Give a client of *service* that can only reach the stage."""
        make: Any = self.session.client  # the stubs want a literal name
        return make(service, endpoint_url=self.endpoint)


@contextmanager
def stage() -> Iterator[Stage]:
    """Start an embedded AWS and point this process at it, and at nothing else, meanwhile."""
    _require_moto()
    with _running() as port:
        endpoint = f"http://127.0.0.1:{port}"
        with environment(settings(endpoint)), _translated():
            yield Stage(endpoint, boto3.Session())


def settings(endpoint: str) -> dict[str, str]:
    """Give the only AWS settings that hold on the stage.

    The stage is its own proxy, so that what an SDK makes of the endpoint (S3 Control puts the
    account before the host's name) is never looked up in DNS, and nothing else can be reached.
    """
    return {
        "AWS_ACCESS_KEY_ID": "demo",
        "AWS_SECRET_ACCESS_KEY": "demo",
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ENDPOINT_URL": endpoint,
        **_NO_FILES,
        "AWS_DISABLE_HOST_PREFIX_INJECTION": "true",
        "HTTP_PROXY": endpoint,
        "HTTPS_PROXY": endpoint,
    }


def without_settings(environment: Mapping[str, str]) -> dict[str, str]:
    """Give *environment* without anything that says how to reach AWS or the network."""
    return {
        name: value
        for name, value in environment.items()
        if not (name.upper().startswith("AWS_") or name.upper().endswith("_PROXY"))
    }


@contextmanager
def environment(chosen: Mapping[str, str]) -> Iterator[None]:
    """Replace every AWS and proxy setting of this process for a while, and put all back."""
    before = dict(os.environ)
    _become({**without_settings(before), **chosen})
    try:
        yield
    finally:
        _become(before)


def _become(environment: Mapping[str, str]) -> None:
    os.environ.clear()
    os.environ.update(environment)


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except (BotoCoreError, ClientError) as error:
        raise RemoteError(f"the embedded AWS failed: {error}") from error


@contextmanager
def _running() -> Iterator[int]:
    """Run the child and give its port; its chatter is kept and shown only if it fails."""
    child = subprocess.Popen(
        [sys.executable, "-m", "awsteward.demo.embedded"],
        env={
            **without_settings(os.environ),
            **_NO_FILES,
            "MOTO_ACCOUNT_ID": ACCOUNT,
            "PYTHONWARNINGS": "ignore",
        },
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    with child:
        try:
            yield _port(child)
        finally:
            child.kill()


def _port(child: subprocess.Popen[str]) -> int:
    line = child.stdout.readline() if child.stdout else ""
    if not line.strip().isdigit():
        raise RemoteError(
            "the embedded AWS did not start; see what it says: python -m awsteward.demo.embedded"
        )
    return int(line)


def _require_moto() -> None:
    if find_spec("moto") is None or find_spec("werkzeug") is None:
        raise ConfigError(
            'the demo needs moto, which is not installed: pip install "awsteward[demo]"'
        )
