"""A record holds no more of a client's words than its reader needs."""

from __future__ import annotations

from opcua_ml.opcua.audit.record import LONGEST_TEXT, AuditKind, AuditRecord


def test_what_a_client_says_at_any_length_is_cut() -> None:
    """Its own name for a request may be a megabyte, and ten thousand records wait."""
    long = "x" * 1_000_000
    record = AuditRecord(
        kind=AuditKind.WRITE_UPDATE,
        user="anna",
        application_uri=long,
        client_audit_entry_id=long,
        source_node=long,
    )
    assert record.user == "anna"
    for said in (record.application_uri, record.client_audit_entry_id, record.source_node):
        assert said == long[:LONGEST_TEXT]
