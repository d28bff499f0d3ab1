"""Who sees alarms, who answers them, and what is remembered of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from asyncua import ua
from asyncua.ua.object_ids import ObjectIds
from asyncua.ua.status_codes import StatusCodes

from opcua_ml.application.alarms.board import AlarmBoard
from opcua_ml.application.alarms.card import AlarmCard, AlarmKind
from opcua_ml.domain.alarm.alarm import Alarm, AlarmLevel, AlarmSettings
from opcua_ml.opcua.alarms.methods import AlarmMethods
from opcua_ml.opcua.alarms.publisher import ConditionPublisher
from opcua_ml.opcua.audit.record import AuditKind
from opcua_ml.opcua.server.site import prepare_namespaces, site_nodes
from opcua_ml.opcua.server.sources import SourceNodes
from opcua_ml.opcua.space.node_tree import NodeTree
from opcua_ml.opcua.space.standard import standard_id
from opcua_ml.service.clock import SystemClock
from tests.integration.alarms.desk import on_event, operate, subscribed
from tests.integration.identity.site import HASH, Site, opened_site

if TYPE_CHECKING:
    from pathlib import Path

    from opcua_ml.opcua.identity.secured_server import SecuredServer
    from tests.patient_client import Client

ACKNOWLEDGE = ObjectIds.AcknowledgeableConditionType_Acknowledge
SERVER = standard_id(ObjectIds.Server)
USERS = "".join(
    f'[users.{name}]\nroles = [{roles}]\npassword = "{HASH}"\n'
    for name, roles in (("Observer", '"Observer"'), ("Operator", '"Operator"'), ("nobody", ""))
)


class Lost:
    """A PLC that is lost, and the alarm that says so."""

    def __init__(self) -> None:
        self.board = AlarmBoard(SystemClock())
        levels = (AlarmLevel("OffNormal", 700),)
        self.alarm: Alarm[Any] = Alarm(AlarmSettings(levels), lambda *_: "PLC line1 is not connected")
        self.board.add(AlarmCard("ConnectionLost", AlarmKind.PLC, "Lost.", plc="line1"), self.alarm)

    async def prepare(self, server: SecuredServer) -> None:
        """Bring it into a server that is not open yet."""
        names = await prepare_namespaces(server, "urn:test:site")
        tree = NodeTree(server, names)
        await tree.bring(site_nodes(names))
        await SourceNodes(server, tree, names, self.board.clock).add("line1", "opc.tcp://line1:4840")
        publisher = ConditionPublisher(server, tree, names, self.board)
        await publisher.show()
        methods = AlarmMethods(self.board, names)
        methods.take(publisher.instances.values())
        methods.link(server.iserver.aspace)
        self.board.publish_to(publisher)

    async def lose(self) -> None:
        """Raise the alarm."""
        self.alarm.see((True,), "evidence", 0, 0.0)
        await self.board.flush()


async def raised(client: Client, lost: Lost) -> Any:
    """The row of the alarm in a client's list."""
    alarms = await subscribed(client, SERVER, (), "line1")
    await lost.lose()
    return alarms, await alarms.next()


def acknowledgements(site: Site) -> list[Any]:
    """The records of them."""
    return [one for one in site.audit.records if one.kind is AuditKind.CONDITION_ACKNOWLEDGE]


async def test_an_operator_answers_and_is_named(tmp_path: Path) -> None:
    """In the event, and in the audit record with the EventId and the comment; each Method has its kind."""
    lost = Lost()
    async with (
        opened_site(tmp_path, users=USERS, prepare=lost.prepare) as site,
        await site.user_client("Operator") as client,
    ):
        alarms, row = await raised(client, lost)
        assert (row["SourceName"], row["Severity"]) == ("line1", 700)
        assert row["EventType"] == standard_id(ObjectIds.SystemOffNormalAlarmType)
        assert await operate(row, client, ACKNOWLEDGE, *on_event(row, "cable")) == StatusCodes.Good
        acked = await alarms.next()
        assert (acked["ClientUserId"], acked["Comment"].Text) == ("Operator", "cable")
        (record,) = acknowledgements(site)
        assert (record.user, record.succeeded) == ("Operator", True)
        assert record.details["ConditionEventId"] == row["EventId"]
        assert record.details["Comment"] == "cable"
        shelving = ua.Variant(1000.0, ua.VariantType.Double)
        for method, kind, arguments in (
            (ObjectIds.ShelvedStateMachineType_TimedShelve, AuditKind.CONDITION_SHELVING, [shelving]),
            (ObjectIds.AlarmConditionType_Reset, AuditKind.CONDITION_RESET, []),
            (ObjectIds.ConditionType_Disable, AuditKind.CONDITION_ENABLE, []),
        ):
            await operate(row, client, method, *arguments)
            (record,) = [one for one in site.audit.records if one.kind is kind]
            assert record.source_node.endswith("Alarms.ConnectionLost")


async def test_who_has_not_the_role_does_not_answer_or_see(tmp_path: Path) -> None:
    """An observer sees, and his attempt is remembered; who has no role gets no alarm, nor by a refresh."""
    lost = Lost()
    async with (
        opened_site(tmp_path, users=USERS, prepare=lost.prepare) as site,
        await site.user_client("Observer") as client,
        await site.user_client("nobody") as nobody,
    ):
        unseen = await subscribed(nobody, SERVER, (), "line1")
        alarms, row = await raised(client, lost)
        code = await operate(row, client, ACKNOWLEDGE, *on_event(row))
        assert code == StatusCodes.BadUserAccessDenied
        assert not lost.alarm.state.acked
        assert await alarms.refresh() == StatusCodes.Good
        (record,) = acknowledgements(site)
        assert (record.user, record.status) == ("Observer", StatusCodes.BadUserAccessDenied)
        assert await unseen.refresh() == StatusCodes.BadUserAccessDenied
        assert not unseen.rows
