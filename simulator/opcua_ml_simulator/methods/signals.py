"""The methods of the plain signals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from opcua_ml_simulator.opcua.method_service import PlcMethod
from opcua_ml_simulator.signals.signal_set import SIGNALS_FOLDER

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from opcua_ml_simulator.signals.signal_set import SignalSet


def signal_methods(signals: SignalSet) -> list[PlcMethod]:
    """Methods of the object SignalSet."""

    def simple(name: str, description: str, action: Callable[[], None]) -> PlcMethod:
        async def handler() -> Sequence[Any]:
            action()
            return ()

        return PlcMethod(SIGNALS_FOLDER, name, description, handler)

    return [
        simple("ResetStepUp", "Lets StepUp begin at 0 again", signals.reset_step_up),
        simple("StopStepUp", "Holds StepUp", signals.stop_step_up),
        simple("StartStepUp", "Lets a held StepUp go on", signals.start_step_up),
        simple("ResetTrend", "Lets both trends begin at 100 again", signals.reset_trend),
    ]
