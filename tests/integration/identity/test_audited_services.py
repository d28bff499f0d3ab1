"""What clients change is recorded: who, what, from what to what, and whether it was let."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from asyncua import ua
from asyncua.ua.status_codes import StatusCodes
from asyncua.ua.uaerrors import UaStatusCodeError

from opcua_ml.opcua.audit.line import fields_of
from opcua_ml.opcua.audit.record import AuditKind
from tests.integration.identity.site import HASH, PASSWORD, Site, opened_site

if TYPE_CHECKING:
    from collections.abc import Awaitable
    from pathlib import Path

    from opcua_ml.opcua.audit.record import AuditRecord
    from opcua_ml.opcua.identity.secured_server import SecuredServer

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
    await flow.set_writable()


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
        kinds = [record.kind for record in site.audit.records[1:]]
        assert kinds == [AuditKind.CREATE_SESSION, AuditKind.ACTIVATE_SESSION, AuditKind.CLOSE_SESSION]
        assert PASSWORD not in "".join(str(fields_of(record)) for record in site.audit.records)


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
