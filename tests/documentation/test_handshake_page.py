"""docs/data-path.md tells a PLC's programmer where the words and counters of a handshake are."""

from __future__ import annotations

import re
from pathlib import Path

from opcua_ml.opcua.server.handshake_nodes import HANDSHAKE_COUNTERS

PAGE = (Path(__file__).parents[2] / "docs" / "data-path.md").read_text(encoding="utf-8")


def test_the_counters_are_told_to_be_below_handshake() -> None:
    """All of them, in one sentence, and the queue's row names those that it means by their paths."""
    words = " ".join(PAGE.split())
    (told,) = re.findall(r"((?:`\w+`(?:, | and ))+`\w+`), nodes below `Handshake`", words)
    assert re.findall(r"`(\w+)`", told) == [name for name, _ in HANDSHAKE_COUNTERS]
    (row,) = re.findall(r"^\| requests of a handshake \|.*$", PAGE, re.MULTILINE)
    assert set(re.findall(r"`Handshake/(\w+)`", row)) <= {name for name, _ in HANDSHAKE_COUNTERS}
