"""The signal set and its slow and fast nodes."""

from __future__ import annotations

from typing import Any

import pytest

from opcua_ml_simulator import LoadNodes, SignalSettings
from opcua_ml_simulator.errors import SettingsError
from opcua_ml_simulator.faults.tag import BAD_NO_COMMUNICATION, GOOD, UNCERTAIN_LAST_USABLE_VALUE
from opcua_ml_simulator.signals.load_nodes import LoadNodeGroup
from opcua_ml_simulator.signals.signal_set import SignalSet


def update(signals: SignalSet | LoadNodeGroup, time: float) -> dict[str, tuple[Any, int]]:
    """What changes at a time."""
    return {path: (value, status) for path, value, status in signals.update(time)}


def test_every_tag_has_a_value_at_the_first_update() -> None:
    """And only those."""
    signals = SignalSet(SignalSettings(), seed=1)
    assert set(update(signals, 0.0)) == {tag.path for tag in signals.tags}
    assert {"SignalSet.FastUInt1", "SignalSet.BadSlowUInt1"} <= {tag.path for tag in signals.tags}


def test_nothing_changes_within_a_cycle() -> None:
    """A second update in the same 100 ms gives nothing."""
    signals = SignalSet(SignalSettings(), seed=1)
    update(signals, 5.0)
    assert update(signals, 5.05) == {}
    assert "SignalSet.StepUp" in update(signals, 5.1)


def test_the_quality_node_goes_through_good_uncertain_and_bad() -> None:
    """In ten seconds it has been all three, and repeats."""
    signals = SignalSet(SignalSettings(), seed=1)
    statuses = [update(signals, float(second))["SignalSet.GoodBadUncertain"][1] for second in range(20)]
    assert set(statuses) == {GOOD, UNCERTAIN_LAST_USABLE_VALUE, BAD_NO_COMMUNICATION}
    assert statuses[:10] == statuses[10:]


def test_step_up_can_be_held_resumed_and_reset() -> None:
    """Holding keeps the count, starting goes on from it, reset begins at zero."""
    signals = SignalSet(SignalSettings(), seed=1)

    def count(time: float) -> int:
        found: int = update(signals, time)["SignalSet.StepUp"][0]
        return found

    assert count(1.0) == 10
    signals.stop_step_up()
    assert count(2.0) == 10
    signals.start_step_up()
    signals.start_step_up()
    assert count(2.5) == 15
    signals.reset_step_up()
    assert count(2.6) == 1


def test_trends_rise_and_fall_and_can_be_reset() -> None:
    """After ten minutes both have left 100; after a reset both are there again."""
    signals = SignalSet(SignalSettings(), seed=1)
    late = update(signals, 600.0)
    assert late["SignalSet.PositiveTrendData"][0] > 105.0
    assert late["SignalSet.NegativeTrendData"][0] < 95.0
    signals.reset_trend()
    reset = update(signals, 600.1)
    assert reset["SignalSet.PositiveTrendData"][0] == reset["SignalSet.NegativeTrendData"][0] == 100.0


def test_load_nodes_change_at_their_rate_between_their_bounds() -> None:
    """From low by step, beginning again beyond high."""
    group = LoadNodeGroup("F", "Fast", LoadNodes(count=2, rate=2.0, low=5.0, high=9.0, step=2.0), seed=0)
    seen = [update(group, time) for time in (0.0, 1.0, 2.0, 4.0, 6.0)]
    assert [found["F.FastUInt1"][0] if found else None for found in seen] == [5, None, 7, 9, 5]
    assert set(seen[0]) == {"F.FastUInt1", "F.FastUInt2", "F.BadFastUInt1"}


@pytest.mark.parametrize(
    ("kind", "check"),
    [
        ("UInt", lambda value: isinstance(value, int) and 10 <= value <= 20),
        ("Double", lambda value: isinstance(value, float) and 10.0 <= value <= 20.0),
        ("Bool", lambda value: isinstance(value, bool)),
        ("UIntArray", lambda value: isinstance(value, list) and len(value) == 32),
    ],
)
@pytest.mark.parametrize("random", [False, True])
def test_load_nodes_have_values_of_their_type(kind: Any, check: Any, random: bool) -> None:
    """Counting or random."""
    group = LoadNodeGroup(
        "F", "Slow", LoadNodes(kind=kind, low=10.0, high=20.0, step=3.0, random=random), seed=3
    )
    values = [value for time in range(30) for value, _ in update(group, float(time)).values()]
    assert len(values) == 60
    assert all(check(value) for value in values)


def test_no_load_nodes_is_no_tags() -> None:
    """Also no Bad one."""
    signals = SignalSet(SignalSettings(slow=LoadNodes(count=0), fast=LoadNodes(count=0)), seed=0)
    assert not [tag for tag in signals.tags if "Slow" in tag.name or "Fast" in tag.name]


@pytest.mark.parametrize(
    ("fields", "key"),
    [
        ({"count": -1}, "count"),
        ({"count": 10_001}, "count"),
        ({"rate": 0.0}, "rate"),
        ({"kind": "String"}, "kind"),
        ({"low": 5.0, "high": 5.0}, "high"),
        ({"low": -1.0}, "low"),
        ({"high": 2.0**32}, "high"),
        ({"step": 0.0}, "step"),
        ({"low": 0.0, "high": 1.0, "step": 2.0}, "step"),
    ],
)
def test_impossible_load_nodes_are_refused(fields: dict[str, Any], key: str) -> None:
    """By the name of the setting."""
    with pytest.raises(SettingsError) as caught:
        LoadNodes(**fields)
    assert caught.value.key == key
