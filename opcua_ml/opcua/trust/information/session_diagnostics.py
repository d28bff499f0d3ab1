"""What there is to know of one session.

Source: OPC UA Part 5, 12.11 (SessionDiagnosticsDataType), 12.12 (SessionSecurityDiagnosticsDataType).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from asyncua import ua

from opcua_ml.opcua.trust.information.session_security import SessionSecurityDiagnostics

if TYPE_CHECKING:
    from opcua_ml.opcua.trust.sessions.session import PlantSession

_FIELDS = ua.SessionDiagnosticsDataType.__dataclass_fields__


def session_diagnostics(session: PlantSession) -> Any:
    """Its client, its counters per service and what it holds."""
    found = ua.SessionDiagnosticsDataType(
        SessionId=session.session_id,
        SessionName=session.name,
        ClientDescription=session.client_description,
        ServerUri="",
        EndpointUrl=session.endpoint_url,
        LocaleIds=list(session.caller.locales),
        ActualSessionTimeout=session.timeout_s * 1000,
        MaxResponseMessageSize=session.max_response_size,
        ClientConnectionTime=session.connected_at,
        ClientLastContactTime=session.last_contact,
        CurrentSubscriptionsCount=len(session.subscriptions),
        CurrentMonitoredItemsCount=sum(len(held.monitored_item_srv) for held in session.subscriptions),
        CurrentPublishRequestsInQueue=len(session.lane),
        UnauthorizedRequestCount=session.unauthorized,
    )
    total = errors = 0
    for name, (count, failed) in session.counters.items():
        total, errors = total + count, errors + failed
        if f"{name}Count" in _FIELDS:
            setattr(found, f"{name}Count", ua.ServiceCounterDataType(TotalCount=count, ErrorCount=failed))
    found.TotalRequestCount = ua.ServiceCounterDataType(TotalCount=total, ErrorCount=errors)
    return found


def security_diagnostics(session: PlantSession) -> Any:
    """Its user and the safety of its channel; never a secret."""
    caller, peer = session.caller, session.peer
    make: Any = SessionSecurityDiagnostics
    return make(
        SessionId=session.session_id,
        ClientUserIdOfSession=caller.identity.name,
        ClientUserIdHistory=session.user_history,
        AuthenticationMechanism=caller.identity.kind.name,
        EncodingName="UA Binary",
        TransportProtocol="opc.tcp",
        SecurityMode=caller.security_mode,
        SecurityPolicyUri=peer.security_policy_uri if peer is not None else "",
        ClientCertificate=caller.certificate or b"",
    )
