"""How methods are defined, and how the simulator's errors become their answers."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any

from asyncua.ua.status_codes import StatusCodes

from opcua_ml_simulator.errors import SettingsError, UnknownFaultError, UnknownTagError
from opcua_ml_simulator.opcua.method_service import MethodArgument, MethodRefusedError, PlcMethod

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    Handler = Callable[..., Awaitable[Sequence[Any]]]

MOST_AT_ONCE = 100_000
"""Scans or rows that one call may ask for."""


def refusing(*, fault: int | None = None, tag: int | None = None) -> Callable[[Handler], Handler]:
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


def simulation_method(
    name: str, description: str, handler: Handler, *inputs: MethodArgument, **more: Any
) -> PlcMethod:
    """A method of the object Simulation."""
    return PlcMethod("Simulation", name, description, handler, inputs, **more)
