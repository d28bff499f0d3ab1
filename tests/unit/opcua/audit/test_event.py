"""Every kind of record makes an event of the standard's type, whose every field can be sent."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from asyncua import ua
from asyncua.common.utils import Buffer
from asyncua.ua.object_ids import ObjectIds
from asyncua.ua.ua_binary import variant_from_binary, variant_to_binary

from opcua_ml.opcua.audit.event import SOURCE_NAMES, audit_event, event_type
from opcua_ml.opcua.audit.record import AuditKind, AuditRecord

if TYPE_CHECKING:
    from asyncua.common.event_objects import BaseEvent

DETAILS = {
    "AttributeId": 13,
    "IndexRange": "1:2",
    "OldValue": ua.Variant(1.5),
    "NewValue": ua.DataValue(ua.Variant([1, 2], ua.VariantType.Int32)),
    "InputArguments": [ua.Variant(1.0), ua.Variant("x")],
    "MethodId": "ns=2;s=pump.Promote",
    "InvalidUri": "urn:x",
    "InvalidHostname": "plc2",
    "SecurityMode": 3,
    "RequestType": 0,
    "RequestedLifetime": 3600000.0,
    "RevisedSessionTimeout": 60000.0,
    "EndpointUrl": "opc.tcp://x:1",
    "RequestHandle": 5,
    "SecurityPolicyUri": "http://opcfoundation.org/UA/SecurityPolicy#None",
    "anything else": object(),
}


def sent(event: BaseEvent) -> dict[str, Any]:
    """Every field that is not null, encoded and decoded as on its way to a client."""
    fields = {}
    for name, kind in event.data_types.items():
        value = getattr(event, name)
        if value is None:
            continue
        assert isinstance(kind, ua.VariantType), name
        fields[name] = variant_from_binary(Buffer(variant_to_binary(ua.Variant(value, kind)))).Value
    return fields


@pytest.mark.parametrize("kind", list(AuditKind))
def test_every_kind_makes_an_event_that_can_be_encoded(kind: AuditKind) -> None:
    """With all details and with none."""
    full = AuditRecord(
        kind=kind,
        message="what happened",
        status=0x80130000,
        user="anna",
        application_uri="urn:plant:hmi",
        session_id="g=09087e75-8e5e-499b-954f-f2a9603db28a",
        channel_id="17",
        client_audit_entry_id="e1",
        source_node="ns=2;s=pump.Inputs.flow",
        certificate=b"der",
        details=DETAILS,
        time=datetime(2026, 11, 21, tzinfo=UTC),
    )
    for record in (full, AuditRecord(kind=kind)):
        fields = sent(audit_event(record, "urn:plant:server"))
        assert fields["EventType"] == ua.NodeId(ua.Int32(event_type(kind)))
        assert {"EventId", "SourceNode", "SourceName", "Time", "Message", "Severity", "Status"} <= set(fields)


def test_fields_say_what_the_record_says() -> None:
    """As Part 5 names them."""
    record = AuditRecord(
        kind=AuditKind.WRITE_UPDATE,
        message="written",
        user="anna",
        application_uri="urn:plant:hmi",
        source_node="ns=2;s=x",
        details=DETAILS,
    )
    event = audit_event(record, "urn:plant:server")
    fields = sent(event)
    assert fields["Status"] is True
    assert fields["ClientUserId"] == "anna"
    assert fields["ServerId"] == "urn:plant:server"
    assert fields["SourceName"] == "Attribute/Write"
    assert fields["SourceNode"] == ua.NodeId.from_string("ns=2;s=x")
    assert fields["OldValue"] == 1.5
    assert fields["NewValue"] == [1, 2]
    assert event.emitting_node == ua.NodeId(ua.Int32(ObjectIds.Server))


def test_a_source_that_is_no_node_is_the_server() -> None:
    """A broken text makes no broken event."""
    event = audit_event(AuditRecord(kind=AuditKind.WRITE_UPDATE, source_node="garbage"), "u")
    assert sent(event)["SourceNode"] == ua.NodeId(ua.Int32(ObjectIds.Server))


def test_tables_are_total() -> None:
    """Each kind has its event type and its SourceName."""
    assert set(SOURCE_NAMES) == set(AuditKind)
    assert len({event_type(kind) for kind in AuditKind}) == len(AuditKind)
