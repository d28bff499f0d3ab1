"""Predictions on the nodes: quality, reason and time, together, and to those who subscribe."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from asyncua.ua.attribute_ids import AttributeIds

from opcua_ml.application.latency import LatencySummary
from opcua_ml.application.statistics import ModelStatistics
from opcua_ml.domain.queue_state import Overflow, QueueState
from opcua_ml.domain.signature import Output, OutputRole, Signature, Statistics
from opcua_ml.domain.state import ModelState
from opcua_ml.domain.status import Status
from tests.integration.server.stage import (
    FLOW,
    PUMP,
    TEXTS,
    Shown,
    card,
    flow,
    opened,
    read,
    site_node,
    texts,
    utc,
    value,
)
from tests.patient_client import Client

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from asyncua.common.node import Node

    from tests.integration.server.stage import Stage

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
ROW = (30.0, True, 5, 3.0)
WAIT = 30.0


class Watch:
    """Keeps what a subscription brings."""

    def __init__(self) -> None:
        self.values: asyncio.Queue[Shown] = asyncio.Queue(1000)

    def datachange_notification(self, _node: Node, _value: object, data: Any) -> None:
        """One change."""
        self.values.put_nowait(opened(data.monitored_item.Value))

    async def next(self) -> Shown:
        """The next change; TimeoutError where there is none."""
        return await asyncio.wait_for(self.values.get(), WAIT)


@asynccontextmanager
async def watching(client: Client, path: str) -> AsyncIterator[Watch]:
    """A subscription to one node."""
    watch = Watch()
    subscription = await client.create_subscription(20, watch)
    await subscription.subscribe_data_change(await site_node(client, path))
    try:
        yield watch
    finally:
        await subscription.delete()


@pytest.mark.parametrize(
    ("model", "sources", "why"),
    [
        ("waiting", {"flow": "pump:s=Flow"}, "waiting for the first inputs"),
        ("called", {}, "scored by method calls alone"),
    ],
)
async def test_before_the_first_prediction_nothing_is_good(
    stage: Stage, client: Client, model: str, sources: dict[str, str], why: str
) -> None:
    """Inputs, outputs and Latest wait for initial data: never a null under Good; the reason says for what."""
    await stage.show(card(model), sources=sources)
    for path in (
        "Inputs.flow",
        "Outputs.score",
        "Outputs.probabilities",
        "Outputs.probabilities.cavitation",
        "Outputs.fault.ValueAsText",
        "Latest",
    ):
        shown = await read(client, f"{model}.{path}")
        assert (shown.status, shown.value) == (Status.BadWaitingForInitialData, None)
    assert await value(client, f"{model}.Quality") == "Bad"
    assert why in str(await value(client, f"{model}.Reason"))


async def test_a_good_prediction_is_shown_with_its_time(stage: Stage, client: Client) -> None:
    """Values, Good, the SourceTimestamp of the inputs on every output, and a name beside each label."""
    await stage.show(card("good"))
    await stage.publish("good", ROW, source_timestamp=NOON)
    for path, wanted in {
        "Inputs.flow": 30.0,
        "Inputs.mode": 5,
        "Outputs.fault": 0,
        "Outputs.probabilities": [0.8, 0.1, 0.1],
        "Outputs.probabilities.none": 0.8,
        "Outputs.probabilities.worn bearing": 0.1,
        "Outputs.anomaly": False,
        "Outputs.power": 12.0,
    }.items():
        shown = await read(client, f"good.{path}")
        assert (shown.value, shown.status, shown.source_timestamp) == (wanted, Status.Good, NOON)
        assert shown.server_timestamp is not None
    for path, word in {"Outputs.fault": "none", "Inputs.mode": "5"}.items():
        named = await value(client, f"good.{path}.ValueAsText")
        assert named.Text == word
    words = [await value(client, f"good.{name}") for name in ("Quality", "Reason", "OffendingTag")]
    assert words == ["Good", "", ""]


async def test_a_bad_prediction_has_reason_and_no_value(stage: Stage, client: Client) -> None:
    """Outputs are null with the StatusCode; the words name the tag; the good input keeps its value."""
    await stage.show(card("bad"))
    await stage.publish("bad", ROW)
    bad = Status.BadNoCommunication
    await stage.publish(
        "bad",
        ROW,
        status=bad,
        outputs=(),
        inputs=(None, True, 5, 3.0),
        input_status=(bad, 0, 0, 0),
        reason="flow: the PLC is away",
        offending_input="flow",
    )
    for path in (
        "Inputs.flow",
        "Outputs.fault",
        "Outputs.fault.ValueAsText",
        "Outputs.power",
        "Outputs.probabilities",
        "Outputs.probabilities.none",
    ):
        shown = await read(client, f"bad.{path}")
        assert (shown.status, shown.value) == (bad, None)
    assert await value(client, "bad.Inputs.running") is True
    words = [await value(client, f"bad.{name}") for name in ("Quality", "Reason", "OffendingTag")]
    assert words == ["Bad", "flow: the PLC is away", "flow"]


@pytest.mark.parametrize(
    ("offending", "age", "shown"),
    [
        ("flow", 12.5, (12.5, Status.Good)),
        ("flow", None, (None, Status.BadWaitingForInitialData)),
        ("", None, (0.0, Status.Good)),
    ],
)
async def test_the_age_of_the_offending_input_stands_beside_its_name(
    stage: Stage, client: Client, offending: str, age: float | None, shown: tuple[float | None, int]
) -> None:
    """Since when it has had no usable value; Bad where it never had one, 0 where none offends."""
    await stage.show(card("aged"))
    bad = Status.BadNoCommunication if offending else Status.Good
    await stage.publish("aged", ROW, status=bad, offending_input=offending, offending_age_seconds=age)
    found = await read(client, "aged.OffendingTagAge")
    assert (found.value, found.status) == shown
    told = await (await site_node(client, "aged.OffendingTagAge")).read_description()
    assert "as of the last prediction" in str(told.Text), "it does not grow by itself"


async def test_the_moment_of_the_offending_input_s_age_is_told_with_it(stage: Stage, client: Client) -> None:
    """The age stands still until the next prediction; its ServerTimestamp tells since when."""
    await stage.show(card("aging"))
    bad = {"status": Status.BadNoCommunication, "offending_input": "flow", "offending_age_seconds": 0.1}
    await stage.publish("aging", ROW, **bad)
    told = datetime.now(UTC)
    first = await read(client, "aging.OffendingTagAge")
    assert first.value == 0.1
    assert utc(first.server_timestamp) <= told
    assert await read(client, "aging.OffendingTagAge") == first


async def test_queues_are_shown_with_size_policy_and_losses(stage: Stage, client: Client) -> None:
    """Each with nodes of its own, from the first time that it is told of."""
    await stage.show(card("queued"))
    queue = QueueState("Vectors", 64, Overflow.OLDEST_GOES)
    for state in (queue, replace(queue, depth=3, dropped=2)):
        await stage.server.publisher.publish_statistics("queued", ModelStatistics(queues=(state,)))
    path = "queued.Diagnostics.Queues.Vectors"
    shown = [await value(client, f"{path}.{name}") for name in ("Size", "Policy", "Depth", "Dropped")]
    assert shown == [64, "the oldest goes", 3, 2]


async def test_an_uncertain_prediction_keeps_its_value(stage: Stage, client: Client) -> None:
    """Value and StatusCode, both."""
    await stage.show(card("uncertain"))
    status = Status.UncertainLastUsableValue
    await stage.publish("uncertain", ROW, status=status, input_status=(status, 0, 0, 0), reason="flow: held")
    shown = await read(client, "uncertain.Outputs.power")
    assert (shown.value, shown.status) == (12.0, status)
    assert (await read(client, "uncertain.Inputs.flow")).status == status
    assert (await read(client, "uncertain.Inputs.mode")).status == Status.Good
    assert await value(client, "uncertain.Quality") == "Uncertain"


async def test_subscribers_see_a_change_of_quality_alone(stage: Stage, client: Client) -> None:
    """Waiting, Good, Uncertain with the same value, Bad, Good again: five notifications."""
    await stage.show(card("watched"))
    async with watching(client, "watched.Outputs.power") as watch:
        seen = [await watch.next()]
        for status in (Status.Good, Status.UncertainSubNormal, Status.BadNoCommunication, Status.Good):
            await stage.publish("watched", ROW, status=status)
            seen.append(await watch.next())
    assert [(shown.status, shown.value) for shown in seen] == [
        (Status.BadWaitingForInitialData, None),
        (Status.Good, 12.0),
        (Status.UncertainSubNormal, 12.0),
        (Status.BadNoCommunication, None),
        (Status.Good, 12.0),
    ]


async def test_latest_is_one_whole_prediction(stage: Stage, client: Client) -> None:
    """The structure has everything, by name; a Bad one tells why, and its own status is not Good."""
    await client.load_data_type_definitions()
    await stage.show(card("latest"))
    made = await stage.publish(
        "latest", ROW, source_timestamp=NOON, inference_seconds=0.002, response_seconds=0.5
    )
    shown = await read(client, "latest.Latest")
    latest = shown.value
    assert shown.status == Status.Good
    assert (latest.PredictionId, latest.Sequence, latest.ModelName, latest.ModelVersion) == (
        made.id,
        made.sequence,
        "latest",
        "1.0.0",
    )
    assert latest.SourceTimestamp == NOON
    assert {one.Name: one.Value.Value for one in latest.Inputs} == dict(
        zip(("flow", "running", "mode", "current"), ROW, strict=True)
    )
    assert {one.Name: one.Value.Value for one in latest.Outputs}["probabilities"] == [0.8, 0.1, 0.1]
    assert (latest.InferenceTime, latest.ResponseTime) == (2.0, 500.0)
    await stage.publish(
        "latest", ROW, status=Status.BadNoCommunication, outputs=(), reason="away", offending_input="flow"
    )
    shown = await read(client, "latest.Latest")
    latest = shown.value
    assert shown.status >> 30 == 1
    assert (latest.Quality, latest.Reason, latest.OffendingTag, latest.Outputs) == ("Bad", "away", "flow", [])
    assert latest.StatusCode.value == Status.BadNoCommunication


async def test_a_number_beyond_its_type_spoils_no_other_value_of_a_read(plant_stage: Stage) -> None:
    """It and the structure that holds it are BadEncodingError; what is read with them is answered."""
    await plant_stage.show(card("beyond"))
    await plant_stage.publish("beyond", ROW, inputs=(30.0, True, 5, 1e39))
    async with Client(plant_stage.server.url) as client:
        paths = ("Inputs.flow", "Inputs.current", "Latest", "Outputs.power")
        nodes = [await site_node(client, f"beyond.{path}") for path in paths]
        shown = [
            opened(one)
            for one in await client.uaclient.read_attributes(
                [node.nodeid for node in nodes], AttributeIds.Value
            )
        ]
    bad = (Status.BadEncodingError, None)
    assert [(one.status, one.value) for one in shown] == [(0, 30.0), bad, bad, (0, 12.0)]


async def test_a_read_never_sees_half_of_a_prediction(stage: Stage, client: Client) -> None:
    """While predictions are published as fast as they come, one Read sees inputs, output and Latest agree."""
    await client.load_data_type_definitions()
    await stage.show(card("whole", FLOW), flow)
    await stage.publish("whole", (0.0, 0.0))
    paths = ("Inputs.flow", "Inputs.level", "Outputs.sum", "Latest")
    nodes = [await site_node(client, f"whole.{path}") for path in paths]

    async def publish() -> None:
        for number in range(1, 300):
            await stage.publish("whole", (float(number), float(number)))
            await asyncio.sleep(0)

    seen = set()
    async with asyncio.TaskGroup() as group:
        publishing = group.create_task(publish(), name="publish")
        while not publishing.done():
            first, second, total, latest = await client.read_values(nodes)
            assert first == second == latest.Inputs[0].Value.Value
            assert total == first + second == latest.Outputs[0].Value.Value
            seen.add(first)
    assert len(seen) > 3


async def test_a_prediction_under_way_at_a_swap_is_shown_under_its_own_version(
    stage: Stage, client: Client
) -> None:
    """What a PLC's tag gets, clients see too; and a swap leaves what is on show as it is."""
    await stage.show(card("late"))
    old = await stage.publish("late", ROW)
    trained_anew = replace(PUMP.inputs[0], statistics=Statistics(9, 0, 4.0, 1.0, 0.0, 9.0))
    await stage.show(card("late", replace(PUMP, inputs=(trained_anew, *PUMP.inputs[1:])), version="2.0.0"))
    assert await value(client, "late.Outputs.power") == 12.0
    await stage.server.publisher.publish(replace(old, outputs=(2, (0.0, 0.0, 1.0), 1.0, 9.0, True, 9.0)))
    assert await value(client, "late.Outputs.power") == 9.0
    latest = await value(client, "late.Latest")
    assert latest.ModelVersion == old.version


async def test_a_prediction_of_another_signature_is_not_shown(stage: Stage, client: Client) -> None:
    """What was under way when a version of another signature took over does not pass for that one's."""
    await stage.show(card("foreign"))
    old = await stage.publish("foreign", ROW)
    other = replace(PUMP, inputs=(replace(PUMP.inputs[0], unit="L2"), *PUMP.inputs[1:]))
    await stage.show(card("foreign", other, version="2.0.0"))
    await stage.server.publisher.publish(old)
    assert (await read(client, "foreign.Outputs.power")).status == Status.BadWaitingForInitialData


async def test_windows_and_texts_are_shown(stage: Stage, client: Client) -> None:
    """A window as an array, a text as a text."""
    await stage.show(card("shown texts", TEXTS), texts)
    await stage.publish("shown texts", ("x", (1.0, 2.0, 3.0)))
    assert await value(client, "shown texts.Inputs.trace") == [1.0, 2.0, 3.0]
    assert await value(client, "shown texts.Inputs.grade") == "x"
    assert await value(client, "shown texts.Outputs.grade") == "x"


async def test_every_number_of_an_array_is_there_for_those_who_take_scalars_alone(
    stage: Stage, client: Client
) -> None:
    """By the class's name, with a range; by its place where classes have no names, or such as are taken."""
    outputs = (
        Output("sure", OutputRole.PROBABILITIES, categories=("a.b", "EURange"), length=2),
        Output("ahead", length=3, unit="MQH"),
        Output("long", length=65),
    )
    await stage.show(card("each", Signature(PUMP.inputs, outputs)))
    await stage.publish("each", ROW, outputs=((0.25, 0.75), (1.0, 2.0, 3.0), (0.0,) * 65))
    for path, wanted in {"sure.0": 0.25, "sure.1": 0.75, "ahead.0": 1.0, "ahead.2": 3.0}.items():
        assert await value(client, f"each.Outputs.{path}") == wanted
    span = await value(client, "each.Outputs.sure.1.EURange")
    assert (span.Low, span.High) == (0.0, 1.0)
    assert (await value(client, "each.Outputs.ahead.1.EngineeringUnits")).DisplayName.Text == "m³/h"
    assert (await read(client, "each.Outputs.long.0")).status == Status.BadNodeIdUnknown


@pytest.mark.parametrize("state", list(ModelState))
async def test_a_state_is_shown_in_name_number_and_node(
    stage: Stage, client: Client, state: ModelState
) -> None:
    """CurrentState, its Id in the type's state machine, the number, and the reason."""
    await stage.show(card("stateful"))
    await stage.server.publisher.publish_state("stateful", state, "because")
    shown = await value(client, "stateful.State.CurrentState")
    assert shown.Text == state.name
    node_id = await value(client, "stateful.State.CurrentState.Id")
    assert (await client.get_node(node_id).read_browse_name()).Name == state.name
    assert await value(client, "stateful.State.ModelState") == state
    assert await value(client, "stateful.State.Reason") == "because"


async def test_statistics_are_shown(stage: Stage, client: Client) -> None:
    """Counters, percentiles, and a counter of its own for every reason of rejection that occurred."""
    await stage.show(card("counted"))
    statistics = ModelStatistics(
        predictions=2**40,
        calls=3,
        rejected=5,
        rejected_by_reason={"BadNoCommunication": 4, "InputOutOfRange": 1},
        queue_depth=7,
        undecided=8,
        missed_periods=9,
        window_memory=10,
        mean_batch=2.5,
        inference=LatencySummary(1.0, 2.0, 3.0),
    )
    await stage.server.publisher.publish_statistics("counted", statistics)
    await stage.server.publisher.publish_statistics("counted", replace(statistics, calls=4))
    shown = {
        path: await value(client, f"counted.Diagnostics.{path}")
        for path in (
            *(
                "Predictions",
                "Calls",
                "Rejected",
                "QueueDepth",
                "Undecided",
                "MissedPeriods",
                "WindowMemory",
                "MeanBatchSize",
                "InferenceLatency.P50",
                "InferenceLatency.Maximum",
            ),
            *("RejectedByReason.BadNoCommunication", "RejectedByReason.InputOutOfRange", "Backend"),
        )
    }
    assert list(shown.values()) == [2**40, 4, 5, 7, 8, 9, 10, 2.5, 1.0, 3.0, 4, 1, "python"]


async def test_what_belongs_to_no_model_changes_nothing(stage: Stage) -> None:
    """Late values of a model that is gone are dropped."""
    await stage.show(card("gone"))
    made = await stage.publish("gone", ROW)
    await stage.server.remove_model("gone")
    await stage.server.publisher.publish(made)
    await stage.server.publisher.publish_state("gone", ModelState.Ready, "")
    await stage.server.publisher.publish_statistics("gone", ModelStatistics())
    assert "gone" not in stage.server.models
