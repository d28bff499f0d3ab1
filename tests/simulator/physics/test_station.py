"""The station as a whole: determinism, balance, and what each fault does to the tags."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from opcua_ml_simulator import Fault, FaultEvent, simulate_run
from opcua_ml_simulator.errors import SettingsError, SeverityError
from opcua_ml_simulator.physics.demand import OperatingPoint
from opcua_ml_simulator.physics.sensors import RANGES
from opcua_ml_simulator.physics.station import PumpStation
from opcua_ml_simulator.physics.water import density, head_to_bar

SETTLED = 150.0


def run_with(fault: Fault | None, severity: float = 0.9) -> dict[str, Any]:
    """Five minutes at 0.5 s steps, the fault from 60 s on."""
    schedule = [] if fault is None else [FaultEvent(at=60.0, fault=fault.name, severity=severity)]
    return simulate_run(11, 300.0, 0.5, schedule)


@pytest.fixture(scope="module")
def healthy() -> dict[str, Any]:
    """The same run without a fault."""
    return run_with(None)


def change(faulty: dict[str, Any], healthy: dict[str, Any], tag: str) -> float:
    """Mean difference of a tag once the fault has developed; noise cancels as the seed is the same."""
    late = healthy["Time"] > SETTLED
    return float(np.mean(faulty[tag][late].astype(float) - healthy[tag][late].astype(float)))


@pytest.mark.parametrize(
    ("fault", "rising", "falling"),
    [
        (
            Fault.Cavitation,
            {"BearingAcceleration": 20.0, "BearingVibration": 1.5},
            {"DischargePressure": 0.3, "SuctionPressure": 0.02, "NpshMargin": 5.0},
        ),
        (
            Fault.BearingWear,
            {"BearingVibration": 1.5, "BearingTemperature": 8.0, "MotorPower": 0.05},
            {"BearingRemainingLife": 20_000.0},
        ),
        (Fault.ValveStuck, {"DischargePressure": 0.2, "ValveCommand": 15.0}, {"TrueFlow": 25.0}),
        (Fault.ValveClogged, {"ValveCommand": 15.0, "ValvePosition": 15.0}, {}),
        (Fault.ImpellerWear, {"BearingVibration": 0.5, "ValveCommand": 15.0}, {"DischargePressure": 0.4}),
        (Fault.Leak, {"LeakFlow": 25.0, "MotorPower": 0.8, "MakeUpFlow": 2.0}, {"DischargePressure": 0.2}),
        (Fault.SensorDrift, {"ReturnTemperature": 0.5}, {"TrueFlow": 15.0, "ValveCommand": 10.0}),
        (Fault.SensorStuck, {}, {"DischargePressure": 0.3}),
    ],
    ids=lambda value: value.name if isinstance(value, Fault) else "",
)
def test_each_fault_moves_the_tags_it_should(
    healthy: dict[str, Any], fault: Fault, rising: dict[str, float], falling: dict[str, float]
) -> None:
    """Every fault shows in the tags that a plant engineer would look at, in the right direction."""
    faulty = run_with(fault)
    for tag, least in rising.items():
        assert change(faulty, healthy, tag) > least, tag
    for tag, least in falling.items():
        assert change(faulty, healthy, tag) < -least, tag


def test_the_list_of_fault_effects_above_is_complete() -> None:
    """A fault added later must be given its expected effects."""
    marker = next(m for m in test_each_fault_moves_the_tags_it_should.pytestmark if m.name == "parametrize")
    assert {case[0] for case in marker.args[1]} == set(Fault) - {Fault.Normal}


def test_a_worse_fault_shows_more(healthy: dict[str, Any]) -> None:
    """Severity orders the effect."""
    mild = change(run_with(Fault.BearingWear, 0.3), healthy, "BearingVibration")
    severe = change(run_with(Fault.BearingWear, 0.9), healthy, "BearingVibration")
    assert 0.0 < mild < severe


@pytest.mark.parametrize("fault", [None, *list(Fault)[1:]], ids=str)
def test_readings_stay_within_the_instrument_ranges(fault: Fault | None) -> None:
    """Whatever happens, no transmitter shows what it can't, and nothing is NaN."""
    run = run_with(fault, 1.0)
    for tag, (low, high) in RANGES.items():
        assert run[tag].min() >= low, tag
        assert run[tag].max() <= high, tag
    assert not any(np.isnan(values.astype(float)).any() for values in run.values())


def test_the_same_seed_gives_the_same_run_bit_for_bit() -> None:
    """Determinism, with faults on the way."""
    schedule = [FaultEvent(at=5.0, fault="Leak", severity=0.5, duration=10.0)]
    first, second = (simulate_run(3, 30.0, 0.1, schedule) for _ in range(2))
    assert first.keys() == second.keys()
    assert all(np.array_equal(first[tag], second[tag]) for tag in first)


def test_another_seed_gives_another_run() -> None:
    """The seed really reaches the noise and the demand."""
    first, second = simulate_run(3, 600.0, 1.0), simulate_run(4, 600.0, 1.0)
    assert not np.array_equal(first["Flow"], second["Flow"])
    assert not np.array_equal(first["OperatingPoint"], second["OperatingPoint"])


def test_water_is_neither_made_nor_lost() -> None:
    """Over a run with a leak, the basin changes by make-up less evaporation less leak."""
    station = PumpStation(2, step=0.5)
    station.inject(Fault.Leak, 1.0)
    tank, process = station.process.tank, station.process
    start, expected = tank.volume, 0.0
    for _ in range(1200):
        station.scan()
        lost = process.flow * station.parameters.circuit.evaporation + process.leak
        expected += (tank.make_up - lost) * station.step / 3600.0
    assert tank.volume - start == pytest.approx(expected, abs=1e-9)
    assert expected < -0.5


def test_pump_head_is_the_pressure_difference() -> None:
    """Discharge less suction pressure is the pump's head, whatever the flow."""
    station = PumpStation(2, step=0.5)
    for _ in range(200):
        station.scan()
    true, process = station.process.true_values(), station.process
    difference = true["DischargePressure"] - true["SuctionPressure"]
    assert difference == pytest.approx(head_to_bar(process.pump_head, density(process.weather.supply)))


def test_the_controller_holds_the_demand(healthy: dict[str, Any]) -> None:
    """In a healthy plant the flow stays within 2 m³/h of its set-point, at every operating point."""
    run = simulate_run(5, 1800.0, 0.5)
    error = run["Flow"] - run["FlowSetpoint"]
    assert {OperatingPoint.Low, OperatingPoint.Normal, OperatingPoint.High} <= set(run["OperatingPoint"])
    assert float(np.percentile(np.abs(error), 99)) < 2.0
    assert not healthy["Tripped"].any()


def test_the_step_hardly_changes_the_plant() -> None:
    """A coarse step of 1 s gives the same means as 0.1 s, so training and live data agree."""
    fine, coarse = simulate_run(6, 400.0, 0.1), simulate_run(6, 400.0, 1.0)
    for tag in ("MotorPower", "DischargePressure", "BearingTemperature", "WindingTemperature"):
        assert float(coarse[tag].mean()) == pytest.approx(float(fine[tag].mean()), rel=0.01), tag


def test_a_stopped_pump_stands_still_and_starts_again() -> None:
    """Stop ramps speed and flow to zero; start brings them back."""
    station = PumpStation(1, step=0.5)
    station.stop()
    stopped = [station.scan() for _ in range(120)][-1]
    assert stopped["MotorSpeed"] < 10.0
    assert stopped["TrueFlow"] < 0.1
    assert stopped["MotorPower"] < 0.5
    assert stopped["OperatingPoint"] == OperatingPoint.Stopped
    assert station.start()
    assert [station.scan() for _ in range(120)][-1]["TrueFlow"] > 60.0


def test_a_trip_is_latched_until_it_is_acknowledged() -> None:
    """An empty basin trips the pump; start is refused before, and works after, acknowledging a gone cause."""
    station = PumpStation(1, step=0.5)
    full = station.process.tank.volume
    station.process.tank.volume = 0.05 * full
    assert station.scan()["Tripped"]
    assert not station.running
    station.process.tank.volume = full
    assert not station.start()
    station.acknowledge_trip()
    assert station.start()
    assert not station.scan()["Tripped"]


def test_a_demand_by_hand_is_followed() -> None:
    """With SetDemand the flow goes there and the operating point says so; None returns to the profile."""
    station = PumpStation(1, step=0.5)
    station.set_demand(90.0)
    for _ in range(200):
        image = station.scan()
    assert image["TrueFlow"] == pytest.approx(90.0, abs=1.0)
    assert image["OperatingPoint"] == OperatingPoint.Manual
    station.set_demand(None)
    assert station.scan()["OperatingPoint"] != OperatingPoint.Manual


def test_running_slower_relieves_cavitation() -> None:
    """The PLC's reaction to reported cavitation is physically right."""
    station = PumpStation(1, step=0.5)
    station.set_demand(120.0)
    station.inject(Fault.Cavitation, 0.7)
    full = [station.scan(1.0) for _ in range(200)][-1]["CavitationIntensity"]
    reduced = [station.scan(0.85) for _ in range(200)][-1]["CavitationIntensity"]
    assert reduced < full - 0.2


@pytest.mark.parametrize("step", [0.0, -0.1, 1.5, float("nan")])
def test_a_step_out_of_range_is_refused(step: float) -> None:
    """The sentence names key, value and what is wanted."""
    with pytest.raises(SettingsError, match=r"step is .*, wanted seconds above 0 and at most 1"):
        PumpStation(step=step)


@pytest.mark.parametrize("severity", [0.0, -1.0, 1.1, float("nan")])
def test_a_severity_out_of_range_is_refused(severity: float) -> None:
    """Nothing changes in the plant."""
    station = PumpStation()
    with pytest.raises(SeverityError, match="wanted a number above 0 and at most 1"):
        station.inject(Fault.Leak, severity)
    assert station.faults.dominant == (Fault.Normal, 0.0)
