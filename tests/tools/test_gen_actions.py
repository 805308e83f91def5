"""The look-up of actions, on a miniature of the references."""

from tools.gen_actions import KEYS, found

SHOWN = {
    "shop:TagTill": frozenset({KEYS}),
    "shop:ListTills": frozenset[str](),
    "shop:Mark": frozenset({"a"}),
}


def test_an_action_that_neither_reference_has_is_unlisted() -> None:
    asked = frozenset({"shop:TAGTILL", "shop:Linted", "shop:Gone"})

    assert found(asked, frozenset(), SHOWN, frozenset({"shop:linted"}))["unlisted"] == ["shop:Gone"]


def test_a_write_whose_keys_iam_does_not_see_is_told_and_an_unknown_one_is_not() -> None:
    writes = frozenset({"shop:TagTill", "shop:Mark", "shop:Gone"})

    assert found(writes, writes, SHOWN, frozenset())["without_tag_keys"] == ["shop:Mark"]
