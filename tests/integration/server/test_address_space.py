"""What an engineer finds who browses the server."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from asyncua import ua
from asyncua.ua.attribute_ids import AttributeIds
from asyncua.ua.object_ids import ObjectIds

from opcua_ml.domain.status import Severity, Status, severity
from tests.integration.server.stage import (
    SITE,
    TEXTS,
    Book,
    card,
    opened,
    read,
    site_node,
    texts,
    type_of,
    value,
)
from tests.integration.server.walk import Found, attributes, walk

if TYPE_CHECKING:
    from tests.integration.server.stage import Stage
    from tests.patient_client import Client

ODD_NAMES = [
    "dotted.name",
    "with space",
    "grüße/μ²",
    "100 %",
    "ns=0;i=85",
    "MachineLearning",
    "a",
    "a.Inputs",
]

ROW = (30.0, True, 5, 3.0)
AFTER_A_PREDICTION: dict[str, dict[str, object]] = {
    "full and good": {},
    "full and uncertain": {
        "status": Status.UncertainLastUsableValue,
        "input_status": (Status.UncertainLastUsableValue, 0, 0, 0),
    },
    "full and bad": {
        "status": Status.BadNoCommunication,
        "outputs": (),
        "inputs": (None, True, 5, 3.0),
        "input_status": (Status.BadNoCommunication, 0, 0, 0),
        "offending_input": "flow",
    },
}


async def _site(client: Client) -> list[Found]:
    return await walk(client, client.nodes.objects, await client.get_namespace_index(SITE))


async def test_everything_is_below_one_entry_point(stage: Stage, client: Client) -> None:
    """Objects/MachineLearning/Models/<model>, with the parts that the type promises."""
    await stage.show(card("browsed"))
    names = ["2:MachineLearning", "2:Models", "3:browsed"]
    model = await client.nodes.objects.get_child(names)
    assert model.nodeid == (await site_node(client, "browsed")).nodeid
    parts = {reference.BrowseName.Name for reference in await model.get_children_descriptions()}
    assert parts == {
        *("Identification", "State", "Inputs", "Outputs", "Latest", "Quality", "Reason", "OffendingTag"),
        *("OffendingTagAge", "Predict", "PredictBatch", "Diagnostics"),
    }


async def test_namespaces_have_fixed_places(client: Client) -> None:
    """Types, then the site: for clients that bind to indices against all advice."""
    assert (await client.get_namespace_array())[2:] == ["urn:opcua-ml:UA", SITE]


async def test_the_types_namespace_tells_what_is_static(client: Client) -> None:
    """NamespaceMetadata of our types: URI, version, numeric NodeIds, and no blank."""
    metadata = await client.nodes.namespaces.get_child("2:urn:opcua-ml:UA")
    shown = {
        one.BrowseName.Name: await client.get_node(one.NodeId).read_value()
        for one in await metadata.get_children_descriptions()
    }
    assert shown.pop("NamespacePublicationDate").year >= 2026
    assert shown == {
        "NamespaceUri": "urn:opcua-ml:UA",
        "NamespaceVersion": "1.0.0",
        "IsNamespaceSubset": False,
        "StaticNodeIdTypes": [0],
        "StaticNumericNodeIdRange": ["1001:7999"],
        "StaticStringNodeIdPattern": "",
    }


async def test_no_attribute_is_blank(stage: Stage, client: Client) -> None:
    """Every node of ours has every attribute of its class; a value is there, or null and Bad with a reason.

    So before the first prediction and after one of each quality.
    """
    await stage.show(card("full"), receiver=Book())
    await stage.show(card("full of texts", TEXTS), texts)
    for name, changes in AFTER_A_PREDICTION.items():
        await stage.show(card(name))
        await stage.publish(name, ROW, **changes)
    await stage.server.sources.add("plc full", "opc.tcp://127.0.0.1:1/plc")
    nodes = await _site(client)
    assert len(nodes) > 150
    blank = [
        (one.path, attribute.name)
        for one in nodes
        for attribute, held in (await attributes(one)).items()
        if not _filled(attribute, held)
    ]
    assert blank == []
    latest = {name: await read(client, f"{name}.Latest") for name in AFTER_A_PREDICTION}
    assert [severity(shown.status) for shown in latest.values()] == [
        Severity.GOOD,
        Severity.UNCERTAIN,
        Severity.UNCERTAIN,
    ]
    assert None not in [shown.value for shown in latest.values()]


def _filled(attribute: AttributeIds, held: ua.DataValue) -> bool:
    shown = opened(held)
    if attribute == AttributeIds.Value and severity(shown.status) is Severity.BAD:
        return shown.value is None and shown.status != Status.Bad
    if attribute in (AttributeIds.Description, AttributeIds.DisplayName):
        return bool(shown.value.Text)
    if attribute == AttributeIds.MinimumSamplingInterval:
        return bool(shown.value == 0.0)
    may_be_uncertain = attribute == AttributeIds.Value
    return shown.value is not None and (may_be_uncertain or shown.status == Status.Good)


async def test_inputs_are_what_hmis_expect(stage: Stage, client: Client) -> None:
    """Analog values with unit and range, switches with texts, choices with names."""
    await stage.show(card("inputs"))
    kinds = {}
    for name in ("flow", "running", "mode", "current"):
        node = await site_node(client, f"inputs.Inputs.{name}")
        kinds[name] = (await type_of(node)).Identifier
    assert kinds == {
        "flow": ObjectIds.AnalogUnitRangeType,
        "running": ObjectIds.TwoStateDiscreteType,
        "mode": ObjectIds.MultiStateValueDiscreteType,
        "current": ObjectIds.AnalogUnitRangeType,
    }
    units = await value(client, "inputs.Inputs.flow.EngineeringUnits")
    assert (units.UnitId, units.DisplayName.Text) == (5067080, "m³/h")
    declared = await value(client, "inputs.Inputs.flow.EURange")
    trained = await value(client, "inputs.Inputs.current.EURange")
    assert (declared.Low, declared.High, trained.Low, trained.High) == (0.0, 120.0, 2.0, 8.0)
    choices = await value(client, "inputs.Inputs.mode.EnumValues")
    assert [choice.Value for choice in choices] == [1, 2, 5]


async def test_outputs_are_typed_by_their_role(stage: Stage, client: Client) -> None:
    """Labels with names, probabilities with class names, an anomaly as a switch, numbers with units."""
    await stage.show(card("outputs"))
    kinds = {}
    for name in ("fault", "probabilities", "confidence", "score", "anomaly", "power"):
        node = await site_node(client, f"outputs.Outputs.{name}")
        kinds[name] = (
            (await type_of(node)).Identifier,
            (await node.read_data_type()).Identifier,
        )
    assert kinds == {
        "fault": (ObjectIds.MultiStateDiscreteType, ObjectIds.UInt32),
        "probabilities": (ObjectIds.AnalogUnitRangeType, ObjectIds.Double),
        "confidence": (ObjectIds.AnalogUnitRangeType, ObjectIds.Double),
        "score": (ObjectIds.AnalogUnitType, ObjectIds.Double),
        "anomaly": (ObjectIds.TwoStateDiscreteType, ObjectIds.Boolean),
        "power": (ObjectIds.AnalogUnitRangeType, ObjectIds.Double),
    }
    labels = await value(client, "outputs.Outputs.fault.EnumStrings")
    assert [label.Text for label in labels] == ["none", "cavitation", "worn bearing"]
    assert await value(client, "outputs.Outputs.probabilities.ClassNames") == [
        "none",
        "cavitation",
        "worn bearing",
    ]


async def test_identification_is_the_card(stage: Stage, client: Client) -> None:
    """What the package tells; what it does not tell is absent, not blank."""
    await stage.show(card("identified"))
    assert await value(client, "identified.Identification.Name") == "identified"
    assert await value(client, "identified.Identification.Task") == 0
    assert await value(client, "identified.Identification.ActiveVersion") == "1.0.0"
    assert await value(client, "identified.Identification.Framework") == "scikit-learn 1.9.1"
    assert (await read(client, "identified.Identification.License")).status == Status.BadNodeIdUnknown


@pytest.mark.parametrize("name", ODD_NAMES)
async def test_odd_names_do_not_collide(stage: Stage, client: Client, name: str) -> None:
    """Models of all odd names stand side by side, each found by its own BrowseName."""
    for other in ODD_NAMES:
        if other not in stage.server.models:
            await stage.show(card(other))
    model = await client.nodes.objects.get_child(
        ["2:MachineLearning", "2:Models", ua.QualifiedName(name, ua.UInt16(3))]
    )
    identification = await model.get_child("2:Identification")
    assert await (await identification.get_child("2:Name")).read_value() == name


async def test_a_foreign_node_is_not_found(client: Client) -> None:
    """What does not exist says so."""
    assert (await read(client, "nothing.Outputs.here")).status == Status.BadNodeIdUnknown


async def test_build_info_is_the_truth(client: Client) -> None:
    """Product, version and application as they are."""
    info = await client.get_node(ua.NodeId(ObjectIds.Server_ServerStatus_BuildInfo)).read_value()  # type: ignore[arg-type]
    assert info.ProductName == "opcua_ml"
    assert info.SoftwareVersion.count(".") >= 1
