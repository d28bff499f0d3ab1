"""The core rows of the fault matrix with a PLC of another stack: the same faults, the same expectations."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.integration.fault_matrix.matrix import tried
from tests.integration.fault_matrix.rows import ROWS, Row
from tests.interop.disturbed_plc import DisturbedPlc

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.fault_matrix.matrix import Outcome

CORE = (
    *("BadQuality", "UncertainQuality", "Stale", "NodeRemoved"),
    *("Restart", "NamespaceReorder", "ClockSkew, 1 h ahead", "ClockSkew, 1 h behind", "Crash", "Stopped"),
)


def _as_this_stack_tells(row: Row) -> Row:
    """Its clock stays right, only its values' times are wrong; it tells of a node's end by another code."""
    if row.name != "NodeRemoved":
        return replace(row, shows=None)
    also = frozenset({"BadNodeIdInvalid"})
    expected = {policy: replace(one, also=also) for policy, one in row.expected.items()}
    return replace(row, expected=expected, within=5.0)  # ours comes with the first new attempt


_ROWS = [_as_this_stack_tells(row) for row in ROWS if row.name in CORE]


@pytest.fixture(scope="module")
def matrix(node: str, certificates: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Outcome]:
    """What came of each row, by its name."""
    log = tmp_path_factory.mktemp("logs") / "plc.log"
    return asyncio.run(tried(_ROWS, lambda: DisturbedPlc(node, certificates, log), sites=2))


@pytest.mark.parametrize("name", [row.name for row in _ROWS])
def test_no_output_is_good_that_was_made_of_another_stacks_bad_or_stale_tags(
    matrix: dict[str, Outcome], name: str
) -> None:
    """Each policy does as it says, the PLC is told, and all is Good again by itself when the fault ends."""
    outcome = matrix[name]
    if isinstance(outcome, Exception):
        raise outcome
