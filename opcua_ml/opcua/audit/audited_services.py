"""The server's services, with a record of what clients change.

Source: OPC UA Part 4, 6.5.5 to 6.5.9 (auditing of sessions, attributes and methods); Part 5, 6.4.26, 6.4.29.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from opcua_ml.opcua.audit.audited_channels import channel_text
from opcua_ml.opcua.audit.method_call import call_record
from opcua_ml.opcua.audit.record import AuditKind, AuditRecord
from opcua_ml.opcua.audit.refused_value import beginning
from opcua_ml.opcua.trust.access.audit_entry import audit_entry_id
from opcua_ml.opcua.trust.nodes.attribute import PlantAttributeService
from opcua_ml.opcua.trust.nodes.method import PlantMethodService
from opcua_ml.opcua.trust.sessions.registry import SessionRegistry

if TYPE_CHECKING:
    from collections.abc import Callable

    from asyncua import ua
    from asyncua.server.address_space import AttributeValue

    from opcua_ml.opcua.audit.sink import AuditSink
    from opcua_ml.opcua.trust.access.identity import Caller
    from opcua_ml.opcua.trust.access.rules import AccessRules
    from opcua_ml.opcua.trust.ground.limits import Limits
    from opcua_ml.opcua.trust.nodes.address_space import PlantAddressSpace
    from opcua_ml.opcua.trust.nodes.method import CallingSession
    from opcua_ml.opcua.trust.nodes.value_types import ValueTypes
    from opcua_ml.opcua.trust.sessions.session import PlantSession


class AuditedAttributeService(PlantAttributeService):
    """Records every write of a client, done or refused, with old and new value.

    Args:
        aspace, rules, types: as of PlantAttributeService.
        audit: where records go.
    """

    def __init__(
        self, aspace: PlantAddressSpace, rules: AccessRules, types: ValueTypes, audit: AuditSink
    ) -> None:
        super().__init__(aspace, rules, types)
        self._audit = audit

    async def write_for(self, caller: Caller, params: ua.WriteParameters) -> list[ua.StatusCode]:
        """Results in the order of NodesToWrite."""
        if caller.identity.trusted:
            return await super().write_for(caller, params)
        before = [self._held(item) for item in params.NodesToWrite]
        results = await super().write_for(caller, params)
        for item, old, result in zip(params.NodesToWrite, before, results, strict=True):
            self._audit.record(
                AuditRecord(
                    kind=AuditKind.WRITE_UPDATE,
                    message="written" if result.is_good() else f"write refused: {result.name}",
                    status=int(result.value),
                    source_node=item.NodeId.to_string(),
                    details={
                        "AttributeId": int(item.AttributeId),
                        "IndexRange": item.IndexRange or "",
                        "OldValue": old,
                        "NewValue": item.Value.Value if result.is_good() else beginning(item.Value.Value),
                    },
                    **who(caller),
                )
            )
        return results

    def _held(self, item: ua.WriteValue) -> ua.Variant | None:
        node = self._aspace.get(item.NodeId)
        held = node.attributes.get(item.AttributeId) if node is not None else None
        return held.value.Value if held is not None and held.value is not None else None


class AuditedMethodService(PlantMethodService):
    """Records the calls of Methods that change something, done or refused.

    Args:
        aspace, rules, types: as of PlantMethodService.
        audit: where records go.
        changes: whether the Method of this NodeId, called well, changes more than its caller's own answer.
    """

    def __init__(
        self,
        aspace: PlantAddressSpace,
        rules: AccessRules,
        types: ValueTypes,
        audit: AuditSink,
        changes: Callable[[ua.NodeId], bool],
    ) -> None:
        super().__init__(aspace, rules, types)
        self._audit = audit
        self._changes = changes

    def settled(
        self,
        session: CallingSession,
        object_id: ua.NodeId,
        method_id: ua.NodeId,
        given: list[ua.Variant],
    ) -> AttributeValue | None:
        """As of PlantMethodService; None for a Method of which each call is recorded."""
        if self._changes(method_id):
            return None
        return super().settled(session, object_id, method_id, given)

    async def call_for(
        self, session: CallingSession, methods: list[ua.CallMethodRequest]
    ) -> list[ua.CallMethodResult]:
        """One result per method, in their order."""
        results = await super().call_for(session, methods)
        if session.caller.identity.trusted:
            return results
        for request, result in zip(methods, results, strict=True):
            if result.StatusCode.is_good() and not self._changes(request.MethodId):
                continue
            self._audit.record(call_record(request, result, who(session.caller)))
        return results


class AuditedSessions(SessionRegistry):
    """Records sessions that are created and that end.

    Args:
        limits: as of SessionRegistry.
        audit: where records go.
    """

    def __init__(self, limits: Limits, audit: AuditSink) -> None:
        super().__init__(limits)
        self._audit = audit

    def add(self, session: PlantSession) -> None:
        """Take in a new session.

        Raises:
            ServiceError: BadTooManySessions.
        """
        super().add(session)
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

    def close(self, session: PlantSession, *, delete_subscriptions: bool) -> None:
        """End a session."""
        known = any(session is one for one in self)
        super().close(session, delete_subscriptions=delete_subscriptions)
        if known:
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
