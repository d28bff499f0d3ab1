"""Texts for spreadsheets can be read back as they were."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from opcua_ml.domain.spreadsheet import as_given, harmless

FORMULAS = ("=", "@", "+", "-", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


@given(st.one_of(st.text(), st.text("'=+-@1a")))
def test_a_text_comes_back_and_was_no_formula(text: str) -> None:
    """Also one that had apostrophes of its own; numbers stay numbers."""
    shown = str(harmless(text))
    assert as_given(shown) == text
    assert not shown.startswith(FORMULAS) or float(shown) is not None
