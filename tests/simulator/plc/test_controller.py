"""The PLC without its network."""

from __future__ import annotations

import pytest

from opcua_ml_simulator.errors import SettingsError
from opcua_ml_simulator.faults.process import Fault
from opcua_ml_simulator.faults.schedule import FaultEvent
from opcua_ml_simulator.plc.controller import PlantController
from opcua_ml_simulator.plc.program import ReportedResults
from opcua_ml_simulator.scenario import Scenario
from opcua_ml_simulator.tags import STATION_TAGS, TRUTH_TAGS

NOTHING = ReportedResults()


def scan(plant: PlantController, scans: int) -> dict[str, float]:
    """So many scans; the values after the last."""
    for _ in range(scans):
        plant.scan(NOTHING, plant.plant_time)
    return dict(plant.values())


def test_every_station_and_truth_tag_has_a_value_after_a_scan() -> None:
    """And none before, so that nothing Good is shown that was not computed."""
    plant = PlantController()
    assert dict(plant.values()) == {}
    assert set(scan(plant, 1)) == {tag.path for tag in (*STATION_TAGS, *TRUTH_TAGS)}


def test_a_scenario_runs_by_plant_time() -> None:
    """Process and tag faults begin and end at their scans."""
    events = (
        FaultEvent(at=1.0, fault="Leak", severity=0.5, duration=2.0),
        FaultEvent(at=2.0, fault="Frozen", tag="PumpStation.Flow", duration=2.0),
    )
    plant = PlantController(step=0.5, scenario=Scenario("test", events))
    seen = []
    for _ in range(10):
        active = scan(plant, 1)["GroundTruth.ActiveFault"]
        seen.append((active == Fault.Leak, plant.tag_faults.disturbed != ()))
    assert [leak for leak, _ in seen] == [False] * 2 + [True] * 4 + [False] * 4
    assert [frozen for _, frozen in seen] == [False] * 4 + [True] * 4 + [False] * 2


def test_reset_repeats_the_run_from_the_start() -> None:
    """The same values come again, the scan count goes on."""
    plant = PlantController(seed=3)
    first = [scan(plant, 1) for _ in range(5)]
    plant.inject_fault("Leak", 0.9)
    scan(plant, 5)
    plant.reset()
    assert [scan(plant, 1) for _ in range(5)] == first
    assert plant.scans == 15


def test_the_reaction_reaches_the_pump() -> None:
    """A reported relieved fault lowers the speed set-point by 15 %."""
    plant = PlantController(step=1.0)
    plant.set_demand(100.0)
    before = scan(plant, 60)["PumpStation.SpeedSetpoint"]
    for beat in range(5):
        plant.scan(ReportedResults(fault_class=Fault.Cavitation, heartbeat=beat), float(beat))
    assert dict(plant.values())["PumpStation.SpeedSetpoint"] == pytest.approx(0.85 * before)


@pytest.mark.parametrize("flow", [0.0, -1.0, 131.0, float("nan")])
def test_an_impossible_demand_is_refused(flow: float) -> None:
    """More than the pump gives, or nothing."""
    with pytest.raises(SettingsError, match="demand"):
        PlantController().set_demand(flow)
