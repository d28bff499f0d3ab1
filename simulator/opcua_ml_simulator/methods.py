"""The methods that clients call: what they are named, what they take, and what they do."""

from __future__ import annotations

from functools import wraps
from math import isfinite
from typing import TYPE_CHECKING, Any

from asyncua import ua
from asyncua.ua.status_codes import StatusCodes

from opcua_ml_simulator.errors import SettingsError, SeverityError, UnknownFaultError, UnknownTagError
from opcua_ml_simulator.faults.registry import FaultScope, fault_names
from opcua_ml_simulator.opcua.method_service import MethodArgument, MethodRefusedError, PlcMethod
from opcua_ml_simulator.plc.controller import GREATEST_DEMAND
from opcua_ml_simulator.replay.player import REPLAY_FOLDER
from opcua_ml_simulator.signals.signal_set import SIGNALS_FOLDER

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from opcua_ml_simulator.replay.player import ReplayPlayer
    from opcua_ml_simulator.signals.signal_set import SignalSet
    from opcua_ml_simulator.steering import PlantSteering

    Handler = Callable[..., Awaitable[Sequence[Any]]]

_MOST_AT_ONCE = 100_000

_FAULT = MethodArgument(
    "Fault",
    ua.VariantType.String,
    f"Name or number of a process fault: {', '.join(fault_names(FaultScope.PROCESS))}",
)
_SEVERITY = MethodArgument("Severity", ua.VariantType.Double, "Above 0 and at most 1")
_TAG = MethodArgument("Tag", ua.VariantType.String, "A tag that the PLC publishes, like PumpStation.Flow")
_TAG_FAULT = MethodArgument(
    "Fault", ua.VariantType.String, f"One of {', '.join(fault_names(FaultScope.TAG))}"
)
_MAGNITUDE = MethodArgument(
    "Magnitude",
    ua.VariantType.Double,
    "In the tag's unit: height of spikes, drift per second, standard deviation of noise; else ignored",
)
_DURATION = MethodArgument("Duration", ua.VariantType.Double, "Seconds of plant time; 0 for until cleared")
_STATUS = MethodArgument("StatusCode", ua.VariantType.StatusCode, "To publish the tag with; Good ends it")
_FLOW = MethodArgument(
    "Flow", ua.VariantType.Double, f"Demand in m³/h, up to {GREATEST_DEMAND:g}; 0 returns to the profile"
)
_SCANS = MethodArgument("Scans", ua.VariantType.UInt32, f"Number of scans, 1 to {_MOST_AT_ONCE}")
_SCAN_COUNT = MethodArgument("ScanCount", ua.VariantType.UInt32, "Scans since the start")
_ROWS = MethodArgument("Rows", ua.VariantType.UInt32, f"Number of rows, 1 to {_MOST_AT_ONCE}")
_ROW = MethodArgument("Row", ua.VariantType.Int64, "Number of the row shown, from 0")
_DONE = MethodArgument("Done", ua.VariantType.Boolean, "The last row is shown and no other will follow")


def _refusing(*, fault: int | None = None, tag: int | None = None) -> Callable[[Handler], Handler]:
    """Turn the simulator's errors into refusals of the argument at fault; indices name the arguments."""

    def decorate(handler: Handler) -> Handler:
        @wraps(handler)
        async def guarded(*values: Any) -> Sequence[Any]:
            try:
                return await handler(*values)
            except UnknownFaultError as error:
                raise MethodRefusedError(StatusCodes.BadOutOfRange, fault) from error
            except UnknownTagError as error:
                raise MethodRefusedError(StatusCodes.BadOutOfRange, tag) from error
            except SettingsError as error:
                raise MethodRefusedError(StatusCodes.BadOutOfRange, tag) from error

        return guarded

    return decorate


def simulation_methods(plant: PlantSteering) -> list[PlcMethod]:
    """Methods of the object Simulation."""
    return [*_fault_methods(plant), *_tag_methods(plant), *_plant_methods(plant)]


def _method(name: str, description: str, handler: Handler, *inputs: MethodArgument, **more: Any) -> PlcMethod:
    return PlcMethod("Simulation", name, description, handler, inputs, **more)


def _fault_methods(plant: PlantSteering) -> list[PlcMethod]:
    @_refusing(fault=0)
    async def inject(fault: str, severity: float) -> Sequence[Any]:
        try:
            await plant.inject_fault(fault, severity)
        except SeverityError as error:
            raise MethodRefusedError(StatusCodes.BadOutOfRange, 1) from error
        return ()

    @_refusing(fault=0)
    async def clear(fault: str) -> Sequence[Any]:
        await plant.clear_faults(fault)
        return ()

    async def clear_all() -> Sequence[Any]:
        await plant.clear_faults()
        return ()

    return [
        _method("InjectFault", "Starts a process fault or changes its severity", inject, _FAULT, _SEVERITY),
        _method("ClearFault", "Repairs one process fault", clear, _FAULT),
        _method("ClearFaults", "Repairs every process fault", clear_all),
    ]


def _tag_methods(plant: PlantSteering) -> list[PlcMethod]:
    @_refusing(fault=1, tag=0)
    async def inject(tag: str, fault: str, magnitude: float, duration: float) -> Sequence[Any]:
        if not isfinite(magnitude):
            raise MethodRefusedError(StatusCodes.BadOutOfRange, 2)
        if not (isfinite(duration) and duration >= 0.0):
            raise MethodRefusedError(StatusCodes.BadOutOfRange, 3)
        await plant.inject_tag_fault(tag, fault, magnitude, duration or None)
        return ()

    async def clear() -> Sequence[Any]:
        await plant.clear_tag_faults()
        return ()

    @_refusing(tag=0)
    async def set_quality(tag: str, status: ua.StatusCode) -> Sequence[Any]:
        await plant.set_quality(tag, int(status.value))
        return ()

    return [
        _method(
            "InjectTagFault",
            "Disturbs one tag on its way to the clients",
            inject,
            _TAG,
            _TAG_FAULT,
            _MAGNITUDE,
            _DURATION,
        ),
        _method("ClearTagFaults", "Ends every disturbance of tags and every set quality", clear),
        _method("SetQuality", "Publishes a tag with a StatusCode of choice", set_quality, _TAG, _STATUS),
    ]


def _plant_methods(plant: PlantSteering) -> list[PlcMethod]:
    async def start() -> Sequence[Any]:
        if not await plant.start_pump():
            raise MethodRefusedError(StatusCodes.BadInvalidState)
        return ()

    async def stop() -> Sequence[Any]:
        await plant.stop_pump()
        return ()

    async def acknowledge() -> Sequence[Any]:
        await plant.acknowledge_trip()
        return ()

    async def reset() -> Sequence[Any]:
        await plant.reset()
        return ()

    @_refusing(tag=0)
    async def demand(flow: float) -> Sequence[Any]:
        await plant.set_demand(flow or None)
        return ()

    async def step(scans: int) -> Sequence[Any]:
        if not plant.settings.manual:
            raise MethodRefusedError(StatusCodes.BadInvalidState)
        if not 1 <= scans <= _MOST_AT_ONCE:
            raise MethodRefusedError(StatusCodes.BadOutOfRange, 0)
        await plant.step(scans)
        return (plant.scans,)

    return [
        _method("Start", "Starts the pump; refused while a trip is latched", start),
        _method("Stop", "Stops the pump", stop),
        _method("AcknowledgeTrip", "Releases a latched trip; the pump stays stopped", acknowledge),
        _method("Reset", "Brings plant, faults and timetable back to the start", reset),
        _method("SetDemand", "Asks the station for a flow by hand", demand, _FLOW),
        _method(
            "Step",
            "Makes scans by hand, where the simulator was started so",
            step,
            _SCANS,
            outputs=(_SCAN_COUNT,),
        ),
    ]


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


def replay_methods(player: ReplayPlayer) -> list[PlcMethod]:
    """Methods of the object Replay."""

    async def start() -> Sequence[Any]:
        if not await player.start():
            raise MethodRefusedError(StatusCodes.BadNothingToDo)
        return ()

    async def stop() -> Sequence[Any]:
        await player.stop()
        return ()

    async def rewind() -> Sequence[Any]:
        await player.rewind()
        return ()

    async def step(rows: int) -> Sequence[Any]:
        if not 1 <= rows <= _MOST_AT_ONCE:
            raise MethodRefusedError(StatusCodes.BadOutOfRange, 0)
        if player.running:
            raise MethodRefusedError(StatusCodes.BadInvalidState)
        if player.done:
            raise MethodRefusedError(StatusCodes.BadNothingToDo)
        return (await player.step(rows), player.done)

    return [
        PlcMethod(REPLAY_FOLDER, "Start", "Plays on in time", start),
        PlcMethod(REPLAY_FOLDER, "Stop", "Holds at the present row", stop),
        PlcMethod(REPLAY_FOLDER, "Rewind", "Lets the first row be the next", rewind),
        PlcMethod(
            REPLAY_FOLDER, "Step", "Plays rows at once while held", step, (_ROWS,), outputs=(_ROW, _DONE)
        ),
    ]
