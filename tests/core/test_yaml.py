import pytest
from hypothesis import given
from hypothesis import strategies as st

from awsteward.core.errors import ConfigError
from awsteward.core.yaml import Fields, Items, Place, Scalar, read


def test_every_node_knows_where_it_stands() -> None:
    root = read("a:\n  - x\n  - 'y'\n", "f.yaml")

    items = root.get("a")

    assert isinstance(items, Items)
    assert items.nodes == (
        Scalar(text="x", plain=True, place=Place(file="f.yaml", line=2, column=5)),
        Scalar(text="y", plain=False, place=Place(file="f.yaml", line=3, column=5)),
    )
    assert str(items.nodes[1].place) == "f.yaml:3:5"


@pytest.mark.parametrize("text", ["no", "0123", "1_000", "12:30:45", "2027-01-31", "1e3"])
def test_a_scalar_keeps_its_spelling(text: str) -> None:
    value = read(f"key: {text}\n", "f.yaml").get("key")

    assert isinstance(value, Scalar)
    assert value.text == text


@pytest.mark.parametrize("text", ["", "# only a comment\n", "---\n"])
def test_an_empty_file_holds_an_empty_mapping(text: str) -> None:
    assert read(text, "f.yaml").entries == ()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("a: 1\nb: 2\na: 3\n", r"f:3:1: the key 'a' .* \(first: line 1\)", id="twice"),
        pytest.param("a: &x [1]\nb: *x\n", r"f:2:4: the alias \*x", id="alias"),
        pytest.param("- 1\n", r"f:1:1: .* not a list", id="list"),
        pytest.param("word\n", r"f:1:1: .* not a single value", id="scalar"),
        pytest.param("a:\n\t- 1\n", r"f:2:1: a tab", id="tab"),
        pytest.param("a: [1\nb: 2\n", r"f:2:2: .*check quotes", id="syntax"),
        pytest.param("a: 1\n---\nb: 2\n", r"f:2:1: a second document", id="documents"),
        pytest.param("[a]: 1\n", r"f:1:1: a key must be a word, not a list", id="list-key"),
        pytest.param("a: " + "[" * 5000 + "]" * 5000, r"nested more than", id="deep"),
        pytest.param(
            "a: \x00\n", r"f: not YAML text: unacceptable character", id="control-character"
        ),
        pytest.param("a: 1\n" * 250_000, r"f: longer than", id="huge"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_its_place(text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        read(text, "f")


@given(st.text())
def test_any_text_is_either_a_mapping_or_a_config_error(text: str) -> None:
    try:
        root = read(text, "f")
    except ConfigError:
        return
    assert isinstance(root, Fields)
