"""A session with a PLC: requests in sizes that it takes, and errors as this project's own."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any, TypeVar

from asyncua import ua
from asyncua.ua.attribute_ids import AttributeIds
from asyncua.ua.object_ids import ObjectIds
from asyncua.ua.status_codes import StatusCodes
from asyncua.ua.ua_binary import struct_from_binary
from asyncua.ua.uaerrors import UaError, UaStatusCodeError

from opcua_ml.domain.wording import sentence
from opcua_ml.opcua.plc.failure import GONE, RequestTimedOut, ServiceFault, SessionFailed, code_name
from opcua_ml.opcua.plc.limits import MOST, NODES, OperationLimits
from opcua_ml.opcua.plc.node_ids import standard

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from opcua_ml.opcua.plc.client import PlcClient

T = TypeVar("T")
O = TypeVar("O")  # noqa: E741 - the operation of a service
R = TypeVar("R")

_TOO_MUCH = frozenset(
    {
        StatusCodes.BadTooManyOperations,
        StatusCodes.BadResponseTooLarge,
        StatusCodes.BadRequestTooLarge,
        StatusCodes.BadEncodingLimitsExceeded,
    }
)
_STRUCT_FAILED = (struct.error, ValueError)


class PlcSession:
    """An open session of one client; of no use after the first SessionFailed that is no ServiceFault."""

    def __init__(self, client: PlcClient, monotonic: Callable[[], float]) -> None:
        self._client = client
        self._monotonic = monotonic
        self.last_heard = monotonic()
        self.limits = OperationLimits()
        self.namespaces: tuple[str, ...] = ()

    async def request(self, request: Any, response_type: type[T], patience: float | None = None) -> T:
        """Send a request and decode its answer.

        Args:
            request: of asyncua.
            response_type: of asyncua.
            patience: seconds to wait; None for the client's, 0 for ever.

        Raises:
            RequestTimedOut: no answer came.
            ServiceFault: the PLC refused.
            SessionFailed: the connection or the session is gone, or the answer makes no sense.
        """
        body = await self.exchange(request, patience)
        service = type(request).__name__.removesuffix("Request")
        try:
            response: Any = struct_from_binary(response_type, body)
        except Exception as error:
            # What a PLC sends can make asyncua's decoder raise anything.
            raise SessionFailed(f"the PLC's answer to {service} can't be decoded ({error!r})") from error
        result = response.ResponseHeader.ServiceResult
        if not result.is_good():
            raise self._fault(service, result.value)
        return response  # type: ignore[no-any-return]

    async def exchange(self, request: Any, patience: float | None = None) -> Any:
        """Send a request and return the answer's undecoded body; ServiceFaults and loss raise as above."""
        service = type(request).__name__.removesuffix("Request")
        protocol = self._client.uaclient.protocol
        if protocol is None:
            raise SessionFailed(sentence("the connection is closed"))
        try:
            body = await protocol.send_request(request, patience)
        except TimeoutError:
            raise RequestTimedOut(
                sentence("the PLC did not answer {service} in time", service=service)
            ) from None
        except UaStatusCodeError as error:
            self.last_heard = self._monotonic()
            raise self._fault(service, error.code) from None
        except OSError as error:
            raise SessionFailed(sentence("the connection was lost ({error})", error=error)) from error
        except (UaError, *_STRUCT_FAILED) as error:
            raise SessionFailed(f"the PLC's answer to {service} can't be used ({error})") from error
        self.last_heard = self._monotonic()
        return body

    async def prepare(self) -> None:
        """Read what the rest needs to know: the PLC's limits and its namespaces."""
        values = await self.read([(standard(node), AttributeIds.Value) for node in NODES])
        self.limits = OperationLimits.of_values([value_of(one) for one in values])
        await self.read_namespaces()

    async def read_namespaces(self) -> tuple[str, ...]:
        """Read the namespace table anew; index to URI.

        Raises:
            SessionFailed: the PLC does not tell it.
        """
        node = standard(ObjectIds.Server_NamespaceArray)
        (table,) = await self.read([(node, AttributeIds.Value)])
        uris = value_of(table)
        if not isinstance(uris, list):
            raise SessionFailed("the PLC does not tell its namespaces")
        self.namespaces = tuple(str(uri) for uri in uris)
        return self.namespaces

    async def read(self, wanted: Sequence[tuple[ua.NodeId, AttributeIds]]) -> list[ua.DataValue]:
        """Read attributes, each answered by its own DataValue, in as many requests as the PLC needs."""

        async def call(part: Sequence[tuple[ua.NodeId, AttributeIds]]) -> list[ua.DataValue]:
            request = ua.ReadRequest()
            request.Parameters.MaxAge = 0
            request.Parameters.TimestampsToReturn = ua.TimestampsToReturn.Both
            request.Parameters.NodesToRead = [
                ua.ReadValueId(NodeId=node, AttributeId=attribute) for node, attribute in part
            ]
            return (await self.request(request, ua.ReadResponse)).Results

        return await self.in_parts("Read", wanted, self.limits.read, call)

    async def write(self, values: Sequence[ua.WriteValue]) -> list[int]:
        """Write values; a StatusCode for each.

        Sent again, in parts, only where the PLC says that it took nothing as it was too much at once.
        """

        async def call(part: Sequence[ua.WriteValue]) -> list[ua.StatusCode]:
            request = ua.WriteRequest()
            request.Parameters.NodesToWrite = list(part)
            return (await self.request(request, ua.WriteResponse)).Results

        codes = await self.in_parts("Write", values, self.limits.write, call)
        return [int(code.value) for code in codes]

    async def in_parts(
        self, service: str, operations: Sequence[O], most: int, call: Callable[[Sequence[O]], Any]
    ) -> list[Any]:
        """Call a service with at most `most` operations at a time, fewer where that is too much for it."""
        results: list[Any] = []
        size = max(1, min(most, MOST))
        start = 0
        while start < len(operations):
            part = operations[start : start + size]
            try:
                answered = await call(part)
            except ServiceFault as fault:
                if fault.code not in _TOO_MUCH or len(part) == 1:
                    raise
                size = max(1, len(part) // 2)
                continue
            if answered is None or len(answered) != len(part):
                raise SessionFailed(f"the PLC answered {service} with another number of results")
            results += answered
            start += len(part)
        return results

    @staticmethod
    def _fault(service: str, code: int) -> SessionFailed:
        if code in GONE:
            words = sentence("the PLC no longer knows our session ({status})", status=code_name(code))
            return SessionFailed(words)
        return ServiceFault(service, code)


def value_of(data_value: ua.DataValue) -> Any:
    """The bare value, None where it is Bad or absent."""
    if data_value.StatusCode is not None and not data_value.StatusCode.is_good():
        return None
    return None if data_value.Value is None else data_value.Value.Value
