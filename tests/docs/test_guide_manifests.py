"""The manifests in the guides: YAML that keeps the guides' formula, with flags the gate takes."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from awsteward.rollout import gate

ROOT = Path(__file__).parents[2]
PAGES = sorted((ROOT / "docs/zero-downtime").rglob("*.md"))
BLOCK = re.compile(r"^```yaml\n(.*?)^```", re.MULTILINE | re.DOTALL)
BLOCKS = {
    f"{page.parent.name}/{page.stem}-{at}": block
    for page in PAGES
    for at, block in enumerate(BLOCK.findall(page.read_text("utf-8")))
}
DEPLOYMENTS = [name for name, block in BLOCKS.items() if "kind: Deployment" in block]


def within(value: Any) -> Iterator[Any]:
    yield value
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for part in parts:
        yield from within(part)


def gates(document: Any) -> list[Any]:
    """The flags of each call of the gate, as the gate itself reads them."""
    calls = [each for each in within(document) if isinstance(each, list) and "/gate.py" in each]
    told = [call[call.index("/gate.py") + 1 :] for call in calls]
    return [gate.Flags(form, flags) for form, *flags in told]


@pytest.mark.parametrize("name", BLOCKS)
def test_a_manifest_can_be_read_and_its_gate_ends_after_the_longest_request(name: str) -> None:
    for document in yaml.safe_load_all(BLOCKS[name]):
        for flags in gates(document):
            assert not flags.port or flags.min_wait + flags.longest <= flags.deadline


@pytest.mark.parametrize("name", DEPLOYMENTS)
def test_what_a_guide_says_to_write_keeps_what_the_guides_ask(name: str) -> None:
    documents = yaml.safe_load_all(BLOCKS[name])
    deployment = next(each for each in documents if each["kind"] == "Deployment")
    spec = deployment["spec"]
    pod = spec["template"]["spec"]
    (told,) = gates(deployment)

    assert spec["replicas"] >= 2
    assert spec["strategy"]["rollingUpdate"]["maxUnavailable"] == 0
    assert told.deadline + 10 + 5 == pod["terminationGracePeriodSeconds"]
    for container in pod["containers"]:
        assert "readinessProbe" in container
        assert "preStop" in container["lifecycle"]
