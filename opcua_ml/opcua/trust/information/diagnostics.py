"""ServerDiagnostics, computed when somebody reads them; other people's sessions are for administrators.

Source: OPC UA Part 5, 6.3.3 to 6.3.6 (diagnostics types), 12.9 to 12.15 (their structures).
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final, Protocol

from asyncua import ua
from asyncua.server.address_space import AttributeValue
from asyncua.ua.attribute_ids import AttributeIds
from asyncua.ua.object_ids import ObjectIds

from opcua_ml.opcua.trust.access.rules import ADMIN_ONLY
from opcua_ml.opcua.trust.ground.ua_values import node_id
from opcua_ml.opcua.trust.information.session_diagnostics import security_diagnostics, session_diagnostics
from opcua_ml.opcua.trust.information.subscription_diagnostics import subscription_diagnostics
from opcua_ml.opcua.trust.information.values import compute_value, set_value

if TYPE_CHECKING:
    from opcua_ml.opcua.trust.nodes.address_space import PlantAddressSpace
    from opcua_ml.opcua.trust.sessions.registry import SessionRegistry
    from opcua_ml.opcua.trust.subscriptions.service import PlantSubscriptionService

_Ids = ObjectIds
_Type = ua.VariantType
_SUMMARY: Final = "Server_ServerDiagnostics_ServerDiagnosticsSummary"
_SESSIONS: Final = "Server_ServerDiagnostics_SessionsDiagnosticsSummary"


class Refusals(Protocol):
    """How many requests were refused as a whole."""

    rejected: int
    security_rejected: int


class DiagnosedServer(Protocol):
    """The server as its diagnostics see it."""

    aspace: PlantAddressSpace
    sessions: SessionRegistry
    subscription_service: PlantSubscriptionService

    @property
    def requests(self) -> Refusals:
        """Those of all clients."""
        ...


class ServerDiagnostics:
    """Counts what the server keeps anyway.

    Args:
        server: where it is kept.
    """

    def __init__(self, server: DiagnosedServer) -> None:
        self._server = server

    def publish(self) -> None:
        """Put the counters into the address space."""
        aspace = self._server.aspace
        structure = _Type.ExtensionObject
        compute_value(aspace, getattr(_Ids, _SUMMARY), self.summary, structure)
        for name in ua.ServerDiagnosticsSummaryDataType.__dataclass_fields__:
            number = getattr(_Ids, f"{_SUMMARY}_{name}", None)
            if number is not None:
                compute_value(aspace, number, partial(self._count, name), _Type.UInt32)
        subscriptions = _Ids.Server_ServerDiagnostics_SubscriptionDiagnosticsArray
        sessions = getattr(_Ids, f"{_SESSIONS}_SessionDiagnosticsArray")
        security = getattr(_Ids, f"{_SESSIONS}_SessionSecurityDiagnosticsArray")
        compute_value(aspace, subscriptions, self.subscriptions, structure)
        compute_value(aspace, sessions, self.sessions, structure)
        compute_value(aspace, security, self.security, structure)
        for number in (subscriptions, sessions, security, getattr(_Ids, _SESSIONS)):
            self._keep_private(number)
        set_value(aspace, _Ids.Server_ServerDiagnostics_EnabledFlag, True, _Type.Boolean)
        flag = aspace[node_id(_Ids.Server_ServerDiagnostics_EnabledFlag)].attributes
        read_only = ua.DataValue(ua.Variant(ua.AccessLevel.CurrentRead.mask, _Type.Byte))
        flag[AttributeIds.AccessLevel].value = read_only

    def summary(self) -> Any:
        """Counts over the whole server."""
        server = self._server
        subscriptions = [
            item for item in server.subscription_service.subscriptions.values() if item.is_external
        ]
        intervals = {item.data.RevisedPublishingInterval for item in subscriptions}
        return ua.ServerDiagnosticsSummaryDataType(
            ServerViewCount=0,
            CurrentSessionCount=len(server.sessions),
            CumulatedSessionCount=server.sessions.cumulated,
            SecurityRejectedSessionCount=server.sessions.security_rejected,
            RejectedSessionCount=server.sessions.rejected,
            SessionTimeoutCount=server.sessions.timed_out,
            SessionAbortCount=server.sessions.aborted,
            CurrentSubscriptionCount=len(subscriptions),
            CumulatedSubscriptionCount=server.subscription_service.cumulated,
            PublishingIntervalCount=len(intervals),
            SecurityRejectedRequestsCount=server.requests.security_rejected,
            RejectedRequestsCount=server.requests.rejected,
        )

    def sessions(self) -> list[Any]:
        """One entry per session."""
        return [session_diagnostics(session) for session in self._server.sessions]

    def security(self) -> list[Any]:
        """One entry per session, with its user."""
        return [security_diagnostics(session) for session in self._server.sessions]

    def subscriptions(self) -> list[Any]:
        """One entry per subscription of clients."""
        held = self._server.subscription_service.subscriptions.values()
        return [subscription_diagnostics(subscription) for subscription in held if subscription.is_external]

    def _count(self, name: str) -> int:
        return int(getattr(self.summary(), name))

    def _keep_private(self, number: int) -> None:
        entries = [
            ua.RolePermissionType(RoleId=role, Permissions=ua.PermissionType(granted))
            for role, granted in ADMIN_ONLY.items()
        ]
        value = ua.DataValue(ua.Variant(entries, _Type.ExtensionObject, is_array=True))
        node = self._server.aspace[node_id(number)]
        node.attributes[AttributeIds.RolePermissions] = AttributeValue(value)
