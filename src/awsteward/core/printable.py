"""Names are chosen by strangers: what could move a cursor is shown as a mark, never obeyed."""

_MARK = "\N{REPLACEMENT CHARACTER}"


def fit(text: str) -> str:
    """*text* on one line, with a mark for every character that does not print."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else _MARK for char in text)
