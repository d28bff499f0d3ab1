"""Who is told of what clients write and call (OPC UA Part 4, 6.5.7 and 6.5.9: auditing)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from asyncua import ua

    from opcua_ml.opcua.trust.access.identity import Caller


class WriteObserver(Protocol):
    """Called from the event loop; never blocks, never raises."""

    def written(
        self, caller: Caller, item: ua.WriteValue, before: ua.Variant | None, result: ua.StatusCode
    ) -> None:
        """A client wrote, or was refused; not told of the server's own code.

        Args:
            caller: who wrote.
            item: as asked for.
            before: the value that the attribute held; None where there was none.
            result: of the item.
        """
        ...


class CallObserver(Protocol):
    """Called from the event loop; never blocks, never raises."""

    def misses_none_of(self, method_id: ua.NodeId) -> bool:
        """Whether every Call of this Method is to be told, also those that could be answered in passing."""
        ...

    def called(self, caller: Caller, request: ua.CallMethodRequest, result: ua.CallMethodResult) -> None:
        """A client called, or was refused; not told of the server's own code, nor of Calls in passing."""
        ...
