"""Operators' desks: a server with alarms on models that compute, and clients with alarm lists."""

from __future__ import annotations

import asyncio
import itertools
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from asyncua import ua
from asyncua.ua.attribute_ids import AttributeIds
from asyncua.ua.object_ids import ObjectIds

from opcua_ml.application.alarms.board import AlarmBoard
from opcua_ml.application.alarms.watches import PredictionWatch
from opcua_ml.config.alarm import AlarmSection
from opcua_ml.opcua.alarms.display import ShownAlarms
from opcua_ml.opcua.space.standard import standard_id
from opcua_ml.service.building.output_alarms import OutputAlarms
from tests.integration.server.stage import PUMP, Stage, card, plant_server, site_node
from tests.patient_client import Client

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

    from asyncua.common.subscription import Subscription

    from opcua_ml.domain.prediction import Prediction

SECONDS = 30.0
FIELDS = (
    *("EventId", "EventType", "SourceNode", "SourceName", "Time", "Message", "Severity"),
    *("ConditionName", "ConditionClassId", "BranchId", "Retain", "EnabledState/Id", "Quality"),
    *("LastSeverity", "Comment", "ClientUserId", "AckedState", "AckedState/Id", "ConfirmedState/Id"),
    *("ActiveState", "ActiveState/Id", "ActiveState/TransitionTime", "InputNode"),
    *("SuppressedOrShelved", "ShelvingState/CurrentState", "LatchedState/Id"),
    *("LimitState/CurrentState", "LimitState/CurrentState/Id", "HighState/Id", "HighHighState/Id"),
    *("HighLimit", "NormalState", "PredictionId", "ModelVersion"),
)
"""What an alarm list selects, beside the ConditionId."""


@dataclass
class AlarmRow:
    """One event as an alarm list gets it: fields by their paths, and the ConditionId."""

    fields: dict[str, Any]

    def __getitem__(self, path: str) -> Any:
        return self.fields[path]

    @property
    def message(self) -> str:
        """In words."""
        return str(self.fields["Message"].Text)

    @property
    def state(self) -> tuple[bool, bool, bool]:
        """Active, acknowledged, in the list."""
        active, acked, retain = (self.fields[path] for path in ("ActiveState/Id", "AckedState/Id", "Retain"))
        return active, acked, retain


@dataclass
class AlarmList:
    """A subscription to the events of one node, of which one model's are kept.

    Attributes:
        rows: every event that came and was not taken yet, in order.
    """

    client: Client
    subscription: Subscription
    model: str
    rows: list[AlarmRow] = field(default_factory=list)
    _came: asyncio.Event = field(default_factory=asyncio.Event)

    async def take_next(self, count: int = 1) -> list[AlarmRow]:
        """The next rows."""
        async with asyncio.timeout(SECONDS):
            while len(self.rows) < count:
                self._came.clear()
                await self._came.wait()
        taken, self.rows[:] = self.rows[:count], self.rows[count:]
        return taken

    async def next(self) -> AlarmRow:
        """The next row."""
        return (await self.take_next())[0]

    def take(self, event: Any) -> None:
        """An event of this model, or the mark of a refresh, is a row."""
        row = AlarmRow({path: getattr(event, path or "NodeId", None) for path in ("", *FIELDS)})
        if row["SourceName"].split(".")[0] in {self.model, "Server"}:
            self.rows.append(row)
            self._came.set()

    async def refresh(self) -> int:
        """Call ConditionRefresh; its StatusCode."""
        return await call(
            self.client,
            standard_id(ObjectIds.ConditionType),
            standard_id(ObjectIds.ConditionType_ConditionRefresh),
            ua.Variant(self.subscription.subscription_id, ua.VariantType.UInt32),
        )


@dataclass
class Desk:
    """One model with its alarms.

    Attributes:
        model: name, of this desk alone.
    """

    model: str
    stage: AlarmStage

    async def score(self, score: float, **changes: Any) -> Prediction:
        """A prediction with this score and, below 0.084, the fault «cavitation»."""
        row = [score * 120, True, 1, 5.0]
        prediction = await self.stage.stage.publish(self.model, row, **changes)
        self.stage.watch.see(prediction)
        return prediction

    def client(self) -> Client:
        """Not connected yet."""
        return Client(self.stage.url, timeout=SECONDS)

    async def alarm_list(
        self, client: Client, path: str | ua.NodeId = "MachineLearning", where: Sequence[Any] = ()
    ) -> AlarmList:
        """The alarm list of a client that has subscribed to the events of a node, for this model's alarms."""
        node = path if isinstance(path, ua.NodeId) else (await site_node(client, path)).nodeid
        return await subscribed(client, node, where, self.model)


class AlarmStage:
    """A server with a board of alarms; every desk has a model of its own."""

    def __init__(self) -> None:
        self.stage = Stage(plant_server())
        self.board = AlarmBoard(self.stage.clock)
        self.watch = PredictionWatch(self.stage.clock)
        self._desks = itertools.count(1)
        self._shown: ShownAlarms | None = None

    @property
    def url(self) -> str:
        """Of the endpoint."""
        return self.stage.server.url

    async def desk(self, **alarms: Mapping[str, Any]) -> Desk:
        """A model with these alarms on its outputs, by their names.

        Args:
            alarms: tables as in the configuration; the output is `score` where it is not named.
        """
        model = f"pump{next(self._desks)}"
        made = OutputAlarms(model, PUMP, 3600.0, {})
        for name, table in alarms.items():
            alarm = made.made(name, AlarmSection(**{"output": "score", "off_delay_ms": 0, **table}))
            self.board.add(alarm.card, alarm.alarm)
            self.watch.add(model, alarm.watch)
        await self.stage.show(card(model))
        if self._shown is None:
            self._shown = ShownAlarms(self.stage.server, self.board)
        await self._shown.show()
        return Desk(model, self)


@asynccontextmanager
async def opened_stage() -> AsyncIterator[AlarmStage]:
    """A stage that clients can connect to, its board at work."""
    stage = AlarmStage()
    async with stage.stage.server as server:
        await server.open()
        async with asyncio.TaskGroup() as group:
            running = group.create_task(stage.board.run(), name="alarms")
            yield stage
            running.cancel()


async def subscribed(client: Client, node: ua.NodeId, where: Sequence[Any], model: str) -> AlarmList:
    """An alarm list of the events of a node."""
    later: list[AlarmList] = []

    class Handler:
        def event_notification(self, event: Any) -> None:
            later[0].take(event)

    subscription = await client.create_subscription(20, Handler())
    found = AlarmList(client, subscription, model)
    later.append(found)
    wanted = ua.EventFilter(SelectClauses=[select(one) for one in ("", *FIELDS)])
    wanted.WhereClause = ua.ContentFilter(Elements=list(where))
    await subscription.subscribe_events(node, evfilter=wanted)
    return found


def select(path: str, kind: int = ObjectIds.BaseEventType) -> ua.SimpleAttributeOperand:
    """A field by its path; an empty one is the ConditionId."""
    clause = ua.SimpleAttributeOperand()
    clause.TypeDefinitionId = standard_id(kind if path else ObjectIds.ConditionType)
    clause.BrowsePath = [ua.QualifiedName(name) for name in path.split("/")] if path else []
    clause.AttributeId = AttributeIds.Value if path else AttributeIds.NodeId
    return clause


async def call(client: Client, target: ua.NodeId, method: ua.NodeId, *arguments: ua.Variant) -> int:
    """The StatusCode of a Call."""
    request = ua.CallMethodRequest(target, method, list(arguments))
    (result,) = await client.uaclient.call([request])
    return int(result.StatusCode.value)


async def operate(row: AlarmRow, client: Client, method: int, *arguments: ua.Variant) -> int:
    """Call a Method of the types on the condition of a row; its StatusCode."""
    return await call(client, row[""], standard_id(method), *arguments)


def on_event(row: AlarmRow, comment: str | None = None) -> tuple[ua.Variant, ua.Variant]:
    """The arguments of Acknowledge, Confirm and AddComment."""
    return (
        ua.Variant(row["EventId"], ua.VariantType.ByteString),
        ua.Variant(ua.LocalizedText(comment), ua.VariantType.LocalizedText),
    )
