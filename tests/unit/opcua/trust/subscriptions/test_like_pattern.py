"""The Like operator against Python's regular expressions as the oracle, and against its worst case."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opcua_ml.opcua.trust.subscriptions.like_pattern import LikePattern, is_pattern

PIECES = {
    "%": ".*",
    "_": ".",
    "a": "a",
    "b": "b",
    "[ab]": "[ab]",
    "[^a]": "[^a]",
    "[a-b]": "[a-b]",
    "\\%": "%",
    "\\_": "_",
    ".": "\\.",
}


@given(st.lists(st.sampled_from(list(PIECES)), max_size=8), st.text("ab%_.c", max_size=10))
def test_patterns_match_as_their_regular_expressions(pieces: list[str], text: str) -> None:
    """Wildcards, sets, ranges, negation and escapes."""
    expression = "".join(PIECES[piece] for piece in pieces)
    expected = re.fullmatch(expression, text, re.DOTALL) is not None
    assert LikePattern("".join(pieces)).matches(text) is expected


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("main%", "main engine", True),
        ("Th[ia][ts]%", "That is fine", True),
        ("abc[13-68]", "abc5", True),
        ("abc[13-68]", "abc2", False),
        ("ABC[^13-5]", "ABC2", True),
        ("ABC[^13-5]", "ABC4", False),
        ("[", "[", True),
        ("[]", "[]", True),
        ("\\", "\\", True),
        ("", "", True),
        ("%", "", True),
        ("_", "", False),
    ],
)
def test_the_standards_examples_and_unfinished_patterns(pattern: str, text: str, expected: bool) -> None:
    """Part 4, Table 120; what is not finished stands for itself."""
    assert LikePattern(pattern).matches(text) is expected


def test_a_hostile_pattern_costs_no_more_than_its_product() -> None:
    """A backtracking matcher would need years."""
    start = time.thread_time()
    assert not LikePattern("%a" * 100 + "b").matches("a" * 2_000)
    assert time.thread_time() - start < 2


def test_what_is_too_long_to_be_held_is_null() -> None:
    """A few thousand characters on both sides would take seconds for each event."""
    start = time.thread_time()
    assert LikePattern("%" + "a" * 2_000 + "b").matches("a" * 4_000) is None
    assert LikePattern("%" + "a" * 240 + "b").matches("a" * 1_000) is False
    assert LikePattern("%overheated%").matches("is overheated " + "x" * 10_000) is True
    assert time.thread_time() - start < 1


@pytest.mark.parametrize(
    ("pattern", "finished"),
    [
        ("", True),
        ("main%", True),
        ("[ab]_[^a]", True),
        ("a]b", True),
        ("\\[", True),
        ("[", False),
        ("[]", False),
        ("[^]", False),
        ("abc[13-68", False),
        ("100\\", False),
    ],
)
def test_an_unfinished_pattern_is_known(pattern: str, finished: bool) -> None:
    """A bracket without its end, one without content, an escape of nothing."""
    assert is_pattern(pattern) is finished
