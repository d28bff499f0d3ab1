"""The centrifugal pump: head, power and NPSH over flow and speed.

``flow`` is in m³/h, ``ratio`` is speed over rated speed, heads are in metres of water.
The affinity laws hold exactly: flow ~ r, head ~ r², power ~ r³.
"""

from __future__ import annotations

from opcua_ml_simulator.physics.parameters import GRAVITY, PumpParameters

_WATTS_PER_KILOWATT = 1e3
_SECONDS_PER_HOUR = 3600.0
_STALL_LIMIT = 1.9
_CAVITATION_HEAD_LOSS = 0.25
_CAVITATION_EFFICIENCY_LOSS = 0.3
_WEAR_HEAD_LOSS = 0.25
_WEAR_EFFICIENCY_LOSS = 0.15


def head_curve(
    pump: PumpParameters, ratio: float, *, wear: float = 0.0, cavitation: float = 0.0
) -> tuple[float, float]:
    """The pair (h0, a) of ``head = h0 - a * flow²`` at one speed.

    ``wear`` (impeller, 0 to 1) takes up to 25 % of the shut-off head, ``cavitation`` (0 to 1) up to 25 %
    of the whole curve.
    """
    loss = 1.0 - _CAVITATION_HEAD_LOSS * cavitation
    shutoff = pump.shutoff_head * ratio * ratio * (1.0 - _WEAR_HEAD_LOSS * wear)
    return shutoff * loss, pump.head_slope * loss


def head(
    pump: PumpParameters, flow: float, ratio: float, *, wear: float = 0.0, cavitation: float = 0.0
) -> float:
    """Head in m at a flow and speed; never negative."""
    shutoff, slope = head_curve(pump, ratio, wear=wear, cavitation=cavitation)
    return max(0.0, shutoff - slope * flow * flow)


def efficiency(pump: PumpParameters, flow: float, ratio: float) -> float:
    """Hydraulic efficiency, 0 to 1: a parabola in the flow coefficient with its top at the best point."""
    if ratio <= 0.0:
        return 0.0
    x = min(flow / (ratio * pump.best_flow), _STALL_LIMIT)
    return pump.best_efficiency * x * (2.0 - x)


def shaft_power(
    pump: PumpParameters,
    flow: float,
    ratio: float,
    density: float,
    *,
    wear: float = 0.0,
    cavitation: float = 0.0,
) -> float:
    """Power at the shaft in kW: ``rho * g * Q * H / eta``, in the form that stays finite at shut-off."""
    if ratio <= 0.0:
        return 0.0
    x = min(flow / (ratio * pump.best_flow), _STALL_LIMIT)
    lift = head(pump, flow, ratio, wear=wear, cavitation=cavitation)
    best = (
        pump.best_efficiency
        * (1.0 - _WEAR_EFFICIENCY_LOSS * wear)
        * (1.0 - _CAVITATION_EFFICIENCY_LOSS * cavitation)
    )
    watts = density * GRAVITY * lift * ratio * pump.best_flow / (_SECONDS_PER_HOUR * best * (2.0 - x))
    return watts / _WATTS_PER_KILOWATT


def npsh_required(pump: PumpParameters, flow: float, ratio: float) -> float:
    """NPSH in m at which the head has dropped by 3 %."""
    through_flow = flow / pump.best_flow
    return pump.npsh_at_zero_flow * ratio * ratio + pump.npsh_rise * through_flow * through_flow


def cavitation_intensity(pump: PumpParameters, available: float, required: float) -> float:
    """How far cavitation has developed: 0 above inception, 1 at breakdown, linear between."""
    if required <= 0.0:
        return 0.0
    inception = pump.inception_factor * required
    breakdown = pump.breakdown_factor * required
    return min(1.0, max(0.0, (inception - available) / (inception - breakdown)))
