"""A new version of a model, on the same nodes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from asyncua.ua.object_ids import ObjectIds

from opcua_ml.domain.signature import DataType, Input, Output, OutputRole, Signature, Window
from opcua_ml.domain.status import Status
from tests.integration.server.stage import PUMP, SITE, card, pump, read, site_node, type_of, value
from tests.integration.server.test_predictions import ROW, watching
from tests.integration.server.walk import walk

if TYPE_CHECKING:
    from tests.integration.server.stage import Stage
    from tests.patient_client import Client


async def _paths(client: Client, model: str) -> list[str]:
    start = await site_node(client, model)
    return sorted(one.path for one in await walk(client, start, await client.get_namespace_index(SITE)))


async def test_a_version_of_the_same_signature_keeps_nodes_values_and_watchers(
    stage: Stage, client: Client
) -> None:
    """Same NodeIds, the last values, a subscription that goes on; what tells of the version changes."""
    await stage.show(card("kept"))
    await stage.publish("kept", ROW)
    before = await _paths(client, "kept")
    async with watching(client, "kept.Outputs.power") as watch:
        assert (await watch.next()).value == 12.0
        await stage.show(card("kept", version="2.0.0", license="MIT"))
        assert set(await _paths(client, "kept")) - set(before) == {"kept.Identification.License"}
        assert await value(client, "kept.Outputs.power") == 12.0
        await stage.publish("kept", (30.0, True, 5, 4.0))
        assert (await watch.next()).value == 16.0
    assert await value(client, "kept.Identification.ActiveVersion") == "2.0.0"


async def test_a_version_of_another_signature_brings_its_nodes(stage: Stage, client: Client) -> None:
    """What both have stays, watched; what is new appears; what is gone tells its watchers; values wait."""
    await stage.show(card("changed"))
    await stage.publish("changed", ROW)
    inputs = (
        replace(PUMP.inputs[0], unit="L2", description="Flow, finer"),
        *PUMP.inputs[1:3],
        Input("level"),
    )
    outputs = (*PUMP.outputs[:5], Output("remaining", unit="HUR"))
    async with (
        watching(client, "changed.Outputs.score") as stays,
        watching(client, "changed.Outputs.power") as goes,
    ):
        assert (await stays.next()).value == 0.25
        assert (await goes.next()).value == 12.0
        await stage.show(
            card("changed", Signature(inputs, outputs), version="2.0.0"), lambda row: (*pump(row)[:5], 7.0)
        )
        assert (await goes.next()).status == Status.BadNodeIdUnknown
        assert (await stays.next()).status == Status.BadWaitingForInitialData
        await stage.publish("changed", (60.0, True, 5, 3.0))
        assert (await stays.next()).value == 0.5
    assert (await read(client, "changed.Outputs.power")).status == Status.BadNodeIdUnknown
    assert (await read(client, "changed.Inputs.current.EURange")).status == Status.BadNodeIdUnknown
    assert await value(client, "changed.Outputs.remaining") == 7.0
    units = await value(client, "changed.Inputs.flow.EngineeringUnits")
    assert units.DisplayName.Text == "l/min"
    flow = await site_node(client, "changed.Inputs.flow")
    assert (await flow.read_description()).Text == "Flow, finer"
    arguments = await value(client, "changed.Predict.InputArguments")
    assert [argument.Name for argument in arguments] == ["flow", "running", "mode", "level"]


async def test_a_node_may_become_of_another_type(stage: Stage, client: Client) -> None:
    """A number that becomes a label, an input that becomes a window: the same NodeId, another type."""
    first = Signature((Input("x"),), (Output("y"),))
    second = Signature(
        (Input("x", window=Window(2)),), (Output("y", OutputRole.LABEL, categories=("a", "b")),)
    )
    await stage.show(card("retyped", first), lambda row: (float(row[0]),))  # type: ignore[arg-type]
    await stage.publish("retyped", (1.0,))
    await stage.show(card("retyped", second, version="2"), lambda _: (1,))
    output, given = await site_node(client, "retyped.Outputs.y"), await site_node(client, "retyped.Inputs.x")
    assert (await type_of(output)).Identifier == ObjectIds.MultiStateDiscreteType
    assert (await output.read_data_type()).Identifier == ObjectIds.UInt32
    assert (await given.read_value_rank(), await given.read_array_dimensions()) == (1, [2])
    parent = await site_node(client, "retyped.Outputs")
    kinds = [one.TypeDefinition.Identifier for one in await parent.get_children_descriptions()]
    assert kinds == [ObjectIds.MultiStateDiscreteType]
    await stage.publish("retyped", ((1.0, 2.0),))
    assert await value(client, "retyped.Outputs.y") == 1
    assert await value(client, "retyped.Inputs.x") == [1.0, 2.0]


async def test_a_removed_model_leaves_nothing(stage: Stage, client: Client) -> None:
    """No node, no reference; and when it comes back it has its old NodeIds."""
    await stage.show(card("removed"))
    before = await _paths(client, "removed")
    await stage.server.remove_model("removed")
    models = await site_node(client, "MachineLearning.Models")
    assert "removed" not in [one.BrowseName.Name for one in await models.get_children_descriptions()]
    assert (await read(client, "removed.Outputs.power")).status == Status.BadNodeIdUnknown
    await stage.show(card("removed"))
    assert await _paths(client, "removed") == before


async def test_a_type_that_no_output_had(stage: Stage, client: Client) -> None:
    """Small integers keep their own built-in type."""
    signature = Signature((Input("x", DataType.BYTE),), (Output("y", data_type=DataType.SBYTE),))
    await stage.show(card("small", signature), lambda row: (-int(row[0]),))  # type: ignore[arg-type]
    await stage.publish("small", (3,))
    shown = await read(client, "small.Outputs.y")
    assert (shown.value, shown.kind.name) == (-3, "SByte")
