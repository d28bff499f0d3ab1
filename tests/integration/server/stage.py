"""A stage for the server's tests: models that compute, a server of either kind, and a client of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from asyncua import ua
from asyncua.server.server import Server
from asyncua.ua.attribute_ids import AttributeIds

from opcua_ml.application.served_model import ServedModel
from opcua_ml.config.server import ServerSection
from opcua_ml.domain.card import ModelCard
from opcua_ml.domain.computation import Computation as Timed
from opcua_ml.domain.signature import (
    DataType,
    Input,
    Output,
    OutputRole,
    Range,
    Signature,
    Statistics,
    Task,
    Window,
)
from opcua_ml.opcua.server.model_server import ModelServer
from opcua_ml.opcua.trust import PlantServer
from opcua_ml.service.clock import SystemClock

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from asyncua.common.node import Node

    from opcua_ml.domain.prediction import Prediction
    from opcua_ml.domain.queue_state import QueueState
    from opcua_ml.domain.row import Row
    from opcua_ml.domain.sample import Sample
    from tests.patient_client import Client

Computation = Callable[["Row"], "Row"]
SITE = "urn:example:plant"
FAULTS = ("none", "cavitation", "worn bearing")

PUMP = Signature(
    (
        Input("flow", description="Flow at the outlet", unit="MQH", range=Range(0.0, 120.0)),
        Input("running", DataType.BOOLEAN),
        Input("mode", DataType.INT32, categories=(1, 2, 5)),
        Input("current", DataType.FLOAT, unit="AMP", statistics=Statistics(9, 0, 5.0, 1.0, 2.0, 8.0)),
    ),
    (
        Output("fault", OutputRole.LABEL, categories=FAULTS),
        Output(
            "probabilities",
            OutputRole.PROBABILITIES,
            categories=("none", "cavitation", "worn bearing"),
            length=3,
        ),
        Output("confidence", OutputRole.CONFIDENCE),
        Output("score", OutputRole.SCORE),
        Output("anomaly", OutputRole.ANOMALY, DataType.BOOLEAN),
        Output("power", unit="KWT", range=Range(0.0, 50.0), description="Power drawn"),
    ),
)
TEXTS = Signature(
    (Input("grade", DataType.STRING, categories=("x", "y")), Input("trace", window=Window(3))),
    (Output("mean"), Output("grade", data_type=DataType.STRING), Output("cluster", OutputRole.CLUSTER)),
)
FLOW = Signature((Input("flow", unit="MQH"), Input("level")), (Output("sum"),))


def pump(row: Row) -> Row:
    """A cavitating pump where the flow is under 10, a worn one where the current is over 7."""
    flow, _, _, current = row
    fault = 1 if float(flow) < 10 else 2 if float(current) > 7 else 0  # type: ignore[arg-type]
    shares = tuple(0.8 if index == fault else 0.1 for index in range(3))
    return fault, shares, 0.8, float(flow) / 120, fault > 0, float(current) * 4  # type: ignore[arg-type]


def texts(row: Row) -> Row:
    """The mean of the trace, the grade again, and a cluster."""
    grade, trace = row
    return sum(trace) / 3, grade, -1  # type: ignore[arg-type]


def flow(row: Row) -> Row:
    """The sum."""
    return (float(row[0]) + float(row[1]),)  # type: ignore[arg-type]


@dataclass
class Arithmetic:
    """An executor whose model is a function of Python."""

    compute: Computation
    backend: str = "python"
    waiting: QueueState | None = None
    inline: bool = True

    def predict(self, rows: Sequence[Row]) -> list[Row]:
        """Row by row."""
        return [self.compute(row) for row in rows]

    async def run(self, rows: Sequence[Row]) -> Timed:
        """The same."""
        return Timed(self.predict(rows), 0.0)

    def close(self) -> None:
        """Nothing to let go."""


@dataclass
class Book:
    """A SampleReceiver that keeps what it is given, one entry per call."""

    entries: list[list[tuple[int, Sample]]] = field(default_factory=list)

    def receive(self, samples: Sequence[tuple[int, Sample]]) -> None:
        """Keep them."""
        self.entries.append(list(samples))


def card(name: str, signature: Signature = PUMP, **more: object) -> ModelCard:
    """The card of a model."""
    first = ModelCard(
        name,
        "1.0.0",
        Task.CLASSIFICATION,
        signature,
        "ab" * 32,
        description="Tells what is wrong with a pump.",
        framework="scikit-learn 1.9.1",
        author="Somebody",
    )
    return replace(first, **more)  # type: ignore[arg-type]


class Stage:
    """A server with models that compute; also its PredictionHandler."""

    def __init__(
        self, server: Server, endpoint: str = "opc.tcp://127.0.0.1:0/models", nodesets: tuple[Path, ...] = ()
    ) -> None:
        server.set_security_policy([ua.SecurityPolicyType.NoSecurity])
        self.clock = SystemClock()
        self.models: dict[str, ServedModel] = {}
        section = ServerSection(endpoint=endpoint, namespace_uri=SITE, name="Plant models", nodesets=nodesets)
        self.server = ModelServer(server, section, self, self.clock, max_batch_rows=100)

    async def predict(self, model: str, rows: Sequence[Sequence[object]]) -> list[Prediction]:
        """By the model of that name."""
        return await self.models[model].predict(rows)

    def inline_model(self, model: str) -> ServedModel | None:
        """The model of that name; None for one that is shown alone."""
        return self.models.get(model)

    async def show(self, shown: ModelCard, compute: Computation = pump, **options: object) -> ServedModel:
        """Serve a model and show it."""
        model = ServedModel(shown, Arithmetic(compute), self.clock, run_id="r")
        self.models[shown.name] = model
        await self.server.show_model(shown, backend="python", backend_reason="no other", **options)  # type: ignore[arg-type]
        return model

    async def publish(self, model: str, row: Sequence[object], **changes: object) -> Prediction:
        """Predict and publish, with fields of the prediction changed."""
        prediction = replace((await self.predict(model, [row]))[0], **changes)  # type: ignore[arg-type]
        await self.server.publisher.publish(prediction)
        return prediction


def plain_server() -> Server:
    """Asyncua as it comes."""
    return Server()


def plant_server() -> Server:
    """The hardened one."""
    return PlantServer()


async def site_node(client: Client, path: str) -> Node:
    """The site's node of this path, by the namespace's URI."""
    index = await client.get_namespace_index(SITE)
    return client.get_node(ua.NodeId(ua.String(path), ua.Int16(index)))


class Shown(NamedTuple):
    """A DataValue, opened."""

    value: Any
    status: int
    kind: ua.VariantType
    source_timestamp: datetime | None
    server_timestamp: datetime | None


def opened(found: ua.DataValue) -> Shown:
    """What stands in a DataValue; a missing status is Good."""
    variant = found.Value if found.Value is not None else ua.Variant()
    code = int(found.StatusCode.value) if found.StatusCode is not None else 0
    return Shown(variant.Value, code, variant.VariantType, found.SourceTimestamp, found.ServerTimestamp)


async def read(client: Client, path: str) -> Shown:
    """Value, status and both times, whatever the status is."""
    wanted = ua.ReadValueId(NodeId=(await site_node(client, path)).nodeid, AttributeId=AttributeIds.Value)
    parameters = ua.ReadParameters(TimestampsToReturn=ua.TimestampsToReturn.Both, NodesToRead=[wanted])
    return opened((await client.uaclient.read(parameters))[0])


async def value(client: Client, path: str) -> Any:
    """The value alone."""
    return (await read(client, path)).value


async def type_of(node: Node) -> ua.NodeId:
    """The type definition, which every object and variable has."""
    kind = await node.read_type_definition()
    assert kind is not None
    return kind


def utc(moment: datetime | None) -> datetime:
    """A time that is there."""
    assert moment is not None
    return moment
