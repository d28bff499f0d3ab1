"""The journal of a store, read by a program that did not write it."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

import pytest

from opcua_ml.domain.errors import StoreFailed
from opcua_ml.domain.lifecycle import Event, EventKind
from opcua_ml.store.files import DiskFiles
from opcua_ml.store.journal import Journal

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("change", [{"kind": "Compare"}, {"cause": "Weather"}, {"invented_later": 1}])
def test_a_line_of_a_newer_program_is_told_by_its_place(tmp_path: Path, change: dict[str, object]) -> None:
    """Its checksum is right: nobody has damaged it, and it must not be cut off as if torn."""
    path = tmp_path / "journal"
    Journal(DiskFiles(), path).append(Event(EventKind.STAGE, "1.0.0", 1.0))
    digits, _, text = path.read_bytes().rstrip(b"\n").partition(b" ")
    newer = json.dumps(json.loads(text) | change).encode()
    checksum = hashlib.sha256(digits + newer).hexdigest()[: len(digits)].encode()
    with path.open("ab") as file:
        file.write(checksum + b" " + newer + b"\n")
    before = path.read_bytes()
    with pytest.raises(StoreFailed, match=r"journal: line 2: .*newer version of this program"):
        Journal(DiskFiles(), path)
    assert path.read_bytes() == before
