"""What clients change is recorded: who, what, from what to what, and whether it was let."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from asyncua import ua
from asyncua.ua.attribute_ids import AttributeIds
from asyncua.ua.status_codes import StatusCodes
from asyncua.ua.uaerrors import UaStatusCodeError

from opcua_ml.opcua.audit.line import fields_of
from opcua_ml.opcua.audit.record import AuditKind
from tests.integration.identity.site import HASH, PASSWORD, Site, opened_site, until

if TYPE_CHECKING:
    from collections.abc import Awaitable
    from pathlib import Path

    from opcua_ml.opcua.audit.record import AuditRecord
    from opcua_ml.opcua.identity.secured_server import SecuredServer
    from tests.patient_client import Client

USERS = "".join(
    f'[users.{role}]\nroles = ["{role}"]\npassword = "{HASH}"\n' for role in ("Observer", "Engineer")
)


async def pump(server: SecuredServer) -> None:
    """A model's nodes."""
    top = await server.nodes.objects.add_object(ua.NodeId.from_string("ns=1;s=pump"), "1:pump")
    for name in ("Predict", "Promote"):
        identifier = ua.NodeId.from_string(f"ns=1;s=pump.{name}")
        await top.add_method(identifier, f"1:{name}", lambda *_: [], [ua.VariantType.Double], [])
    inputs = await top.add_folder(ua.NodeId.from_string("ns=1;s=pump.Inputs"), "1:Inputs")
    flow = await inputs.add_variable(ua.NodeId.from_string("ns=1;s=pump.Inputs.flow"), "1:flow", 1.0)
    for attribute in (AttributeIds.AccessLevel, AttributeIds.UserAccessLevel):
        # asyncua's clients send a source timestamp with every value.
        await flow.set_attr_bit(attribute, ua.AccessLevel.CurrentWrite)
        await flow.set_attr_bit(attribute, ua.AccessLevel.TimestampWrite)


def of_kind(site: Site, kind: AuditKind) -> list[AuditRecord]:
    """The records of this kind so far."""
    return [record for record in site.audit.records if record.kind is kind]


async def refused(doing: Awaitable[Any]) -> None:
    """The server denies it."""
    with pytest.raises(UaStatusCodeError) as denied:
        await doing
    assert denied.value.code == StatusCodes.BadUserAccessDenied


async def test_a_session_is_recorded_from_its_creation_to_its_end(tmp_path: Path) -> None:
    """Both with its id; the login between them with its user."""
    async with opened_site(tmp_path, users=USERS) as site:
        async with await site.user_client("Engineer"):
            pass
        (created,) = of_kind(site, AuditKind.CREATE_SESSION)
        (closed,) = of_kind(site, AuditKind.CLOSE_SESSION)
        assert created.session_id == closed.session_id != ""
        assert (created.certificate, created.application_uri) == (site.hmi.der, "urn:plant:hmi")
        assert closed.user == "Engineer"
        await gone(site)
        kinds = [record.kind for record in site.audit.records[1:]]
        assert kinds == [
            AuditKind.OPEN_SECURE_CHANNEL,
            AuditKind.CREATE_SESSION,
            AuditKind.ACTIVATE_SESSION,
            AuditKind.CLOSE_SESSION,
            AuditKind.CLOSE_SECURE_CHANNEL,
        ]
        assert {record.channel_id for record in site.audit.records[1:]} == {created.channel_id}
        assert int(created.channel_id) > 0
        sessions = {record.session_id for record in site.audit.records[2:5]}
        assert sessions == {created.session_id}
        assert PASSWORD not in "".join(str(fields_of(record)) for record in site.audit.records)


async def gone(site: Site) -> None:
    """The server has noticed that its last client is gone."""
    await until(lambda: site.server.bserver is not None and not site.server.bserver.clients)


async def test_a_channel_is_recorded_with_its_security_and_its_renewal(tmp_path: Path) -> None:
    """Under one id from its opening to its end; a lost one is told from one that was closed."""
    async with opened_site(tmp_path, users=USERS) as site:
        client = await site.user_client("Observer")
        async with client:
            await client.open_secure_channel(renew=True)
        lost = await site.user_client("Observer")
        await lost.connect()
        lost.disconnect_socket()
        await gone(site)
        opened, renewed, again = of_kind(site, AuditKind.OPEN_SECURE_CHANNEL)
        closed, broken = of_kind(site, AuditKind.CLOSE_SECURE_CHANNEL)
        assert (opened.details["RequestType"], renewed.details["RequestType"]) == (0, 1)
        assert opened.details["SecurityMode"] == ua.MessageSecurityMode.SignAndEncrypt
        assert opened.certificate == site.hmi.der
        assert opened.channel_id == renewed.channel_id == closed.channel_id
        assert again.channel_id == broken.channel_id != opened.channel_id
        assert (closed.message, broken.message) == ("secure channel closed", "secure channel lost")


def naming_requests(client: Client, entry: str) -> None:
    """Let the client give its requests this AuditEntryId."""
    protocol: Any = client.uaclient.protocol
    set_up = type(protocol)._setup_request_header  # noqa: SLF001 - asyncua's

    def named(header: ua.RequestHeader, *arguments: Any, **options: Any) -> None:
        set_up(protocol, header, *arguments, **options)
        header.AuditEntryId = entry

    protocol._setup_request_header = named  # noqa: SLF001 - asyncua's


async def test_what_a_client_changes_is_recorded_with_its_session_and_its_own_name_for_it(
    tmp_path: Path,
) -> None:
    """Writes and calls, each with the AuditEntryId of its own request and no other's."""
    async with opened_site(tmp_path, users=USERS, prepare=pump) as site:
        client = await site.user_client("Engineer")
        async with client:
            top = client.get_node("ns=1;s=pump")
            promote = ua.NodeId.from_string("ns=1;s=pump.Promote")
            naming_requests(client, "work order 4711")
            await top.call_method(promote, 1.5)
            naming_requests(client, "work order 4712")
            await client.get_node("ns=1;s=pump.Inputs.flow").write_value(2.5)
            naming_requests(client, "")
            await top.call_method(promote, 1.5)
        (written,) = of_kind(site, AuditKind.WRITE_UPDATE)
        first, second = of_kind(site, AuditKind.UPDATE_METHOD)
        assert first.client_audit_entry_id == "work order 4711"
        assert written.client_audit_entry_id == "work order 4712"
        assert second.client_audit_entry_id == ""
        (created,) = of_kind(site, AuditKind.CREATE_SESSION)
        for record in (first, second, written):
            assert (record.session_id, record.channel_id) == (created.session_id, created.channel_id)


async def test_writes_are_recorded_with_old_and_new_value_and_refused_ones_too(tmp_path: Path) -> None:
    """The server's own writes are not."""
    async with opened_site(tmp_path, users=USERS, prepare=pump) as site:
        async with await site.user_client("Engineer") as engineer:
            await engineer.get_node("ns=1;s=pump.Inputs.flow").write_value(2.5)
        async with await site.user_client("Observer") as observer:
            await refused(observer.get_node("ns=1;s=pump.Inputs.flow").write_value(9.9))
        await site.server.get_node("ns=1;s=pump.Inputs.flow").write_value(3.0)
        done, denied = (fields_of(record) for record in of_kind(site, AuditKind.WRITE_UPDATE))
        assert (done["user"], done["source"], done["ok"]) == ("Engineer", "ns=1;s=pump.Inputs.flow", True)
        assert "1.0" in str(done["details"]["OldValue"])
        assert "2.5" in str(done["details"]["NewValue"])
        assert (denied["user"], denied["ok"], denied["status"]) == ("Observer", False, "0x801F0000")


async def test_calls_that_change_something_are_recorded_and_predictions_are_not(tmp_path: Path) -> None:
    """Whoever tried to change something and was not let is recorded, whatever it was."""
    async with opened_site(tmp_path, users=USERS, prepare=pump) as site:
        async with await site.user_client("Engineer") as engineer:
            top = engineer.get_node("ns=1;s=pump")
            for name in ("Predict", "Promote"):
                await top.call_method(ua.NodeId.from_string(f"ns=1;s=pump.{name}"), 1.5)
        async with await site.user_client("Observer") as observer:
            top = observer.get_node("ns=1;s=pump")
            for name in ("Predict", "Promote"):
                await refused(top.call_method(ua.NodeId.from_string(f"ns=1;s=pump.{name}"), 1.5))
        found = [
            (record.user, record.details["MethodId"], record.succeeded)
            for record in of_kind(site, AuditKind.UPDATE_METHOD)
        ]
        assert found == [
            ("Engineer", "ns=1;s=pump.Promote", True),
            ("Observer", "ns=1;s=pump.Predict", False),
            ("Observer", "ns=1;s=pump.Promote", False),
        ]
