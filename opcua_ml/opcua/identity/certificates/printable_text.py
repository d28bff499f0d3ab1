"""Foreign text for people's eyes: nothing in it can steer a terminal or run away with a line."""

from __future__ import annotations


def printable(text: str, *, longest: int = 200) -> str:
    """`text` with everything unprintable as an escape sequence, cut to `longest` characters."""
    cut = text if len(text) <= longest else text[: longest - 1] + "…"
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode("ascii")
        for character in cut
    )
