"""Faults of single tags."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opcua_ml_simulator.errors import SettingsError
from opcua_ml_simulator.faults.tag import (
    BAD_NO_COMMUNICATION,
    GOOD,
    UNCERTAIN_LAST_USABLE_VALUE,
    TagFaultKind,
    TagFaults,
    check_tag_magnitude,
)

values = st.one_of(st.floats(allow_nan=False), st.integers(), st.booleans(), st.text())


@given(value=values, status=st.sampled_from([GOOD, BAD_NO_COMMUNICATION]))
def test_an_undisturbed_tag_is_left_alone(value: object, status: int) -> None:
    """Value and StatusCode pass through while another tag is disturbed."""
    faults = TagFaults()
    faults.inject("Other", TagFaultKind.BadQuality, 0.0, now=0.0)
    assert faults.transform("Flow", value, status, 1.0) == (value, status)


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        (TagFaultKind.BadQuality, BAD_NO_COMMUNICATION),
        (TagFaultKind.UncertainQuality, UNCERTAIN_LAST_USABLE_VALUE),
    ],
)
def test_quality_faults_change_the_status(kind: TagFaultKind, status: int) -> None:
    """While active, and Good again after."""
    faults = TagFaults()
    faults.inject("Flow", kind, 0.0, now=0.0, duration=5.0)
    assert faults.transform("Flow", 1.0, GOOD, 4.9) == (1.0, status)
    assert faults.transform("Flow", 1.0, GOOD, 5.0) == (1.0, GOOD)
    assert faults.idle


def test_uncertain_quality_does_not_better_a_bad_value() -> None:
    """Of two qualities the worse is shown."""
    faults = TagFaults()
    faults.inject("Flow", TagFaultKind.UncertainQuality, 0.0, now=0.0)
    assert faults.transform("Flow", None, BAD_NO_COMMUNICATION, 1.0) == (None, BAD_NO_COMMUNICATION)


@given(sequence=st.lists(values, min_size=1, max_size=10))
def test_a_frozen_tag_keeps_the_first_value_it_saw(sequence: list[object]) -> None:
    """Of any type."""
    faults = TagFaults()
    faults.inject("Flow", TagFaultKind.Frozen, 0.0, now=0.0)
    shown = [faults.transform("Flow", value, GOOD, 1.0)[0] for value in sequence]
    assert shown == [sequence[0]] * len(sequence)


def test_a_drift_grows_with_time() -> None:
    """By the magnitude per second since it began."""
    faults = TagFaults()
    faults.inject("Flow", TagFaultKind.Drift, -2.0, now=10.0)
    assert [faults.transform("Flow", 100.0, GOOD, t)[0] for t in (10.0, 11.0, 15.0)] == [100.0, 98.0, 90.0]


def test_a_spike_comes_every_ten_seconds_for_one_scan() -> None:
    """Of 25 scans a second apart after the injection, the first, eleventh and twenty-first are off."""
    faults = TagFaults()
    faults.inject("Flow", TagFaultKind.Spike, 50.0, now=0.0)
    shown = [faults.transform("Flow", 100.0, GOOD, float(t))[0] for t in range(26)]
    assert [t for t, value in enumerate(shown) if value == 150.0] == [1, 11, 21]
    assert shown.count(100.0) == 23


def test_noise_has_the_wanted_deviation_and_the_seed_fixes_it() -> None:
    """Over 2,000 values; the same seed draws the same."""

    def draw(seed: int) -> list[object]:
        faults = TagFaults(seed)
        faults.inject("Flow", TagFaultKind.Noise, 3.0, now=0.0)
        return [faults.transform("Flow", 0.0, GOOD, 1.0)[0] for _ in range(2000)]

    drawn = [value for value in draw(1) if isinstance(value, float)]
    assert len(drawn) == 2000
    assert (sum(value**2 for value in drawn) / 2000) ** 0.5 == pytest.approx(3.0, rel=0.1)
    assert draw(1) == draw(1) != draw(2)


def test_a_set_status_wins_until_good_is_set() -> None:
    """SetQuality overrides a fault's StatusCode."""
    faults = TagFaults()
    faults.inject("Flow", TagFaultKind.BadQuality, 0.0, now=0.0)
    faults.set_status("Flow", 0x808C0000)
    assert faults.transform("Flow", 1.0, GOOD, 1.0) == (1.0, 0x808C0000)
    assert faults.disturbed == ("Flow",)
    faults.set_status("Flow", GOOD)
    assert faults.transform("Flow", 1.0, GOOD, 1.0) == (1.0, BAD_NO_COMMUNICATION)


def test_clearing_reaches_one_kind_one_tag_or_all() -> None:
    """From narrow to wide."""
    faults = TagFaults()
    for tag in ("A", "B"):
        faults.inject(tag, TagFaultKind.Drift, 1.0, now=0.0)
        faults.inject(tag, TagFaultKind.BadQuality, 1.0, now=0.0)
        faults.set_status(tag, 0x808C0000)
    faults.clear("A", TagFaultKind.Drift)
    assert faults.transform("A", 0.0, GOOD, 5.0) == (0.0, 0x808C0000)
    faults.clear("A")
    assert faults.transform("A", 0.0, GOOD, 5.0) == (0.0, GOOD)
    assert faults.transform("B", 0.0, GOOD, 5.0) == (5.0, 0x808C0000)
    faults.clear()
    assert faults.idle


def test_a_stale_tag_is_not_written_and_a_flooded_one_often() -> None:
    """Once a scan otherwise; staleness wins."""
    faults = TagFaults()
    assert faults.writes("Flow", 0.0) == 1
    faults.inject("Flow", TagFaultKind.QueueOverflow, 0.0, now=0.0)
    assert faults.writes("Flow", 0.0) == 50
    faults.inject("Flow", TagFaultKind.QueueOverflow, 7.0, now=0.0, duration=3.0)
    assert faults.writes("Flow", 2.9) == 7
    assert faults.writes("Flow", 3.0) == 1
    faults.inject("Flow", TagFaultKind.QueueOverflow, 7.0, now=0.0)
    faults.inject("Flow", TagFaultKind.Stale, 0.0, now=0.0)
    assert faults.writes("Flow", 0.0) == 0


def test_faults_of_nodes_are_told_apart_and_leave_values_alone() -> None:
    """For as long as they last."""
    faults = TagFaults()
    faults.inject("Flow", TagFaultKind.UnitChange, 0.0, now=0.0, duration=5.0)
    faults.inject("Flow", TagFaultKind.TypeChange, 0.0, now=0.0)
    faults.inject("Flow", TagFaultKind.Drift, 1.0, now=0.0)
    faults.inject("Power", TagFaultKind.Frozen, 0.0, now=0.0)
    assert faults.of_nodes(4.0) == {"Flow": {TagFaultKind.UnitChange, TagFaultKind.TypeChange}}
    assert faults.of_nodes(5.0) == {"Flow": {TagFaultKind.TypeChange}}
    assert faults.transform("Flow", 1.0, GOOD, 5.0) == (6.0, GOOD)


@pytest.mark.parametrize("magnitude", [-1.0, 1.5, 1001.0, float("inf")])
def test_a_number_of_writes_that_makes_no_sense_is_refused(magnitude: float) -> None:
    """With what is wanted."""
    with pytest.raises(SettingsError, match=r"magnitude is .*, wanted"):
        check_tag_magnitude(TagFaultKind.QueueOverflow, magnitude)
