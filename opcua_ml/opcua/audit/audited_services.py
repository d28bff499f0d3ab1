"""Records of what clients change: sessions, writes, calls; each an observer of the server's part.

Source: OPC UA Part 4, 6.5.5 to 6.5.9 (auditing of sessions, attributes and methods); Part 5, 6.4.26, 6.4.29.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from opcua_ml.opcua.audit.audited_channels import channel_text
from opcua_ml.opcua.audit.method_call import call_record
from opcua_ml.opcua.audit.record import LONGEST_TEXT, AuditKind, AuditRecord
from opcua_ml.opcua.audit.refused_value import beginning
from opcua_ml.opcua.trust.access.audit_entry import audit_entry_id

if TYPE_CHECKING:
    from collections.abc import Callable

    from asyncua import ua

    from opcua_ml.opcua.audit.sink import AuditSink
    from opcua_ml.opcua.trust.access.identity import Caller
    from opcua_ml.opcua.trust.sessions.session import PlantSession


class AuditedWrites:
    """A WriteObserver: every write of a client, done or refused, with old and new value.

    Args:
        audit: where records go.
    """

    def __init__(self, audit: AuditSink) -> None:
        self._audit = audit

    def written(
        self, caller: Caller, item: ua.WriteValue, before: ua.Variant | None, result: ua.StatusCode
    ) -> None:
        """Record it."""
        self._audit.record(
            AuditRecord(
                kind=AuditKind.WRITE_UPDATE,
                message="written" if result.is_good() else f"write refused: {result.name}",
                status=int(result.value),
                source_node=item.NodeId.to_string(),
                details={
                    "AttributeId": int(item.AttributeId),
                    "IndexRange": (item.IndexRange or "")[:LONGEST_TEXT],
                    "OldValue": before,
                    "NewValue": item.Value.Value if result.is_good() else beginning(item.Value.Value),
                },
                **who(caller),
            )
        )


class AuditedCalls:
    """A CallObserver: the calls of Methods that change something, and all that were refused.

    Args:
        audit: where records go.
        changes: whether the Method of this NodeId, called well, changes more than its caller's own answer.
    """

    def __init__(self, audit: AuditSink, changes: Callable[[ua.NodeId], bool]) -> None:
        self._audit = audit
        self._changes = changes

    def misses_none_of(self, method_id: ua.NodeId) -> bool:
        """Those that change something."""
        return self._changes(method_id)

    def called(self, caller: Caller, request: ua.CallMethodRequest, result: ua.CallMethodResult) -> None:
        """Record it, unless it changed nothing."""
        if not result.StatusCode.is_good() or self._changes(request.MethodId):
            self._audit.record(call_record(request, result, who(caller)))


class AuditedSessions:
    """A SessionObserver: sessions that are created and that end.

    Args:
        audit: where records go.
    """

    def __init__(self, audit: AuditSink) -> None:
        self._audit = audit

    def created(self, session: PlantSession) -> None:
        """Record it with its client."""
        peer = session.peer
        self._audit.record(
            AuditRecord(
                kind=AuditKind.CREATE_SESSION,
                message=f"session {session.name!r} created",
                address=peer.address if peer else "",
                application_uri=session.application_uri,
                certificate=peer.certificate if peer else None,
                session_id=session.session_id.to_string(),
                channel_id=channel_text(peer.channel_id) if peer else "",
                client_audit_entry_id=audit_entry_id.get(),
                details={"RevisedSessionTimeout": session.timeout_s * 1000},
            )
        )

    def closed(self, session: PlantSession) -> None:
        """Record it with its user."""
        self._audit.record(
            AuditRecord(
                kind=AuditKind.CLOSE_SESSION,
                message=f"session {session.name!r} closed",
                **{**who(session.caller), "session_id": session.session_id.to_string()},
            )
        )


def who(caller: Caller) -> dict[str, Any]:
    """Who it was and in which session, and what the client calls the request that is being served."""
    return {
        "user": caller.identity.name,
        "address": caller.address,
        "application_uri": caller.application_uri,
        "certificate": caller.certificate,
        "session_id": "" if caller.session_id.is_null() else caller.session_id.to_string(),
        "channel_id": channel_text(caller.channel_id),
        "client_audit_entry_id": audit_entry_id.get(),
    }
