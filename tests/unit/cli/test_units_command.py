"""`opcua-ml units`: who packs a model looks up how its units are named."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from opcua_ml.domain.engineering_units import UNITS

if TYPE_CHECKING:
    from tests.unit.cli.conftest import Run


def test_a_unit_is_found_by_code_symbol_or_name(run: Run) -> None:
    """As keyboards write it, too."""
    for words in ("mqh", "m³/h", "m3/h", "cubic metre per hour"):
        assert "MQH" in run("units", words).out
    told = json.loads(run("units", "--output", "json").out)
    assert len(told) == len(UNITS)
    assert told[0] == {"code": "C62", "symbol": "1", "name": "one"}


def test_a_unit_that_nobody_knows_is_told(run: Run) -> None:
    """With exit code 1."""
    ended = run("units", "buckets")
    assert (ended.code, ended.error) == (
        1,
        "error: no unit of this code, symbol or name is known here; found buckets\n",
    )
