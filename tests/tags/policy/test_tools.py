import pytest

from awsteward.core.errors import ConfigError
from awsteward.tags.policy.model import Policy
from awsteward.tags.policy.parse import parse
from awsteward.tags.policy.tools import Treatment


def policy(settings: str) -> Policy:
    return parse(f"tags:\n  required: [Owner]\n{settings}", "awsteward.yaml")


def test_without_a_word_tools_are_written_and_reconcilers_only_told() -> None:
    usual = policy("")

    assert usual.tools.of("terraform") is Treatment.WRITE
    assert usual.reconcilers.of("karpenter") is Treatment.NOTIFY


def test_a_tool_is_treated_as_the_file_says_and_the_others_by_others() -> None:
    said = policy("  tools: {terraform: notify}\n  reconcilers: {others: write, ack: notify}")

    assert said.tools.of("terraform") is Treatment.NOTIFY
    assert said.tools.of("pulumi") is Treatment.WRITE
    assert said.reconcilers.of("ack") is Treatment.NOTIFY
    assert said.reconcilers.of("karpenter") is Treatment.WRITE


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        pytest.param(
            "  tools: {terrafrom: notify}",
            "yaml:3:11: tags.tools.terrafrom is not a setting; did you mean 'terraform'?",
            id="an unknown tool",
        ),
        pytest.param(
            "  tools: {karpenter: notify}", "tags.tools.karpenter is not", id="a reconciler"
        ),
        pytest.param(
            "  reconcilers: {karpenter: no}",
            "tags.reconcilers.karpenter is 'no'; known here: write, notify",
            id="an unknown treatment",
        ),
        pytest.param("  tools: notify", "tags.tools must be a mapping", id="no mapping"),
    ],
)
def test_a_mistake_is_named_with_its_place(settings: str, says: str) -> None:
    with pytest.raises(ConfigError, match="awsteward") as caught:
        policy(settings)

    assert says in str(caught.value)
