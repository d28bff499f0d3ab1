r"""The patterns of the Like operator, matched without backtracking into the exponential.

Source: OPC UA Part 4, 7.7.3, Table 120 (wildcards % _ [] [^] and the escape \).
"""

from __future__ import annotations

from typing import Final

_ANY_RUN: Final = None
_Ranges = tuple[tuple[str, str], ...]
_Token = tuple[_Ranges, bool] | None
"""Ranges of characters and whether they are negated, or any run of characters."""

_ANY_ONE: Final[_Token] = ((), True)


class LikePattern:
    """One pattern.

    Args:
        pattern: as in the standard; an unfinished bracket or escape stands for itself.
    """

    def __init__(self, pattern: str) -> None:
        self._tokens = _tokens(pattern)

    def matches(self, text: str) -> bool:
        """Whether the whole text fits; at most len(text) * len(pattern) steps."""
        tokens = self._tokens
        at = position = 0
        star = mark = -1
        while position < len(text):
            token = tokens[at] if at < len(tokens) else ()
            if token is _ANY_RUN:
                star, mark = at, position
                at += 1
            elif token and _within(text[position], token[0]) != token[1]:
                at += 1
                position += 1
            elif star >= 0:
                at, mark = star + 1, mark + 1
                position = mark
            else:
                return False
        return all(token is _ANY_RUN for token in tokens[at:])


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


def _within(character: str, ranges: _Ranges) -> bool:
    return any(first <= character <= last for first, last in ranges)


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
