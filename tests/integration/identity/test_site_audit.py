"""The audit as a service puts it together: on disk and as events, whole after the server has closed."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

from asyncua.ua.status_codes import StatusCodes

from opcua_ml.opcua.audit.log_file import LogSettings, log_files
from opcua_ml.opcua.audit.site_audit import SiteAudit
from opcua_ml.opcua.audit.verification import verify
from tests.integration.identity.site import PASSWORD, opened_site, outcome

if TYPE_CHECKING:
    from pathlib import Path


async def test_everything_from_the_first_login_to_the_last_session_is_in_the_log(tmp_path: Path) -> None:
    """In one chain, without a secret; the log is healthy to the end."""
    folder = tmp_path / "audit"
    async with SiteAudit(LogSettings(folder)) as audit:
        async with opened_site(tmp_path) as site, asyncio.TaskGroup() as group:
            site.audit.also = audit
            raising = group.create_task(audit.raise_events(site.server), name="audit events")
            assert await outcome(await site.user_client("anna")) == 0
            assert await outcome(await site.user_client("anna", "wrong")) == StatusCodes.BadUserAccessDenied
            raising.cancel()
        assert audit.state is not None
        assert audit.state.healthy
    events = [json.loads(line)["event"] for line in text(folder).splitlines()]
    assert events[0] == events[-1] == "AuditSecurity"
    assert events.count("AuditActivateSession") == 2
    assert events.count("AuditCreateSession") == 2
    assert PASSWORD not in text(folder)
    assert verify(folder).last == len(events)


async def test_without_a_log_records_are_events_alone(tmp_path: Path) -> None:
    """Nothing is written, nothing fails."""
    async with SiteAudit(None) as audit, opened_site(tmp_path) as site:
        site.audit.also = audit
        assert await outcome(await site.user_client("anna")) == 0
        assert audit.state is None


def text(folder: Path) -> str:
    """The whole log."""
    return "".join(file.read_text() for file in log_files(folder))
