"""Plate data of the pump station: every number the physics uses, with its unit."""

from __future__ import annotations

from dataclasses import dataclass, field

GRAVITY = 9.80665
"""Standard acceleration of free fall, m/s²."""


@dataclass(frozen=True, slots=True)
class PumpParameters:
    """A single-stage centrifugal pump, described at its rated speed.

    Head is ``shutoff_head * r² - head_slope * Q²`` with ``r`` the speed ratio, the usual parabola through
    the shut-off point and the best efficiency point; it obeys the affinity laws exactly.
    """

    rated_speed: float = 2950.0
    """r/min"""
    shutoff_head: float = 40.0
    """m at zero flow"""
    head_slope: float = 8.0 / 120.0**2
    """m/(m³/h)², so that 120 m³/h give 32 m"""
    best_flow: float = 120.0
    """m³/h at best efficiency"""
    best_efficiency: float = 0.78
    npsh_at_zero_flow: float = 1.6
    """m required at shut-off"""
    npsh_rise: float = 1.6
    """m more at the best efficiency point"""
    inception_factor: float = 2.0
    """cavitation starts at this multiple of NPSH required (3 % head drop)"""
    breakdown_factor: float = 0.8
    """cavitation is fully developed at this multiple"""


@dataclass(frozen=True, slots=True)
class MotorParameters:
    """A 15 kW two-pole induction motor on a frequency converter."""

    rated_torque: float = 48.6
    """N·m"""
    magnetising_current: float = 11.0
    """A"""
    rated_active_current: float = 25.7
    """A at rated torque"""
    rated_slip: float = 0.015
    winding_resistance: float = 0.25
    """ohm per phase at 20 °C"""
    resistance_coefficient: float = 0.0039
    """1/K, copper"""
    iron_loss: float = 350.0
    """W at rated speed"""
    thermal_conductance: float = 10.2
    """W/K from winding to ambient"""
    thermal_capacity: float = 9200.0
    """J/K of the winding"""
    inertia: float = 0.15
    """kg·m² of rotor and impeller"""
    speed_ramp: float = 150.0
    """r/min per s"""
    maximum_ratio: float = 1.1
    """greatest speed over rated speed"""


@dataclass(frozen=True, slots=True)
class BearingParameters:
    """The drive-end bearing: damage 0 is new, 1 is failed."""

    initial_damage: float = 0.03
    damage_offset: float = 0.02
    """d0 of the exponential growth law dD/dt ~ (D + d0)"""
    reference_life: float = 30_000.0
    """h from damage 0 to 1 at rated load and speed"""
    friction_torque: float = 0.35
    """N·m of a healthy bearing"""
    thermal_conductance: float = 3.6
    """W/K"""
    thermal_capacity: float = 900.0
    """J/K"""
    duty_time: float = 3600.0
    """s over which the load is averaged for the remaining life"""


@dataclass(frozen=True, slots=True)
class CircuitParameters:
    """Suction line, discharge pipe, control valve, cooler and basin."""

    tank_area: float = 12.5
    """m²"""
    tank_height: float = 4.0
    """m, 100 % level"""
    pump_elevation: float = 2.0
    """m of the pump above the tank's floor"""
    suction_resistance: float = 1.0 / 120.0**2
    """m/(m³/h)²"""
    static_head: float = 6.0
    """m from the basin's surface up to the spray nozzles"""
    pipe_resistance: float = 16.0 / 120.0**2
    """m/(m³/h)²"""
    valve_kvs: float = 330.0
    """Kv of the open valve, m³/h at 1 bar"""
    valve_rangeability: float = 30.0
    """of the equal-percentage characteristic"""
    valve_rate: float = 4.0
    """% of stroke per s"""
    design_valve_position: float = 70.0
    """%, where the speed law aims the valve"""
    flow_time: float = 0.8
    """s, inertia of the water column"""
    make_up_capacity: float = 60.0
    """m³/h"""
    evaporation: float = 0.012
    """share of the delivered flow that the cooling tower loses"""
    leak_coefficient: float = 6.2
    """m³/h per sqrt(m) of a leak of severity 1"""


@dataclass(frozen=True, slots=True)
class ControlParameters:
    """Set-points, tuning and protection limits of the PLC program."""

    flow_gain: float = 0.3
    """% valve stroke per m³/h"""
    flow_reset_time: float = 8.0
    """s"""
    level_setpoint: float = 60.0
    """%"""
    level_band: float = 15.0
    """% below the set-point at which the make-up valve is fully open"""
    setpoint_ramp: float = 1.0
    """m³/h per s"""
    vibration_trip: float = 11.0
    """mm/s"""
    vibration_trip_delay: float = 3.0
    """s"""
    winding_trip: float = 150.0
    """°C"""
    level_trip: float = 8.0
    """%"""


@dataclass(frozen=True, slots=True)
class StationParameters:
    """All plate data together; the defaults are the station the bundled models were trained on."""

    pump: PumpParameters = field(default_factory=PumpParameters)
    motor: MotorParameters = field(default_factory=MotorParameters)
    bearing: BearingParameters = field(default_factory=BearingParameters)
    circuit: CircuitParameters = field(default_factory=CircuitParameters)
    control: ControlParameters = field(default_factory=ControlParameters)
