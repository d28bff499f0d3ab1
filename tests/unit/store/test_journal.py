"""The journal of a store, read by a program that did not write it."""

from __future__ import annotations

import hashlib
import json
from math import inf, isnan, nan
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opcua_ml.domain.errors import StoreFailed
from opcua_ml.domain.gate import LONGEST_DETAIL, GateResult
from opcua_ml.domain.lifecycle import Step, StepKind
from opcua_ml.store.files import DiskFiles
from opcua_ml.store.journal import Journal
from tests.unit.store.simulated_disk import SimulatedDisk

if TYPE_CHECKING:
    from collections.abc import Sequence


@pytest.mark.parametrize("change", [{"kind": "Compare"}, {"cause": "Weather"}, {"invented_later": 1}])
def test_a_line_of_a_newer_program_is_told_by_its_place(tmp_path: Path, change: dict[str, object]) -> None:
    """Its checksum is right: nobody has damaged it, and it must not be cut off as if torn."""
    path = tmp_path / "journal"
    Journal(DiskFiles(), path).append(Step(StepKind.STAGE, "1.0.0", 1.0))
    digits, _, text = path.read_bytes().rstrip(b"\n").partition(b" ")
    newer = json.dumps(json.loads(text) | change).encode()
    checksum = hashlib.sha256(digits + newer).hexdigest()[: len(digits)].encode()
    with path.open("ab") as file:
        file.write(checksum + b" " + newer + b"\n")
    before = path.read_bytes()
    with pytest.raises(StoreFailed, match=r"journal: line 2: .*newer version of this program"):
        Journal(DiskFiles(), path)
    assert path.read_bytes() == before


BEFORE_GATES = (
    b'6d176624e9431a19c0c37b2c2645c710 {"kind":"Stage","version":"1.0.0","at":1.0,"cause":"request",'
    b'"who":"ann","content_hash":"ab"}\n'
    b'19ede51e6f5c09cb761f95f86c443a82 {"kind":"Promote","version":"1.0.0","at":2.0,"timeout":60.0,'
    b'"cause":"request","reason":"better"}\n'
)
PATH = Path("/models")
TEXT = st.text(st.characters(codec="utf-8"), max_size=20)
NUMBER = st.none() | st.floats(allow_nan=False)
RESULTS = st.lists(st.builds(GateResult, TEXT, st.booleans(), TEXT, NUMBER, NUMBER, TEXT), max_size=4)


@given(results=RESULTS)
def test_what_gates_gave_is_read_as_it_was_written(results: Sequence[GateResult]) -> None:
    """Whatever they gave, with the steps before and after."""
    disk = SimulatedDisk()
    steps = [
        Step(StepKind.STAGE, "1.0.0", 1.0, content_hash="ab"),
        Step(StepKind.EXAMINE, "1.0.0", 2.0, gates=tuple(results)),
        Step(StepKind.PROMOTE, "1.0.0", 3.0, timeout=60.0),
    ]
    path = PATH / "journal"
    disk.make_folder(PATH)
    written = Journal(disk, path)
    for step in steps:
        written.append(step)
    assert Journal(disk, path).steps == steps


def test_a_journal_from_before_gates_were_kept_is_read_and_goes_on(tmp_path: Path) -> None:
    """Its lines are as the program wrote them then, and steps without gates are written so still."""
    path = tmp_path / "journal"
    path.write_bytes(BEFORE_GATES)
    steps = [
        Step(StepKind.STAGE, "1.0.0", 1.0, who="ann", content_hash="ab"),
        Step(StepKind.PROMOTE, "1.0.0", 2.0, 60.0, reason="better"),
    ]
    old = Journal(DiskFiles(), path)
    assert old.steps == steps
    rejected = Step(StepKind.REJECT, "2.0.0", gates=(GateResult("latency", passed=False, detail="slow"),))
    old.append(rejected)
    assert Journal(DiskFiles(), path).steps == [*steps, rejected]
    again = Journal(DiskFiles(), tmp_path / "again")
    for step in steps:
        again.append(step)
    assert (tmp_path / "again").read_bytes() == BEFORE_GATES


def test_what_is_no_number_and_what_is_too_long_goes_into_a_line_too(tmp_path: Path) -> None:
    """Gates of other packages give what they like; it is bounded, and comes back as it was shown."""
    path = tmp_path / "journal"
    result = GateResult("drift", passed=True, detail="\ud800\n" + "x" * 9_999, value=nan, limit=inf).bounded()
    assert len(result.detail) == LONGEST_DETAIL
    Journal(DiskFiles(), path).append(Step(StepKind.EXAMINE, "1.0.0", gates=(result,)))
    (found,) = Journal(DiskFiles(), path).steps[0].gates
    assert found.value is not None
    assert isnan(found.value)
    assert (found.name, found.passed, found.detail, found.limit) == ("drift", True, result.detail, inf)
    assert path.stat().st_size < 2 * LONGEST_DETAIL
