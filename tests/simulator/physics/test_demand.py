"""The demand profile."""

from __future__ import annotations

import numpy as np

from opcua_ml_simulator.physics.demand import POINT_FLOWS, DemandProfile


def test_the_demand_visits_every_operating_point_by_ramps() -> None:
    """Over an hour all points come, and the demand never jumps."""
    profile = DemandProfile(np.random.default_rng(1), ramp=1.0)
    demands, points = [], set()
    for second in range(3600):
        demands.append(profile.update(float(second), 1.0))
        points.add(profile.point)
    assert points == set(POINT_FLOWS)
    assert max(abs(np.diff(demands))) < 1.2
    assert min(demands) > 75.0
    assert max(demands) < 125.0


def test_a_demand_by_hand_takes_over_and_gives_back() -> None:
    """The profile goes on underneath."""
    profile = DemandProfile(np.random.default_rng(1), ramp=10.0)
    profile.manual = 50.0
    for second in range(20):
        demand = profile.update(float(second), 1.0)
    assert demand == 50.0
    profile.manual = None
    assert profile.update(20.0, 1.0) > 50.0
