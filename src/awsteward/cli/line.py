"""One line on stderr that is written over; nothing at all where nobody looks."""

import sys


class Line:
    """The line, while there is somebody to see it."""

    def __init__(self, *, shown: bool) -> None:
        self.shown = shown

    def write(self, text: str) -> None:
        """Put *text* over what stood there."""
        if self.shown:
            sys.stderr.write(f"\r\x1b[K{text}")
            sys.stderr.flush()

    def wipe(self) -> None:
        """Leave the line as if nothing had been there."""
        self.write("")
