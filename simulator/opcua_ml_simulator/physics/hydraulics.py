"""Pipes and valve: resistances, and the flow at which pump and circuit agree.

Flows in m³/h, heads in m, resistances in m/(m³/h)², valve positions in % of stroke.
"""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from opcua_ml_simulator.physics.parameters import CircuitParameters

_METRES_PER_BAR = 10.197


def valve_flow_coefficient(circuit: CircuitParameters, position: float, *, clogging: float = 0.0) -> float:
    """Kv in m³/h of the equal-percentage valve; clogging (0 to 1) takes up to 70 % of it."""
    opening = min(1.0, max(0.0, position / 100.0))
    free: float = circuit.valve_kvs * circuit.valve_rangeability ** (opening - 1.0)
    return free * (1.0 - 0.7 * clogging)


def valve_resistance(circuit: CircuitParameters, position: float, *, clogging: float = 0.0) -> float:
    """Resistance of the valve: one bar is lost at a flow of Kv (IEC 60534-2-1, water)."""
    coefficient = valve_flow_coefficient(circuit, position, clogging=clogging)
    return _METRES_PER_BAR / (coefficient * coefficient)


def operating_flow(
    shutoff_head: float, slope: float, static_head: float, resistance: float, leak: float = 0.0
) -> float:
    """The delivered flow at which ``h0 - a (Q + leak)² = static + k Q²``.

    Zero where the pump can't lift the water: a check valve keeps it from flowing back.
    """
    surplus = shutoff_head - static_head - slope * leak * leak
    if surplus <= 0.0:
        return 0.0
    quadratic = slope + resistance
    half_linear = slope * leak
    return (sqrt(half_linear * half_linear + quadratic * surplus) - half_linear) / quadratic


def leak_flow(circuit: CircuitParameters, severity: float, discharge_head: float) -> float:
    """Flow through a hole in the discharge pipe (orifice law)."""
    if severity <= 0.0 or discharge_head <= 0.0:
        return 0.0
    return severity * circuit.leak_coefficient * sqrt(discharge_head)
