"""The methods of a replay."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from asyncua import ua
from asyncua.ua.status_codes import StatusCodes

from opcua_ml_simulator.methods.definition import MOST_AT_ONCE
from opcua_ml_simulator.opcua.method_service import MethodArgument, MethodRefusedError, PlcMethod
from opcua_ml_simulator.replay.player import REPLAY_FOLDER

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opcua_ml_simulator.replay.player import ReplayPlayer

_ROWS = MethodArgument("Rows", ua.VariantType.UInt32, f"Number of rows, 1 to {MOST_AT_ONCE}")
_ROW = MethodArgument("Row", ua.VariantType.Int64, "Number of the row shown, from 0")
_DONE = MethodArgument("Done", ua.VariantType.Boolean, "The last row is shown and no other will follow")


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
        if not 1 <= rows <= MOST_AT_ONCE:
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
