"""Responses out: encoded, in messages that the client takes, or a ServiceFault in their place.

Source: OPC UA Part 4, 7.33 (ResponseHeader), 7.35 (ServiceFault).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from asyncua import ua
from asyncua.common.utils import ServiceError
from asyncua.server.uaprocessor import UaProcessor
from asyncua.ua.status_codes import StatusCodes
from asyncua.ua.ua_binary import struct_to_binary

from opcua_ml.opcua.trust.ground.ua_values import status_code
from opcua_ml.opcua.trust.services.messages_out import LONG, MessagesOut
from opcua_ml.opcua.trust.services.parts import encode
from opcua_ml.opcua.trust.services.unencodable import tell_unencodable

if TYPE_CHECKING:
    from opcua_ml.opcua.trust.channel.connection import PlantConnection
    from opcua_ml.opcua.trust.ground.limits import Limits
    from opcua_ml.opcua.trust.ground.turns import Turns
    from opcua_ml.opcua.trust.services.exchange import Exchange
    from opcua_ml.opcua.trust.services.outlet import Outlet
    from opcua_ml.opcua.trust.services.request_counts import RequestCounts


class RefusingServer(Protocol):
    """The server as its responses see it."""

    limits: Limits
    requests: RequestCounts
    turns: Turns


class RespondingProcessor(UaProcessor):
    """Answers requests.

    Attributes:
        outlet: the connection.
        out: the way of messages to it.
    """

    iserver: RefusingServer  # type: ignore[assignment]
    outlet: Outlet
    out: MessagesOut
    _connection: PlantConnection

    async def _respond(self, exchange: Exchange, response: Any) -> None:
        """Send a response, or a ServiceFault where it can't be encoded or is too large."""
        self.iserver.turns.glance()
        if exchange.answered:
            return
        response.ResponseHeader.RequestHandle = exchange.header.RequestHandle
        try:
            body = await encode(response, exchange.pause, self.largest_response(exchange))
        except ServiceError as refusal:
            self.fault(exchange, refusal.code)
        except Exception as error:  # noqa: BLE001 - values of the address space may not fit their types in any way
            tell_unencodable(response, error)
            self.fault(exchange, StatusCodes.BadEncodingError)
        else:
            await self._send_in_parts(exchange, body)

    async def _send_in_parts(self, exchange: Exchange, body: bytes) -> None:
        if len(body) < LONG or not self._fits(exchange, body):
            self.send(exchange, body)
            return
        if exchange.session is not None:
            exchange.session.outstanding.discard(exchange)
        await self.out.send_long(body, exchange.request_id, self._pause)

    async def _pause(self) -> None:
        """Let others go first, if it is time, and the client catch up."""
        await self.iserver.turns.pause(self.outlet.flow)
        await self.outlet.flowing()

    def _fits(self, exchange: Exchange, body: bytes) -> bool:
        limit = exchange.session.max_response_size if exchange.session is not None else 0
        return self._connection.response_fits(len(body), limit)

    def send(self, exchange: Exchange, body: bytes) -> bool:
        """Send an encoded response; False if it is too large and became a ServiceFault."""
        if not self._fits(exchange, body):
            self.fault(exchange, StatusCodes.BadResponseTooLarge)
            return False
        self.out.send(body, exchange.request_id)
        return True

    def largest_response(self, exchange: Exchange) -> int:
        """Bytes that the client takes in a response; where it takes any, those of our largest message."""
        limit = exchange.session.max_response_size if exchange.session is not None else 0
        most = self.iserver.limits.max_message_size
        return min(self._connection.largest_response(limit) or most, most)

    def fault(self, exchange: Exchange, code: int) -> None:
        """Answer with a ServiceFault of this StatusCode."""
        if exchange.answered:
            return
        self.iserver.requests.refused(code)
        self.outlet.flow.refused()
        response = ua.ServiceFault()
        response.ResponseHeader.RequestHandle = exchange.header.RequestHandle
        response.ResponseHeader.ServiceResult = status_code(code)
        self.out.send(struct_to_binary(response), exchange.request_id)
