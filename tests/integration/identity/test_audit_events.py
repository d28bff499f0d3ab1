"""Audit events reach SecurityAdmin and nobody else, over real sockets."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest
from asyncua import ua
from asyncua.ua.object_ids import ObjectIds
from asyncua.ua.status_codes import StatusCodes

from opcua_ml.opcua.audit.events import AuditEvents
from opcua_ml.opcua.audit.record import AuditKind, AuditRecord
from tests.integration.identity.site import HASH, Site, opened_site, outcome, valid
from tests.unit.opcua.identity.authority import key, self_signed

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

ROLES = ("Observer", "Operator", "Engineer", "Supervisor", "ConfigureAdmin", "SecurityAdmin")
USERS = "".join(f'[users.{role}]\nroles = ["{role}"]\npassword = "{HASH}"\n' for role in ROLES)
TYPES = (
    ObjectIds.AuditActivateSessionEventType,
    ObjectIds.AuditCertificateUntrustedEventType,
    ObjectIds.AuditWriteUpdateEventType,
)


class Received:
    """A subscription's handler that keeps what it is told."""

    def __init__(self) -> None:
        self.events: asyncio.Queue[Any] = asyncio.Queue(1000)

    def event_notification(self, event: Any) -> None:
        """Keep it."""
        self.events.put_nowait(event)


@asynccontextmanager
async def audited(folder: Path) -> AsyncIterator[tuple[Site, AuditEvents]]:
    """A site whose records become events."""
    async with opened_site(folder, users=USERS) as site, asyncio.TaskGroup() as group:
        events = AuditEvents(site.server)
        site.audit.also = events
        running = group.create_task(events.run(), name="audit events")
        yield site, events
        running.cancel()


@asynccontextmanager
async def listening(site: Site, user: str) -> AsyncIterator[Received]:
    """This user's subscription to all events of the Server object."""
    client = await site.user_client(user)
    received = Received()
    async with client:
        subscription = await client.create_subscription(50, received)
        await subscription.subscribe_events(
            client.nodes.server,
            evtypes=[ua.NodeId(ua.Int32(number)) for number in TYPES],
            where_clause_generation=False,
        )
        yield received


async def test_a_refused_client_and_a_failed_login_reach_security_admin_alone(tmp_path: Path) -> None:
    """Six users with a Role each listen; one hears."""
    stranger = self_signed(key(21), valid())
    async with audited(tmp_path) as (site, events):
        async with asyncio.timeout(30):
            heard: dict[object, Any] = {}
            listeners = {role: listening(site, role) for role in ROLES}
            received = {role: await listener.__aenter__() for role, listener in listeners.items()}
            try:
                assert (
                    await outcome(await site.user_client("Operator", "wrong"))
                    == StatusCodes.BadUserAccessDenied
                )
                assert await outcome(await site.user_client("Operator", peer=stranger)) != 0
                await events.drained()
                admin = received["SecurityAdmin"].events
                while len(heard) < 2:
                    event = await admin.get()
                    if not event.Status:
                        heard[event.EventType.Identifier] = event
            finally:
                for listener in listeners.values():
                    await listener.__aexit__(None, None, None)
            login = heard[ObjectIds.AuditActivateSessionEventType]
            assert (login.SourceName, login.ClientUserId) == ("Session/ActivateSession", "Operator")
            assert login.StatusCodeId.value == StatusCodes.BadUserAccessDenied
            assert login.UserIdentityToken is None
            unknown = heard[ObjectIds.AuditCertificateUntrustedEventType]
            assert unknown.SourceName == "Security/Certificate"
            assert unknown.Certificate == stranger.der
            assert unknown.StatusCodeId.value == StatusCodes.BadCertificateUntrusted
            others = {role: one.events.qsize() for role, one in received.items() if role != "SecurityAdmin"}
            assert set(others.values()) == {0}


async def test_a_write_is_told_with_old_and_new_value(tmp_path: Path) -> None:
    """As the server's services record it."""
    async with audited(tmp_path) as (site, events), listening(site, "SecurityAdmin") as received:
        node = await site.server.nodes.objects.add_variable(2, "flow", 1.0)
        site.audit.record(
            AuditRecord(
                kind=AuditKind.WRITE_UPDATE,
                user="Operator",
                source_node=node.nodeid.to_string(),
                details={"AttributeId": 13, "OldValue": ua.Variant(1.0), "NewValue": ua.Variant(2.0)},
            )
        )
        await events.drained()
        async with asyncio.timeout(10):
            while (
                event := await received.events.get()
            ).EventType.Identifier != ObjectIds.AuditWriteUpdateEventType:
                pass
        assert (event.OldValue, event.NewValue, event.AttributeId) == (1.0, 2.0, 13)
        assert event.SourceNode == node.nodeid
        auditing = site.server.get_node(ua.NodeId(ua.Int32(ObjectIds.Server_Auditing)))
        assert await auditing.read_value() is True


@pytest.mark.parametrize("role", ROLES)
async def test_security_nodes_are_shown_to_security_admin_alone(tmp_path: Path, role: str) -> None:
    """Who else is connected, and the Roles: for all others these nodes can't be read."""
    async with opened_site(tmp_path, users=USERS) as site, await site.user_client(role) as client:
        for number in (
            ObjectIds.Server_ServerDiagnostics_SessionsDiagnosticsSummary_SessionSecurityDiagnosticsArray,
            ObjectIds.Server_ServerDiagnostics_SessionsDiagnosticsSummary_SessionDiagnosticsArray,
        ):
            node = client.get_node(ua.NodeId(ua.Int32(number)))
            value = await node.read_data_value(raise_on_bad_status=False)
            denied = value.StatusCode == ua.StatusCode(ua.UInt32(StatusCodes.BadUserAccessDenied))
            assert denied == (role != "SecurityAdmin")
