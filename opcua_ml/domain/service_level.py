"""How well the service serves, as one number that clients choose servers by.

Source: OPC UA Part 4, 6.6.2.4.2 (Maintenance 0, NoData 1, Degraded 2 to 199, Healthy 200 to 255).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from opcua_ml.domain.state import ConnectionState, ModelState

if TYPE_CHECKING:
    from collections.abc import Sequence

MAINTENANCE: Final = 0
NO_DATA: Final = 1
LEAST_DEGRADED: Final = 2
MOST_DEGRADED: Final = 199
HEALTHY: Final = 255

_MODELS: Final = {
    ModelState.Loading: 0.0,
    ModelState.Ready: 1.0,
    ModelState.Degraded: 0.5,
    ModelState.Failed: 0.0,
    ModelState.Paused: 0.5,
}
_CONNECTIONS: Final = {
    ConnectionState.Disconnected: 0.0,
    ConnectionState.Connecting: 0.0,
    ConnectionState.Connected: 1.0,
    ConnectionState.Degraded: 0.5,
}


def service_level(
    models: Sequence[ModelState], connections: Sequence[ConnectionState], *, audited: bool
) -> int:
    """255 where all is well; 1 where no model can answer; else 2 to 199, by the share of what works.

    Each model, each PLC and the audit log counts alike: 1 where it works, 0.5 where it is degraded or paused,
    else 0. The level is 2 + 197 times their mean, rounded down.

    Args:
        models: states of all models.
        connections: states of all PLCs' connections.
        audited: whether the audit log is written, or none is wanted.
    """
    if models and not any(_MODELS[state] for state in models):
        return NO_DATA
    parts = [_MODELS[state] for state in models]
    parts += [_CONNECTIONS[state] for state in connections]
    parts.append(float(audited))
    share = sum(parts) / len(parts)
    return HEALTHY if share == 1.0 else LEAST_DEGRADED + int((MOST_DEGRADED - LEAST_DEGRADED) * share)
