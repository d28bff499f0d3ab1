"""What the standard's own types say of themselves."""

from __future__ import annotations

from typing import Any

import pytest
import pytest_asyncio
from asyncua import ua
from asyncua.ua.attribute_ids import AttributeIds
from asyncua.ua.object_ids import ObjectIds

from opcua_ml.opcua.trust import PlantServer
from opcua_ml.opcua.trust.ground.ua_values import node_id

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server() -> PlantServer:
    """One that nobody connects to."""
    one = PlantServer()
    await one.init()
    return one


async def definition(server: PlantServer, number: int) -> Any:
    """Of a standard type."""
    return await server.get_node(node_id(number)).read_data_type_definition()


async def test_a_structure_has_its_fields_in_order_with_their_own_types(server: PlantServer) -> None:
    """Duration stays Duration, arrays are arrays, the encoding is that of the type."""
    found = await definition(server, ObjectIds.SubscriptionDiagnosticsDataType)
    assert [field.Name for field in found.Fields[:3]] == ["SessionId", "SubscriptionId", "Priority"]
    interval = next(field for field in found.Fields if field.Name == "PublishingInterval")
    assert interval.DataType == node_id(ObjectIds.Duration)
    assert found.DefaultEncodingId == node_id(
        ObjectIds.SubscriptionDiagnosticsDataType_Encoding_DefaultBinary
    )
    argument = await definition(server, ObjectIds.Argument)
    ranks = {field.Name: field.ValueRank for field in argument.Fields}
    assert (ranks["ArrayDimensions"], ranks["Name"]) == (1, -1)


async def test_a_request_has_the_fields_of_the_wire(server: PlantServer) -> None:
    """Not the group that asyncua makes of a service's parameters."""
    found = await definition(server, ObjectIds.CreateSessionRequest)
    names = [field.Name for field in found.Fields]
    assert names[:3] == ["RequestHeader", "ClientDescription", "ServerUri"]


async def test_enumerations_have_values_and_option_sets_bits(server: PlantServer) -> None:
    """By the names of the standard."""
    mode = await definition(server, ObjectIds.MessageSecurityMode)
    assert [(field.Name, field.Value) for field in mode.Fields][1] == ("None", 1)
    permissions = await definition(server, ObjectIds.PermissionType)
    bits = {field.Name: field.Value for field in permissions.Fields}
    assert (bits["Browse"], bits["Call"]) == (0, 12)


async def test_optional_attributes_without_a_value_are_not_there(server: PlantServer) -> None:
    """Neither a Description, nor the InverseName of a symmetric reference, nor a type's default value."""
    nodes = server.iserver.aspace.nodes()
    for number, attribute in (
        (ObjectIds.BaseObjectType, AttributeIds.Description),
        (ObjectIds.References, AttributeIds.InverseName),
        (ObjectIds.PropertyType, AttributeIds.Value),
        (ObjectIds.Double, AttributeIds.DataTypeDefinition),
    ):
        assert attribute not in nodes[node_id(number)].attributes
    role: Any = nodes[node_id(ObjectIds.WellKnownRole_Observer)].attributes[AttributeIds.Description].value
    assert isinstance(role.Value.Value, ua.LocalizedText)
    assert role.Value.Value.Text


async def test_a_second_server_of_the_process_has_the_same(server: PlantServer) -> None:
    """Whose standard nodes are copies."""
    for _ in range(2):
        server = PlantServer()
        await server.init()
    found = await definition(server, ObjectIds.Range)
    assert [field.Name for field in found.Fields] == ["Low", "High"]
