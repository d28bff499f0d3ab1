"""Latched trips."""

from __future__ import annotations

import pytest

from opcua_ml_simulator.physics.parameters import ControlParameters
from opcua_ml_simulator.physics.protection import Protection, TripReason

LIMITS = ControlParameters()


@pytest.mark.parametrize(
    ("winding", "level", "reason"),
    [
        (80.0, 60.0, TripReason.NoTrip),
        (151.0, 60.0, TripReason.HighWindingTemperature),
        (80.0, 7.0, TripReason.LowTankLevel),
    ],
)
def test_a_limit_trips_at_once(winding: float, level: float, reason: TripReason) -> None:
    """Winding temperature and level trip without delay."""
    assert Protection(LIMITS).check(1.0, winding, level, 0.1) is reason


def test_vibration_trips_only_after_its_delay() -> None:
    """A short shock is let pass, a lasting one is not."""
    protection = Protection(LIMITS)
    for _ in range(2):
        assert protection.check(12.0, 80.0, 60.0, 1.0) is TripReason.NoTrip
    assert protection.check(1.0, 80.0, 60.0, 1.0) is TripReason.NoTrip
    reasons = [protection.check(12.0, 80.0, 60.0, 1.0) for _ in range(3)]
    assert reasons[-1] is TripReason.HighVibration


def test_the_first_cause_stays_until_it_is_acknowledged() -> None:
    """A later cause does not replace the first; after acknowledging a lasting cause trips again."""
    protection = Protection(LIMITS)
    protection.check(1.0, 151.0, 60.0, 0.1)
    assert protection.check(1.0, 80.0, 7.0, 0.1) is TripReason.HighWindingTemperature
    protection.acknowledge()
    assert protection.check(1.0, 80.0, 60.0, 0.1) is TripReason.NoTrip
    assert protection.check(1.0, 80.0, 7.0, 0.1) is TripReason.LowTankLevel
