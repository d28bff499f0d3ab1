"""What a client finds when it looks around."""

from __future__ import annotations

from typing import Any

from asyncua import ua
from asyncua.ua.attribute_ids import AttributeIds
from asyncua.ua.object_ids import ObjectIds

from opcua_ml_simulator.opcua.node_ids import standard_node
from opcua_ml_simulator.tags import TagType

VARIABLE_ATTRIBUTES = (1, 2, 3, 4, 5, 14, 15, 17, 18, 19, 20)
GOOD_WORDS = {"Results.Enable"} | {
    f"Inquiry.{name}"
    for name in ("Enable", "SampleId", "RequestId", "FlowKnown", "LastFlow", "Answered", "GivenUp")
}
GOOD_FROM_THE_START = ("PumpStation.", "GroundTruth.", "Plc.", "SignalSet.")


def type_of(tag: Any) -> int:
    """The type definition a tag should have."""
    if tag.unit is not None:
        return ObjectIds.AnalogUnitRangeType
    if tag.states is not None:
        return ObjectIds.TwoStateDiscreteType
    return ObjectIds.BaseDataVariableType


async def test_every_tag_is_typed_described_and_has_its_unit_and_range(start_plant: Any) -> None:
    """All attributes are there, and the properties that its type promises."""
    plant = await start_plant(manual=True)
    for tag in plant.simulator.tags:
        node = plant.node(tag.path)
        found = await node.read_attributes([AttributeIds(number) for number in VARIABLE_ATTRIBUTES])
        assert all(value.StatusCode.is_good() for value in found), tag.path
        name, description = found[2].Value.Value, found[4].Value.Value
        assert name == ua.QualifiedName(tag.name, plant.namespace)
        assert description.Text == tag.description
        assert found[5].Value.Value.Identifier == tag.type.value
        assert found[6].Value.Value == (1 if tag.length else -1)
        assert bool(found[7].Value.Value & 2) == tag.writable
        assert found[9].Value.Value == 100.0
        assert (await node.read_type_definition()).Identifier == type_of(tag)
        children = {(await child.read_browse_name()).Name: child for child in await node.get_properties()}
        if tag.unit is not None:
            unit = await children["EngineeringUnits"].read_value()
            assert (unit.UnitId, unit.DisplayName.Text) == (tag.unit.unit_id, tag.unit.symbol)
            assert unit.NamespaceUri == "http://www.opcfoundation.org/UA/units/un/cefact"
            span = await children["EURange"].read_value()
            assert (span.Low, span.High) == (tag.low, tag.high)
        if tag.labels:
            labels = await children["EnumStrings"].read_value()
            assert tuple(label.Text for label in labels) == tag.labels
        if tag.states:
            states = [await children[name].read_value() for name in ("FalseState", "TrueState")]
            assert tuple(state.Text for state in states) == tag.states


async def test_tags_have_values_before_the_first_client_comes(start_plant: Any) -> None:
    """What the PLC computes is Good and of its type; what others write waits for initial data."""
    plant = await start_plant(manual=True)
    for tag in plant.simulator.tags:
        found = await plant.read(tag.path)
        if tag.path.startswith(GOOD_FROM_THE_START) or tag.path in GOOD_WORDS:
            assert found.StatusCode.is_good(), tag.path
            assert found.Value.VariantType.value == tag.type.value, tag.path
            assert found.SourceTimestamp is not None
        else:
            assert found.StatusCode.name == "BadWaitingForInitialData", tag.path
            assert found.Value.Value is None


async def test_browsing_finds_the_folders_and_methods(start_plant: Any) -> None:
    """Under Objects, in two levels; every method argument is typed and described."""
    plant = await start_plant(manual=True)
    children = {
        (await child.read_browse_name()).Name for child in await plant.client.nodes.objects.get_children()
    }
    assert {"PumpStation", "Results", "GroundTruth", "Plc", "Simulation", "SignalSet"} <= children
    for owner in ("Simulation", "SignalSet"):
        for method in await plant.node(owner).get_methods():
            assert (await method.read_description()).Text
            for properties in await method.get_properties():
                for argument in await properties.read_value():
                    assert argument.Name
                    assert argument.Description.Text
                    assert argument.DataType.Identifier in set(TagType) | {19}


async def test_the_server_says_who_it_is(start_plant: Any, eventually: Any) -> None:
    """Server name, build info and a clock that moves; one endpoint, without security, for anonymous users."""
    plant = await start_plant(name="Pump station 7")
    build = await plant.client.get_node(
        ua.NodeId(ua.Int32(ObjectIds.Server_ServerStatus_BuildInfo))
    ).read_value()
    assert (build.ProductName, build.ManufacturerName) == ("Pump station 7", "opcua_ml")
    (endpoint,) = await plant.client.get_endpoints()
    assert endpoint.SecurityPolicyUri.endswith("#None")
    assert [token.TokenType for token in endpoint.UserIdentityTokens] == [ua.UserTokenType.Anonymous]
    assert endpoint.EndpointUrl == plant.simulator.endpoint
    clock = plant.client.get_node(standard_node(ObjectIds.Server_ServerStatus_CurrentTime))
    first = await clock.read_value()

    async def moved() -> bool:
        return bool(await clock.read_value() > first)

    await eventually(moved)


async def test_node_ids_stay_the_same_over_a_restart(start_simulator: Any) -> None:
    """Two runs with other settings have the same identifiers for the same tags."""
    first = await start_simulator(manual=True, seed=1)
    second = await start_simulator(manual=True, seed=2, speed=5.0)
    for tag in first.tags:
        assert first.node_id(tag.path).Identifier == second.node_id(tag.path).Identifier == tag.path
    assert first.namespace_uri == second.namespace_uri == "urn:opcua-ml:simulator"
