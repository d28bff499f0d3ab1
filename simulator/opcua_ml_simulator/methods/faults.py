"""The methods by which clients make things go wrong, and right again."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING, Any

from asyncua import ua
from asyncua.ua.status_codes import StatusCodes

from opcua_ml_simulator.errors import SeverityError
from opcua_ml_simulator.faults.registry import FaultScope, fault_names, find_server_fault
from opcua_ml_simulator.methods.definition import refusing, simulation_method
from opcua_ml_simulator.opcua.method_service import MethodArgument, MethodRefusedError, PlcMethod

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opcua_ml_simulator.steering import PlantSteering

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
    "In the tag's unit: height of spikes, drift per second, standard deviation of noise; of QueueOverflow "
    "the writes per scan; else ignored",
)
_DURATION = MethodArgument("Duration", ua.VariantType.Double, "Seconds of plant time; 0 for until cleared")
_SERVER_FAULT = MethodArgument(
    "Fault", ua.VariantType.String, f"One of {', '.join(fault_names(FaultScope.SERVER))}"
)
_SERVER_MAGNITUDE = MethodArgument(
    "Magnitude",
    ua.VariantType.Double,
    "Seconds of delay of SlowServer or that ClockSkew is ahead, operations per call of SmallLimits; "
    "else ignored",
)
_REAL_DURATION = MethodArgument(
    "Duration",
    ua.VariantType.Double,
    "Real seconds; 0 for until cleared, which no client can do where it is cut off",
)
_STATUS = MethodArgument("StatusCode", ua.VariantType.StatusCode, "To publish the tag with; Good ends it")


def fault_methods(plant: PlantSteering) -> list[PlcMethod]:
    """Methods of the object Simulation that inject and clear faults."""
    return [*_process_methods(plant), *_tag_methods(plant), *_server_methods(plant)]


def _process_methods(plant: PlantSteering) -> list[PlcMethod]:
    @refusing(fault=0)
    async def inject(fault: str, severity: float) -> Sequence[Any]:
        try:
            await plant.inject_fault(fault, severity)
        except SeverityError as error:
            raise MethodRefusedError(StatusCodes.BadOutOfRange, 1) from error
        return ()

    @refusing(fault=0)
    async def clear(fault: str) -> Sequence[Any]:
        await plant.clear_faults(fault)
        return ()

    async def clear_all() -> Sequence[Any]:
        await plant.clear_faults()
        return ()

    return [
        simulation_method(
            "InjectFault", "Starts a process fault or changes its severity", inject, _FAULT, _SEVERITY
        ),
        simulation_method("ClearFault", "Repairs one process fault", clear, _FAULT),
        simulation_method("ClearFaults", "Repairs every process fault", clear_all),
    ]


def _tag_methods(plant: PlantSteering) -> list[PlcMethod]:
    @refusing(fault=1, tag=0)
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

    @refusing(tag=0)
    async def set_quality(tag: str, status: ua.StatusCode) -> Sequence[Any]:
        await plant.set_quality(tag, int(status.value))
        return ()

    return [
        simulation_method(
            "InjectTagFault",
            "Disturbs one tag on its way to the clients",
            inject,
            _TAG,
            _TAG_FAULT,
            _MAGNITUDE,
            _DURATION,
        ),
        simulation_method("ClearTagFaults", "Ends every disturbance of tags and every set quality", clear),
        simulation_method(
            "SetQuality", "Publishes a tag with a StatusCode of choice", set_quality, _TAG, _STATUS
        ),
    ]


def _server_methods(plant: PlantSteering) -> list[PlcMethod]:
    @refusing(fault=0, tag=1)
    async def inject(fault: str, magnitude: float, duration: float) -> Sequence[Any]:
        if not (isfinite(duration) and duration >= 0.0):
            raise MethodRefusedError(StatusCodes.BadOutOfRange, 2)
        if duration == 0.0 and find_server_fault(fault).cuts_off:
            raise MethodRefusedError(StatusCodes.BadOutOfRange, 2)
        await plant.inject_server_fault(fault, magnitude, duration or None)
        return ()

    @refusing(fault=0)
    async def clear(fault: str) -> Sequence[Any]:
        await plant.clear_server_faults(fault)
        return ()

    async def clear_all() -> Sequence[Any]:
        await plant.clear_server_faults()
        return ()

    return [
        simulation_method(
            "InjectServerFault",
            "Disturbs the server or the way to it, once this call is answered",
            inject,
            _SERVER_FAULT,
            _SERVER_MAGNITUDE,
            _REAL_DURATION,
        ),
        simulation_method("ClearServerFault", "Ends one disturbance of the server", clear, _SERVER_FAULT),
        simulation_method("ClearServerFaults", "Ends every disturbance of the server", clear_all),
    ]
