"""One record as the OPC UA event that clients receive.

Source: OPC UA Part 5, 6.4.3 to 6.4.32 (fields and SourceNames of the AuditEventTypes); Part 9, 5.10.
"""

from __future__ import annotations

import hashlib
import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from asyncua import ua
from asyncua.common.event_objects import IMPLEMENTED_EVENTS
from asyncua.ua.object_ids import ObjectIds

from opcua_ml.opcua.audit.record import AuditKind

if TYPE_CHECKING:
    from collections.abc import Callable

    from asyncua.common.event_objects import BaseEvent

    from opcua_ml.opcua.audit.record import AuditRecord

SEVERITY_OF_SUCCESS: Final = 100
SEVERITY_OF_FAILURE: Final = 600

SOURCE_NAMES: Final = {
    AuditKind.OPEN_SECURE_CHANNEL: "SecureChannel/OpenSecureChannel",
    AuditKind.CLOSE_SECURE_CHANNEL: "SecureChannel/CloseSecureChannel",
    AuditKind.CREATE_SESSION: "Session/CreateSession",
    AuditKind.ACTIVATE_SESSION: "Session/ActivateSession",
    AuditKind.CLOSE_SESSION: "Session/CloseSession",
    AuditKind.CANCEL: "Session/Cancel",
    AuditKind.URL_MISMATCH: "Session/CreateSession",
    AuditKind.CERTIFICATE_DATA_MISMATCH: "Security/Certificate",
    AuditKind.CERTIFICATE_EXPIRED: "Security/Certificate",
    AuditKind.CERTIFICATE_INVALID: "Security/Certificate",
    AuditKind.CERTIFICATE_UNTRUSTED: "Security/Certificate",
    AuditKind.CERTIFICATE_REVOKED: "Security/Certificate",
    AuditKind.CERTIFICATE_MISMATCH: "Security/Certificate",
    AuditKind.WRITE_UPDATE: "Attribute/Write",
    AuditKind.HISTORY_UPDATE: "Attribute/HistoryUpdate",
    AuditKind.UPDATE_METHOD: "Attribute/Call",
    AuditKind.CONDITION_ENABLE: "Method/Enable",
    AuditKind.CONDITION_COMMENT: "Method/AddComment",
    AuditKind.CONDITION_ACKNOWLEDGE: "Method/Acknowledge",
    AuditKind.CONDITION_CONFIRM: "Method/Confirm",
    AuditKind.CONDITION_SHELVING: "Method/TimedShelve",
    AuditKind.CONDITION_RESET: "Method/Reset",
    AuditKind.ADD_NODES: "NodeManagement/AddNodes",
    AuditKind.DELETE_NODES: "NodeManagement/DeleteNodes",
    AuditKind.SECURITY: "Security",
}
"""Total over the kinds."""

_Type = ua.VariantType
_FIELD_TYPES: Final = {
    "RequestType": _Type.Int32,
    "SecurityPolicyUri": _Type.String,
    "SecurityMode": _Type.Int32,
    "RequestedLifetime": _Type.Double,
    "RevisedSessionTimeout": _Type.Double,
    "InvalidHostname": _Type.String,
    "InvalidUri": _Type.String,
    "AttributeId": _Type.UInt32,
    "IndexRange": _Type.String,
    "EndpointUrl": _Type.String,
    "RequestHandle": _Type.UInt32,
    "ConditionEventId": _Type.ByteString,
    "ShelvingTime": _Type.Double,
}
"""Details that become fields of their types; others stay in the log."""
_SERVER: Final = ua.NodeId(ua.Int32(ObjectIds.Server))


def event_type(kind: AuditKind) -> int:
    """Numeric NodeId of the event type in namespace 0."""
    return int(getattr(ObjectIds, f"{kind.value}EventType"))


def audit_event(record: AuditRecord, server_uri: str) -> BaseEvent:
    """The event of a record; what the record does not know stays null.

    Args:
        record: with its time set.
        server_uri: our ApplicationUri.
    """
    make: Callable[[], BaseEvent] = IMPLEMENTED_EVENTS[event_type(record.kind)]
    event = make()
    occurred = record.time or datetime.now(UTC)
    source = _node_id(record.source_node) or _SERVER
    fields = {
        "EventId": (uuid.uuid4().bytes, _Type.ByteString),
        "SourceNode": (source, _Type.NodeId),
        "SourceName": (_source_name(record), _Type.String),
        "Time": (datetime.now(UTC), _Type.DateTime),
        "ReceiveTime": (datetime.now(UTC), _Type.DateTime),
        "Message": (ua.LocalizedText(record.message), _Type.LocalizedText),
        "Severity": (SEVERITY_OF_SUCCESS if record.succeeded else SEVERITY_OF_FAILURE, _Type.UInt16),
        "ActionTimeStamp": (occurred, _Type.DateTime),
        "Status": (record.succeeded, _Type.Boolean),
        "ServerId": (server_uri, _Type.String),
        "ClientAuditEntryId": (record.client_audit_entry_id, _Type.String),
        "ClientUserId": (record.user, _Type.String),
        "ClientApplicationUri": (record.application_uri, _Type.String),
        "StatusCodeId": (ua.StatusCode(ua.UInt32(record.status)), _Type.StatusCode),
        "SecureChannelId": (record.channel_id, _Type.String),
        "SessionId": (_node_id(record.session_id), _Type.NodeId),
        "Certificate": (record.certificate, _Type.ByteString),
        "ClientCertificate": (record.certificate, _Type.ByteString),
        "ClientCertificateThumbprint": (_thumbprint(record.certificate), _Type.String),
        **_details(record),
    }
    for name, (value, kind) in fields.items():
        if name in event.data_types:
            event.add_property(name, value, kind)
    event.emitting_node = _SERVER
    return event


def _details(record: AuditRecord) -> dict[str, tuple[Any, ua.VariantType]]:
    found: dict[str, tuple[Any, ua.VariantType]] = {
        name: (record.details[name], kind) for name, kind in _FIELD_TYPES.items() if name in record.details
    }
    for name in ("OldValue", "NewValue"):
        value = record.details.get(name)
        if isinstance(value, ua.DataValue):
            value = value.Value
        if isinstance(value, ua.Variant):
            found[name] = (value.Value, value.VariantType)
    if "Comment" in record.details:
        found["Comment"] = (ua.LocalizedText(str(record.details["Comment"])), _Type.LocalizedText)
    arguments = record.details.get("InputArguments")
    if isinstance(arguments, list) and all(isinstance(one, ua.Variant) for one in arguments):
        found["InputArguments"] = (arguments, _Type.Variant)
    method = _node_id(str(record.details.get("MethodId", "")))
    if method is not None:
        found["MethodId"] = (method, _Type.NodeId)
    return found


def _source_name(record: AuditRecord) -> str:
    """Where one kind is of several Methods, the one that was called (Part 9, 5.10)."""
    method = record.details.get("Method")
    return f"Method/{method}" if method else SOURCE_NAMES[record.kind]


def _node_id(text: str) -> ua.NodeId | None:
    if not text:
        return None
    try:
        return ua.NodeId.from_string(text)
    except (ua.uaerrors.UaStringParsingError, ValueError):
        return None


def _thumbprint(certificate: bytes | None) -> str | None:
    """SHA-1, as OPC UA names certificates; a name, not a proof."""
    return hashlib.sha1(certificate, usedforsecurity=False).hexdigest() if certificate else None
