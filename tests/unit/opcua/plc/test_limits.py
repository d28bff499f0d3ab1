"""How much a PLC takes in one call."""

from __future__ import annotations

from opcua_ml.opcua.plc.limits import MOST, NODES, OperationLimits


def test_limits_are_what_the_plc_tells_and_never_more_than_ours() -> None:
    """0, absent and nonsense mean no limit (Part 5, 6.3.11)."""
    limits = OperationLimits.of_values([70, 0, None, "many", 10**6])
    assert (limits.read, limits.write, limits.browse, limits.translate, limits.monitored_items) == (
        70, MOST, MOST, MOST, MOST,
    )  # fmt: skip
    assert len(NODES) == 5
