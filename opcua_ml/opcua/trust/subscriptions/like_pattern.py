r"""The patterns of the Like operator, matched in bounded time.

Source: OPC UA Part 4, 7.7.3, Table 120 (wildcards % _ [] [^] and the escape \).
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import groupby
from typing import Final

_ANY_RUN: Final = None
_Ranges = tuple[tuple[str, str], ...]
_Token = tuple[_Ranges, bool] | None
"""Ranges of characters and whether they are negated, or any run of characters."""

_ANY_ONE: Final[_Token] = ((), True)
_MOST_STEPS: Final = 250_000
"""A millisecond's work at most."""


class LikePattern:
    """One pattern.

    Args:
        pattern: as in the standard; an unfinished bracket or escape stands for itself.
    """

    def __init__(self, pattern: str) -> None:
        tokens = _tokens(pattern)
        self._length = len(tokens)
        self._expression = re.compile(_expression(tokens), re.DOTALL)

    def matches(self, text: str) -> bool | None:
        """Whether the whole text fits; None, which is null, where text and pattern are too long to be held.

        It takes at most len(text) * len(pattern) steps: nothing that has matched is given back.
        """
        if len(text) * self._length > _MOST_STEPS:
            return None
        return self._expression.fullmatch(text) is not None


@lru_cache(maxsize=256)
def like_pattern(pattern: str) -> LikePattern:
    """A pattern, which is asked of event after event."""
    return LikePattern(pattern)


def is_pattern(pattern: str) -> bool:
    """Whether every bracket is closed, and has something in it, and every escape has what it escapes."""
    at = 0
    while at < len(pattern):
        if pattern[at] == "\\":
            at += 1
            if at == len(pattern):
                return False
        elif pattern[at] == "[":
            end = pattern.find("]", at + 1)
            if end <= at + 1 or pattern[at + 1 : end] == "^":
                return False
            at = end
        at += 1
    return True


def _expression(tokens: list[_Token]) -> str:
    """As a regular expression in which each run ends where what follows it is found for the first time."""
    pieces = [
        (is_run, "".join(map(_one, group))) for is_run, group in groupby(tokens, lambda one: one is _ANY_RUN)
    ]
    found = []
    for place, (is_run, piece) in enumerate(pieces):
        after_run = place > 0 and pieces[place - 1][0]
        last = place == len(pieces) - 1
        if is_run:
            found.append(".*" if last else "")
        elif not after_run:
            found.append(piece)
        else:
            found.append(f".*{piece}" if last else f"(?>.*?{piece})")
    return "".join(found)


def _one(token: _Token) -> str:
    """What stands for one character."""
    if token is _ANY_RUN:
        return ""
    ranges, negated = token
    inside = "".join(f"{re.escape(first)}-{re.escape(last)}" for first, last in ranges if first <= last)
    if not inside:
        return "." if negated else "(?!)"
    return f"[{'^' if negated else ''}{inside}]"


def _tokens(pattern: str) -> list[_Token]:
    tokens: list[_Token] = []
    at = 0
    while at < len(pattern):
        character = pattern[at]
        end = pattern.find("]", at + 1) if character == "[" else -1
        if character == "%":
            tokens.append(_ANY_RUN)
        elif character == "_":
            tokens.append(_ANY_ONE)
        elif character == "\\" and at + 1 < len(pattern):
            at += 1
            tokens.append((((pattern[at], pattern[at]),), False))
        elif end > at + 1:
            tokens.append(_set(pattern[at + 1 : end]))
            at = end
        else:
            tokens.append((((character, character),), False))
        at += 1
    return tokens


def _set(inside: str) -> _Token:
    negated = inside.startswith("^") and len(inside) > 1
    inside = inside[1:] if negated else inside
    found: list[tuple[str, str]] = []
    at = 0
    while at < len(inside):
        if inside[at + 1 : at + 2] == "-" and at + 2 < len(inside):
            found.append((inside[at], inside[at + 2]))
            at += 3
        else:
            found.append((inside[at], inside[at]))
            at += 1
    return tuple(found), negated
