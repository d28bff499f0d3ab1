"""The pump station as a whole: one ``scan`` is one cycle of plant and PLC program.

Deterministic: the same seed, step, parameters and calls give the same values, bit for bit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from opcua_ml_simulator.errors import SettingsError
from opcua_ml_simulator.faults.active import ActiveFaults
from opcua_ml_simulator.faults.process import Fault
from opcua_ml_simulator.physics.bearing import Bearing
from opcua_ml_simulator.physics.controller import FlowController, speed_law
from opcua_ml_simulator.physics.demand import DemandProfile, OperatingPoint
from opcua_ml_simulator.physics.motor import Motor
from opcua_ml_simulator.physics.parameters import StationParameters
from opcua_ml_simulator.physics.process import Process
from opcua_ml_simulator.physics.protection import Protection, TripReason
from opcua_ml_simulator.physics.sensors import Transmitters
from opcua_ml_simulator.physics.tank import Tank

if TYPE_CHECKING:
    from collections.abc import Mapping

LONGEST_STEP = 1.0
"""s; beyond it the flow control loop would not be sampled fast enough."""

_SETTLING_STEPS = 400
_SETTLING_HASTE = 60.0


class PumpStation:
    """A cooling-water pump station with its control, protection, faults and transmitters.

    Args:
        seed: fixes demand, weather, turbulence and noise.
        step: s of plant time per scan, above 0 and at most 1.
        parameters: plate data.

    Raises:
        SettingsError: the step is out of range.
    """

    def __init__(
        self, seed: int = 0, *, step: float = 0.1, parameters: StationParameters | None = None
    ) -> None:
        if not 0.0 < step <= LONGEST_STEP:
            raise SettingsError("step", step, f"seconds above 0 and at most {LONGEST_STEP}")
        self.parameters = plate = parameters or StationParameters()
        self.step = step
        self.time = 0.0
        """s since the start of the run"""
        self.faults = ActiveFaults()
        self.running = True
        demand, process, noise = (np.random.default_rng(s) for s in np.random.SeedSequence(seed).spawn(3))
        self._demand = DemandProfile(demand, plate.control.setpoint_ramp)
        self._transmitters = Transmitters(noise)
        self._protection = Protection(plate.control)
        self._controller = FlowController(plate.control, integral=plate.circuit.design_valve_position)
        full = plate.circuit.tank_area * plate.circuit.tank_height
        self.process = Process(
            plate,
            Motor(plate.motor, plate.pump.rated_speed),
            Bearing(plate.bearing, wear=plate.bearing.initial_damage),
            Tank(plate.circuit, plate.control, volume=full * plate.control.level_setpoint / 100.0),
            process,
        )
        self.operating_hours = 0.0
        self._settle()
        self._measured = self._transmitters.read(self.process.true_values(), 0.0, self.faults)

    def inject(self, fault: Fault, severity: float) -> None:
        """Start a process fault with a severity above 0 and at most 1.

        Raises:
            SeverityError: the severity is out of range.
        """
        self.faults.inject(fault, severity)

    def clear(self, fault: Fault | None = None) -> None:
        """Repair one fault, or everything."""
        self.faults.clear(fault)

    def start(self) -> bool:
        """Start the pump; False while a trip is latched."""
        self.running = self._protection.reason is TripReason.NoTrip
        return self.running

    def stop(self) -> None:
        """Stop the pump: the speed ramps down."""
        self.running = False

    def acknowledge_trip(self) -> None:
        """Release a latched trip; the pump stays stopped until ``start``."""
        self._protection.acknowledge()

    def set_demand(self, flow: float | None) -> None:
        """Ask for a flow in m³/h by hand, or with None return to the automatic profile."""
        self._demand.manual = flow

    def scan(self, speed_factor: float = 1.0) -> dict[str, float]:
        """One cycle: control on the last measured values, physics over one step, new measurement.

        Args:
            speed_factor: what the PLC program takes off the pump speed, 0 to 1.

        Returns:
            Every value of the station by tag name: measured values, set-points, states and ground truth.
        """
        step = self.step
        self.time += step
        self.faults.advance(step)
        demand = self._demand.update(self.time, step)
        setpoint = demand if self.running else 0.0
        if self.running:
            command = self._controller.update(setpoint, self._measured["Flow"], step)
            speed = speed_law(self.parameters, demand) * speed_factor
            self.operating_hours += step / 3600.0
        else:
            command, speed = self._controller.integral, 0.0
        process = self.process
        process.advance(step, speed=speed, valve_command=command, demand=demand, faults=self.faults)
        measured = self._transmitters.read(process.true_values(), process.cavitation, self.faults)
        self._measured = measured
        reason = self._protection.check(
            measured["BearingVibration"], measured["WindingTemperature"], measured["TankLevel"], step
        )
        if reason is not TripReason.NoTrip:
            self.running = False
        return self._image(measured, setpoint, speed, command)

    def _image(
        self, measured: Mapping[str, float], setpoint: float, speed: float, command: float
    ) -> dict[str, float]:
        process = self.process
        fault, severity = self.faults.dominant
        reason = self._protection.reason
        point = self._demand.point if self._demand.manual is None else OperatingPoint.Manual
        return {
            **measured,
            "FlowSetpoint": setpoint,
            "SpeedSetpoint": speed,
            "ValveCommand": command,
            "OperatingHours": self.operating_hours,
            "Running": self.running,
            "OperatingPoint": int(point if self.running else OperatingPoint.Stopped),
            "Tripped": reason is not TripReason.NoTrip,
            "TripReason": int(reason),
            "ActiveFault": int(fault),
            "FaultSeverity": severity,
            "Anomaly": fault is not Fault.Normal,
            "TrueFlow": process.flow,
            "LeakFlow": process.leak,
            "BearingDamage": process.bearing.damage,
            "BearingRemainingLife": process.bearing.remaining_life,
            "CavitationIntensity": process.cavitation,
            "NpshMargin": process.npsh_margin,
        }

    def _settle(self) -> None:
        """Bring speed, flow and temperatures to the first operating point before the run begins."""
        plate, process = self.parameters, self.process
        demand = self._demand.base
        process.motor.reference = speed = speed_law(plate, demand)
        process.valve.position = valve = plate.circuit.design_valve_position
        for _ in range(_SETTLING_STEPS):
            process.settle(_SETTLING_HASTE, speed=speed, valve_command=valve, demand=demand)
        loss = demand * plate.circuit.evaporation / plate.circuit.make_up_capacity
        missing = loss * plate.control.level_band
        process.tank.volume *= 1.0 - missing / plate.control.level_setpoint
        process.tank.control_level()
