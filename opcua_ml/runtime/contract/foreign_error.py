"""Errors of libraries, told in one line of ours."""

from __future__ import annotations

LONGEST = 300


def told(error: BaseException) -> str:
    """The error's class and text on one line, without control characters, cut where it gets long."""
    printable = "".join(char if char.isprintable() else " " for char in str(error))
    text = " ".join(printable.split())
    if len(text) > LONGEST:
        text = f"{text[:LONGEST]}…"
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
