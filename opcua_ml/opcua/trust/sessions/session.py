"""One session: its secrets, its caller, what it owns, and the services it may call.

Source: OPC UA Part 4, 5.6 (Session Service Set).
"""

from __future__ import annotations

import time
import uuid
from typing import TYPE_CHECKING, Any

from asyncua import ua
from asyncua.common.callback import CallbackType, ServerItemCallback
from asyncua.common.utils import create_nonce
from asyncua.crypto.permission_rules import User, UserRole
from asyncua.server.internal_session import InternalSession, SessionState

from opcua_ml.opcua.trust.access.identity import INTERNAL, Caller, Identity
from opcua_ml.opcua.trust.services.view import ContinuationPoints
from opcua_ml.opcua.trust.sessions.registry import fresh_token

if TYPE_CHECKING:
    from opcua_ml.opcua.trust.access.authentication import Peer
    from opcua_ml.opcua.trust.internal_server import PlantInternalServer
    from opcua_ml.opcua.trust.services.processor import PlantProcessor

_NOBODY = Caller(Identity())


class PlantSession(InternalSession):
    """A client's session, or with `external=False` the server's own, of which nothing is asked."""

    iserver: PlantInternalServer
    nonce: bytes

    def __init__(self, internal_server: PlantInternalServer, name: str, *, external: bool) -> None:
        super().__init__(
            internal_server,
            internal_server.aspace,
            internal_server.subscription_service,
            name,
            user=User(role=UserRole.Anonymous if external else UserRole.Admin, name=name),
            external=external,
        )
        self.session_id = ua.NodeId(uuid.uuid4(), 1)
        self.auth_token = fresh_token()
        self.nonce = create_nonce(32)
        self.caller = _NOBODY if external else INTERNAL
        self.processor: PlantProcessor | None = None
        self.peer: Peer | None = None
        self.client_description = ua.ApplicationDescription()
        self.endpoint_url = ""
        self.locale_ids: list[str] = []
        self.timeout_s = float("inf")
        self.max_response_size = 0
        self.running_calls = 0
        self.continuation_points = ContinuationPoints(internal_server.limits.max_browse_continuation_points)
        self.created_at = self.last_activity = time.monotonic()

    # Life

    @property
    def application_uri(self) -> str:
        """As the client described itself."""
        return self.client_description.ApplicationUri or ""

    @property
    def ended_already(self) -> bool:
        """Whether the session was closed."""
        return self.state is SessionState.Closed

    @property
    def abandoned(self) -> bool:
        """Whether nobody would miss it: not activated, or without channel and subscriptions."""
        return not self.is_activated() or (
            self.processor is None and not self.subscription_service.owned_by(self.session_id)
        )

    def idle_for(self, now: float) -> float:
        """Seconds since the last request."""
        return now - self.last_activity

    def touch(self) -> None:
        """A request came."""
        self.last_activity = time.monotonic()

    def created_by(
        self, processor: PlantProcessor, description: ua.ApplicationDescription, endpoint_url: str
    ) -> None:
        """Remember the client of CreateSession."""
        self.peer = processor.peer
        self.client_description = description
        self.endpoint_url = endpoint_url

    def attach(self, processor: PlantProcessor) -> None:
        """Bind to a channel; the one before is no longer answered."""
        if self.processor is not None:
            self.processor.sessions.discard(self)
        self.processor = processor
        self.peer = processor.peer
        processor.sessions.add(self)
        self.subscription_service.rebind(self)

    def detach(self, processor: PlantProcessor) -> None:
        """The channel is gone; the session waits for another one."""
        if self.processor is processor:
            self.processor = None

    def activated_as(self, caller: Caller, locale_ids: list[str]) -> None:
        """The session has a user now."""
        self.caller = caller
        self.user = User(role=UserRole.User, name=caller.identity.name or None)
        self.locale_ids = locale_ids
        self.state = SessionState.Activated

    def ended(self, *, delete_subscriptions: bool) -> None:
        """Called by the registry when the session is closed."""
        self.state = SessionState.Closed
        if self.processor is not None:
            self.processor.sessions.discard(self)
            self.processor = None
        self.subscription_service.session_ended(self, delete_subscriptions=delete_subscriptions)

    async def close_session(self, delete_subs: bool = True) -> None:
        """End the session, as asyncua's server calls it for its own."""
        if self.external:
            self.iserver.sessions.close(self, delete_subscriptions=delete_subs)
        else:
            self.ended(delete_subscriptions=delete_subs)

    def cancel(self, request_handle: int) -> int:
        """Withdraw the Publish requests of this handle; how many there were."""
        return 0

    # Attribute Service Set

    async def read(self, params: ua.ReadParameters) -> list[ua.DataValue]:
        """Part 4, 5.11.2; results in the order of NodesToRead."""
        service, listeners = self.iserver.attribute_service, self.iserver.callback_service
        if not listeners.busy:
            return service.read_for(self.caller, params)
        await listeners.dispatch(CallbackType.PreRead, self._callback(params, None))
        results = service.read_for(self.caller, params)
        await listeners.dispatch(CallbackType.PostRead, self._callback(params, results))
        return results

    async def write(self, params: ua.WriteParameters) -> list[ua.StatusCode]:
        """Part 4, 5.11.4; results in the order of NodesToWrite."""
        service, listeners = self.iserver.attribute_service, self.iserver.callback_service
        if not listeners.busy:
            return await service.write_for(self.caller, params)
        await listeners.dispatch(CallbackType.PreWrite, self._callback(params, None))
        results = await service.write_for(self.caller, params)
        await listeners.dispatch(CallbackType.PostWrite, self._callback(params, results))
        return results

    # Method Service Set

    async def call(self, params: list[ua.CallMethodRequest]) -> list[ua.CallMethodResult]:
        """Part 4, 5.12.2; results in the order of the methods."""
        return await self.iserver.method_service.call_for(self, params)

    # View Service Set

    async def browse(self, params: ua.BrowseParameters) -> list[ua.BrowseResult]:
        """Part 4, 5.9.2; results in the order of NodesToBrowse."""
        return self.iserver.view_service.browse_for(self.caller, params)

    async def translate_browsepaths_to_nodeids(
        self, params: list[ua.BrowsePath]
    ) -> list[ua.BrowsePathResult]:
        """Part 4, 5.9.4; results in the order of the paths."""
        return self.iserver.view_service.translate_for(self.caller, params)

    def _callback(self, params: Any, results: Any) -> ServerItemCallback:
        return ServerItemCallback(params, results, self.user, self.external)
