"""The plant without its PLC: how motor, pump, valve, pipes, basin and bearing act on one another."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import exp, pi, sin, sqrt
from typing import TYPE_CHECKING

from opcua_ml_simulator.faults.process import Fault
from opcua_ml_simulator.physics import pump, water
from opcua_ml_simulator.physics.bearing import (
    Bearing,
    equivalent_load,
    vibration_acceleration,
    vibration_velocity,
)
from opcua_ml_simulator.physics.hydraulics import leak_flow, operating_flow, valve_resistance
from opcua_ml_simulator.physics.parameters import GRAVITY, CircuitParameters, StationParameters
from opcua_ml_simulator.physics.sensors import NormalNoise

if TYPE_CHECKING:
    import numpy as np

    from opcua_ml_simulator.faults.active import ActiveFaults
    from opcua_ml_simulator.physics.motor import Motor
    from opcua_ml_simulator.physics.tank import Tank

_GAS_HEAD = 9.0
_STRAINER = 1.0
_SPALL = 0.85
_JAM_STROKE = 40.0
_CAVITATION_TIME = 0.5
_DAY = 86_400.0


@dataclass(slots=True)
class Valve:
    """The control valve's actuator: position in % of stroke, rate limited, deaf while jammed."""

    circuit: CircuitParameters
    position: float = 0.0
    jammed_at: float | None = None

    def move(self, command: float, step: float, stuck: float) -> None:
        """Drive towards the command (%) for ``step`` seconds; ``stuck`` is the severity of a jam."""
        if stuck <= 0.0:
            self.jammed_at = None
        elif self.jammed_at is None:
            self.jammed_at = max(5.0, self.position - _JAM_STROKE * stuck)
        target = command if self.jammed_at is None else self.jammed_at
        limit = self.circuit.valve_rate * step
        self.position += min(limit, max(-limit, target - self.position))


@dataclass(slots=True)
class Weather:
    """Air and basin temperature in °C: a day's swing with slow random wander."""

    phase: float
    time: float = 0.0
    wander: float = 0.0
    ambient: float = 22.0
    supply: float = 19.0

    def advance(self, step: float, noise: float) -> None:
        """Move on by ``step`` seconds with one standard normal number."""
        self.time += step
        decay = exp(-step / 900.0)
        self.wander = self.wander * decay + 0.8 * sqrt(1.0 - decay * decay) * noise
        self.ambient = 22.0 + 5.0 * sin(2.0 * pi * self.time / _DAY + self.phase) + self.wander
        basin = 19.0 + 0.25 * (self.ambient - 22.0)
        self.supply += (basin - self.supply) * (1.0 - exp(-step / 1800.0))


@dataclass(slots=True)
class Process:
    """True state of the plant; flows in m³/h, pressures in bar, temperatures in °C, heads in m."""

    plate: StationParameters
    motor: Motor
    bearing: Bearing
    tank: Tank
    random: np.random.Generator
    flow: float = 0.0
    """delivered to the cooler, true value"""
    leak: float = 0.0
    turbulence: float = 0.0
    cavitation: float = 0.0
    npsh_margin: float = 0.0
    impeller_wear: float = 0.0
    return_temperature: float = 25.0
    pump_head: float = 0.0
    suction_head: float = 0.0
    valve: Valve = field(init=False)
    weather: Weather = field(init=False)
    _noise: NormalNoise = field(init=False)

    def __post_init__(self) -> None:
        """Draw the time of day."""
        self.valve = Valve(self.plate.circuit)
        self.weather = Weather(phase=float(self.random.uniform(0.0, 2.0 * pi)))
        self._noise = NormalNoise(self.random, 2)

    def advance(
        self, step: float, *, speed: float, valve_command: float, demand: float, faults: ActiveFaults
    ) -> None:
        """One step of ``step`` seconds under the PLC's commands (r/min, %) and the active faults."""
        air, eddy = self._noise.row()
        self.weather.advance(step, air)
        decay = exp(-step / 2.0)
        self.turbulence = self.turbulence * decay + sqrt(1.0 - decay * decay) * eddy
        self.impeller_wear = faults.level(Fault.ImpellerWear)
        self.bearing.fault = _SPALL * faults.level(Fault.BearingWear)
        self.valve.move(valve_command, step, faults.level(Fault.ValveStuck))
        self._turn(step, speed)
        self._pump(step, gas=faults.level(Fault.Cavitation), clogging=faults.level(Fault.ValveClogged))
        self.leak = leak_flow(self.plate.circuit, faults.level(Fault.Leak), self.pump_head)
        self._heat(step, demand)
        self.bearing.age(self.motor.ratio, step)
        self.tank.control_level()
        circulated = self.flow * (1.0 - self.plate.circuit.evaporation)
        self.tank.balance(circulated, self.flow + self.leak, step)

    def settle(self, step: float, *, speed: float, valve_command: float, demand: float) -> None:
        """Move the healthy plant towards its steady state without wear, weather or water loss."""
        self.valve.position = valve_command
        self._turn(step, speed)
        self._pump(step, gas=0.0, clogging=0.0)
        self._heat(step, demand)
        self.bearing.duty = equivalent_load(self.motor.ratio)

    def _turn(self, step: float, speed: float) -> None:
        before = self.motor.speed
        self.motor.follow(speed, step)
        power = pump.shaft_power(
            self.plate.pump,
            self.flow + self.leak,
            self.motor.ratio,
            water.density(self.weather.supply),
            wear=self.impeller_wear,
            cavitation=self.cavitation,
        )
        self.motor.load(power, self.bearing.friction_torque, (self.motor.speed - before) / step)

    def _pump(self, step: float, *, gas: float, clogging: float) -> None:
        plate, circuit, ratio = self.plate.pump, self.plate.circuit, self.motor.ratio
        through = self.flow + self.leak
        suction_loss = circuit.suction_resistance * (1.0 + _STRAINER * gas) * through * through
        self.suction_head = self.tank.level - circuit.pump_elevation - suction_loss
        weight = water.density(self.weather.supply) * GRAVITY
        absolute = (water.ATMOSPHERE - water.vapour_pressure(self.weather.supply)) / weight
        available = absolute + self.suction_head - _GAS_HEAD * gas
        required = pump.npsh_required(plate, through, ratio)
        self.npsh_margin = available - required
        target = pump.cavitation_intensity(plate, available, required)
        self.cavitation += (target - self.cavitation) * (1.0 - exp(-step / _CAVITATION_TIME))
        shutoff, slope = pump.head_curve(plate, ratio, wear=self.impeller_wear, cavitation=self.cavitation)
        resistance = circuit.pipe_resistance + valve_resistance(
            circuit, self.valve.position, clogging=clogging
        )
        steady = operating_flow(
            shutoff, slope + circuit.suction_resistance, circuit.static_head, resistance, self.leak
        )
        steady *= 1.0 + (0.002 + 0.02 * self.cavitation) * self.turbulence
        self.flow += (steady - self.flow) * (1.0 - exp(-step / circuit.flow_time))
        delivered = self.flow + self.leak
        self.pump_head = max(0.0, shutoff - slope * delivered * delivered)

    def _heat(self, step: float, demand: float) -> None:
        ambient = self.weather.ambient
        self.motor.warm(ambient, step)
        self.bearing.warm(self.motor.speed, ambient, step)
        carried = min(80.0, self.weather.supply + 6.0 * demand / max(self.flow, 10.0))
        self.return_temperature += (carried - self.return_temperature) * (1.0 - exp(-step / 20.0))

    def true_values(self) -> dict[str, float]:
        """The true value behind every transmitter, by tag name and in the tag's unit."""
        motor, ratio = self.motor, self.motor.ratio
        water_density = water.density(self.weather.supply)
        best = self.plate.pump.best_flow * max(ratio, 0.1)
        return {
            "Flow": self.flow,
            "SuctionPressure": water.head_to_bar(self.suction_head, water_density),
            "DischargePressure": water.head_to_bar(self.suction_head + self.pump_head, water_density),
            "TankLevel": self.tank.level_percent,
            "MakeUpFlow": self.tank.make_up,
            "MotorSpeed": motor.speed,
            "MotorTorque": motor.torque,
            "MotorCurrent": motor.current,
            "MotorPower": motor.power,
            "WindingTemperature": motor.winding_temperature,
            "BearingTemperature": self.bearing.temperature,
            "BearingVibration": vibration_velocity(
                self.bearing.damage,
                ratio,
                (self.flow + self.leak) / best,
                cavitation=self.cavitation,
                impeller_wear=self.impeller_wear,
            ),
            "BearingAcceleration": vibration_acceleration(
                self.bearing.damage, ratio, cavitation=self.cavitation
            ),
            "ValvePosition": self.valve.position,
            "SupplyTemperature": self.weather.supply,
            "ReturnTemperature": self.return_temperature,
            "AmbientTemperature": self.weather.ambient,
        }
