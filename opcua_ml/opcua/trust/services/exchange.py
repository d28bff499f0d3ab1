"""One request in flight, and what a service is to the dispatch table."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from asyncua import ua
    from asyncua.common.utils import Buffer

    from opcua_ml.opcua.trust.services.processor import PlantProcessor
    from opcua_ml.opcua.trust.sessions.session import PlantSession


class Needs(Enum):
    """What a service asks of the request's session."""

    NOTHING = "no session"
    SESSION = "a session, activated or not"
    ACTIVATED = "an activated session"


@dataclass(slots=True, eq=False)
class Exchange:
    """A request whose response is not sent yet."""

    processor: PlantProcessor
    header: ua.RequestHeader
    request_id: int
    session: PlantSession | None = None

    @property
    def activated(self) -> PlantSession:
        """The session of a service that needs one."""
        assert self.session is not None
        return self.session


@dataclass(frozen=True, slots=True)
class Service:
    """One row of the table.

    Args:
        name: as Part 4 has it, without Request.
        decode: reads the request's parameters after its header.
        handle: makes the response, or None if it will be sent later.
        needs: what is asked of the session before anything is decoded.
        awaits: whether `handle` is a coroutine function.
        detached: whether it runs as a task of its own, so that the connection goes on meanwhile.
    """

    name: str
    decode: Callable[[Buffer], Any]
    handle: Callable[[Exchange, Any], Any | Awaitable[Any]]
    needs: Needs = Needs.ACTIVATED
    awaits: bool = False
    detached: bool = False
