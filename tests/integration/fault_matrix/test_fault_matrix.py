"""Every fault of a PLC against every policy: two processes over the wire, seen by an HMI and by the PLC."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from opcua_ml_simulator.faults.process import PROCESS_FAULTS
from opcua_ml_simulator.faults.registry import REGISTRY
from tests.integration.fault_matrix.rows import ROWS, Row
from tests.integration.fault_matrix.table import PAGE, page

if TYPE_CHECKING:
    from tests.integration.fault_matrix.matrix import Outcome


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_no_output_is_good_that_was_made_of_bad_or_stale_inputs(matrix: dict[str, Outcome], row: Row) -> None:
    """Each policy does as it says, the PLC is told, and all is Good again by itself when the fault ends."""
    outcome = matrix[row.name]
    if isinstance(outcome, Exception):
        raise outcome


def test_no_fault_of_the_simulator_is_left_out() -> None:
    """Those of the process aside: they make true values, of a plant that is not well."""
    tried = {row.name.partition(",")[0].lower() for row in ROWS}
    assert set(REGISTRY) - {fault.name.lower() for fault in PROCESS_FAULTS} <= tried


@pytest.mark.skipif(sys.platform == "win32", reason="Windows can't stop a process, which is one row of it")
def test_the_page_shows_what_was_seen(matrix: dict[str, Outcome]) -> None:
    """Written by `python -m tests.integration.fault_matrix`; a row that failed is told by its own test."""
    seen = {name: outcome for name, outcome in matrix.items() if not isinstance(outcome, Exception)}
    if len(seen) < len(ROWS):
        pytest.skip("some rows were not as they must be")
    assert PAGE.read_text(encoding="utf-8") == page(ROWS, seen)
