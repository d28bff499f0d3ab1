"""Texts in CSV files: no spreadsheet takes one for a formula (OWASP, CSV Injection)."""

from __future__ import annotations

import re
from typing import Final

_FORMULA: Final = ("=", "@", "+", "-", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""What spreadsheets take for the beginning of a formula, also written full width."""
_NUMBER: Final = re.compile(r"[+-]?(\d+(\.\d*)?([eE][+-]?\d+)?|inf|nan)")


_ESCAPED: Final = re.compile(f"'*[{re.escape(''.join(_FORMULA))}]")


def harmless(value: object) -> object:
    """A text that a spreadsheet would take for a formula gets an apostrophe; numbers stay numbers."""
    if not isinstance(value, str) or not _ESCAPED.match(value) or _NUMBER.fullmatch(value):
        return value
    return f"'{value}"


def as_given(text: str) -> str:
    """What `harmless` was given."""
    return text[1:] if text.startswith("'") and _ESCAPED.match(text) else text
