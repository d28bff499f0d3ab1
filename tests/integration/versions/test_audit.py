"""Who managed which version, when and why: audit events, the audit log, and the journal."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest
from asyncua import ua
from asyncua.ua.object_ids import ObjectIds
from asyncua.ua.uaerrors import UaStatusCodeError

from opcua_ml.opcua.audit.verification import verify
from opcua_ml.opcua.identity.rights.roles import Role
from opcua_ml.opcua.identity.users.user_administration import add_user
from tests.integration.versions.site import PASSWORD, candidate, login, managed, running, written
from tests.integration.versions.test_upload import uploaded

if TYPE_CHECKING:
    from pathlib import Path


class Heard:
    """Keeps the events of a subscription."""

    def __init__(self) -> None:
        self.events: asyncio.Queue[Any] = asyncio.Queue(1000)

    def event_notification(self, event: Any) -> None:
        """One event."""
        self.events.put_nowait(event)


async def test_every_step_is_an_audit_event_and_a_line_of_the_log(tmp_path: Path) -> None:
    """With user, method, arguments and result, also where it was refused; the journal tells the reason."""
    written(tmp_path)
    add_user(tmp_path / "users.toml", "sam", [Role.SECURITY_ADMIN], password=PASSWORD)
    heard = Heard()
    async with running(tmp_path) as plant, login(plant.service.endpoint, "sam") as auditor:
        subscription = await auditor.client.create_subscription(50, heard)
        await subscription.subscribe_events(
            auditor.client.nodes.server,
            evtypes=[ua.NodeId(ua.Int32(ObjectIds.AuditUpdateMethodEventType))],
            where_clause_generation=False,
        )
        await uploaded(plant.engineer, candidate(tmp_path, "2.0.0", 2.0).read_bytes())
        await plant.do("StartCanary", "2.0.0", 0.5, "a first look")
        await plant.do("Promote", "2.0.0", 60_000.0, "better on the pinned data")
        await plant.do("Confirm", "2.0.0", "")
        await plant.do("Rollback", "the bearing was changed")
        async with login(plant.service.endpoint, "otto") as operator:
            with pytest.raises(UaStatusCodeError):
                await managed(operator, "Promote", "1.0.0", 0.0, "")
        told: list[Any] = []
        async with asyncio.timeout(20):
            while not any(_is(event, "Promote", "otto") for event in told):
                told.append(await heard.events.get())
    (promoted,) = [event for event in told if _is(event, "Promote", "ann")]
    assert promoted.Status
    assert [one.Value for one in promoted.InputArguments] == ["2.0.0", 60_000.0, "better on the pinned data"]
    (refused,) = [event for event in told if _is(event, "Promote", "otto")]
    assert not refused.Status
    for method in ("GenerateFileForWrite", "CloseAndCommit", "StartCanary", "Confirm", "Rollback"):
        assert any(_is(event, method, "ann") for event in told), method
    verify(tmp_path / "audit")
    lines = [json.loads(line) for line in (tmp_path / "audit" / "audit.log").read_text().splitlines()]
    logged = [(line["ok"], line.get("user")) for line in lines if "sum.Promote" in json.dumps(line)]
    assert logged == [(True, "ann"), (False, "otto")]
    journal = (tmp_path / "versions" / "sum" / "journal").read_text(encoding="utf-8")
    assert '"reason":"better on the pinned data","who":"ann"' in journal


def _is(event: Any, method: str, user: str) -> bool:
    called = getattr(event.MethodId, "Identifier", "")  # other events come, too
    return str(called).endswith(f".{method}") and event.ClientUserId == user
