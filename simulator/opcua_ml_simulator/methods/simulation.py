"""The methods that steer the plant."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from asyncua import ua
from asyncua.ua.status_codes import StatusCodes

from opcua_ml_simulator.methods.definition import MOST_AT_ONCE, refusing, simulation_method
from opcua_ml_simulator.methods.faults import fault_methods
from opcua_ml_simulator.opcua.method_service import MethodArgument, MethodRefusedError, PlcMethod
from opcua_ml_simulator.plc.controller import GREATEST_DEMAND

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opcua_ml_simulator.steering import PlantSteering

_FLOW = MethodArgument(
    "Flow", ua.VariantType.Double, f"Demand in m³/h, up to {GREATEST_DEMAND:g}; 0 returns to the profile"
)
_SCANS = MethodArgument("Scans", ua.VariantType.UInt32, f"Number of scans, 1 to {MOST_AT_ONCE}")
_SCAN_COUNT = MethodArgument("ScanCount", ua.VariantType.UInt32, "Scans since the start")


def simulation_methods(plant: PlantSteering) -> list[PlcMethod]:
    """Methods of the object Simulation."""
    return [*fault_methods(plant), *_plant_methods(plant)]


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

    @refusing(tag=0)
    async def demand(flow: float) -> Sequence[Any]:
        await plant.set_demand(flow or None)
        return ()

    async def step(scans: int) -> Sequence[Any]:
        if not plant.settings.manual:
            raise MethodRefusedError(StatusCodes.BadInvalidState)
        if not 1 <= scans <= MOST_AT_ONCE:
            raise MethodRefusedError(StatusCodes.BadOutOfRange, 0)
        await plant.step(scans)
        return (plant.scans,)

    return [
        simulation_method("Start", "Starts the pump; refused while a trip is latched", start),
        simulation_method("Stop", "Stops the pump", stop),
        simulation_method("AcknowledgeTrip", "Releases a latched trip; the pump stays stopped", acknowledge),
        simulation_method("Reset", "Brings plant, faults and timetable back to the start", reset),
        simulation_method("SetDemand", "Asks the station for a flow by hand", demand, _FLOW),
        simulation_method(
            "Step",
            "Makes scans by hand, where the simulator was started so",
            step,
            _SCANS,
            outputs=(_SCAN_COUNT,),
        ),
    ]
