"""One request in flight, the channel that it came by, and what a service is to the dispatch table."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any, Final, Protocol

from asyncua.common.utils import ServiceError
from asyncua.ua.status_codes import StatusCodes

from opcua_ml.opcua.trust.sessions.channel import SessionChannel

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from asyncua import ua

    from opcua_ml.opcua.trust.ground.limits import Limits
    from opcua_ml.opcua.trust.internal_server import PlantInternalServer
    from opcua_ml.opcua.trust.services.outlet import Outlet
    from opcua_ml.opcua.trust.sessions.session import PlantSession


_LARGEST_WITHOUT_USER: Final = 64 * 1024
"""Bytes; sessions keep some of what such a request says, and endpoints repeat it."""


class Needs(Enum):
    """What a service asks of the request's session."""

    NOTHING = "no session"
    SESSION = "a session, activated or not"
    ACTIVATED = "an activated session"


class RequestChannel(SessionChannel, Protocol):
    """Brings requests, and takes their responses.

    Attributes:
        iserver: whose services are called.
        outlet: the connection.
        sockname: our end of it.
        has_been_activated: whether a session was activated by it.
    """

    iserver: PlantInternalServer
    outlet: Outlet
    sockname: Any
    has_been_activated: bool

    @property
    def policy(self) -> Any:
        """Asyncua's SecurityPolicy of the channel."""
        ...

    def send(self, exchange: Exchange, body: bytes) -> bool:
        """Send the encoded response; False if a ServiceFault had to take its place."""
        ...

    def fault(self, exchange: Exchange, code: int) -> None:
        """Send a ServiceFault."""
        ...

    def largest_response(self, exchange: Exchange) -> int:
        """Bytes that the client takes in a response."""
        ...


@dataclass(slots=True, eq=False)
class Exchange:
    """A request whose response is not sent yet.

    Attributes:
        answered: whether it was answered before its service was done.
    """

    processor: RequestChannel
    header: ua.RequestHeader
    request_id: int
    session: PlantSession | None = None
    answered: bool = False

    def abandon(self, code: int) -> None:
        """Answer now with a ServiceFault; what its service still answers is for nobody."""
        self.refuse(code)
        self.answered = True

    @property
    def congested(self) -> bool:
        """Whether the client leaves answers unread."""
        return self.processor.outlet.congested

    @property
    def channel(self) -> object:
        """The channel that the request came by."""
        return self.processor

    def send(self, response: bytes) -> bool:
        """Send the encoded response; False if a ServiceFault had to take its place."""
        return self.processor.send(self, response)

    async def pause(self) -> None:
        """Between two operations of a long request: let other clients go first, if it is time.

        Raises:
            ServiceError: BadSessionIdInvalid, the session has ended or gone elsewhere meanwhile.
        """
        processor, session = self.processor, self.session
        bound = session is not None and session.channel is processor
        await processor.iserver.turns.pause(processor.flow)
        if bound and session is not None and session.channel is not processor:
            raise ServiceError(StatusCodes.BadSessionIdInvalid)

    def refuse(self, code: int) -> None:
        """Send a ServiceFault."""
        self.processor.fault(self, code)

    @property
    def activated(self) -> PlantSession:
        """The session of a service that needs one."""
        if self.session is None:
            raise ServiceError(StatusCodes.BadSessionIdInvalid)
        return self.session


@dataclass(frozen=True, slots=True)
class Service:
    """One row of the table.

    Args:
        name: as Part 4 has it, without Request.
        parameters: asyncua's type of what follows the request's header.
        handle: makes the response, or None if it will be sent later.
        needs: what is asked of the session before anything is decoded.
        awaits: whether `handle` is a coroutine function.
        detached: whether it runs as a task of its own, so that the connection goes on meanwhile.
        most: which of the limits tells how many operations one request may carry; empty where none does.
    """

    name: str
    parameters: Any
    handle: Callable[[Exchange, Any], Any | Awaitable[Any]]
    needs: Needs = Needs.ACTIVATED
    awaits: bool = False
    detached: bool = False
    most: str = ""

    def checked_limit(self, limits: Limits, size: int) -> int | None:
        """Operations that a request of so many bytes may carry; a request that needs no user is short.

        Raises:
            ServiceError: BadRequestTooLarge.
        """
        if self.needs is not Needs.ACTIVATED and size > _LARGEST_WITHOUT_USER:
            raise ServiceError(StatusCodes.BadRequestTooLarge)
        return getattr(limits, self.most) if self.most else None
