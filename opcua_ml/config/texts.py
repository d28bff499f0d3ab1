"""Texts of a configuration: what no display, file or log can show is in none of them.

Source: XML 1.0, 2.2 (Char): what a NodeSet2 file, and so every other tool, can't hold.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_NO_CHARACTER = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def unprintable(document: object) -> Iterator[tuple[str, str]]:
    """Dotted key of each text with such a character, and the first one's name.

    Args:
        document: tables, arrays and values, as TOML has them.
    """
    held: list[tuple[str, object]] = [("", document)]
    while held:
        key, value = held.pop()
        if isinstance(value, Mapping):
            held.extend((f"{key}.{name}" if key else str(name), one) for name, one in value.items())
        elif isinstance(value, list | tuple):
            held.extend((f"{key}[{place}]", one) for place, one in enumerate(value))
        elif isinstance(value, str) and (found := _NO_CHARACTER.search(value)) is not None:
            yield key, f"U+{ord(found.group()):04X}"
