"""What the client calls the request that is being served (OPC UA Part 4, 7.32, AuditEntryId)."""

from __future__ import annotations

from contextvars import ContextVar

audit_entry_id: ContextVar[str] = ContextVar("audit_entry_id", default="")
"""Set while a request is served, for whoever records it; empty where the client gave none."""
