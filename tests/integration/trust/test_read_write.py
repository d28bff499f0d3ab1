"""Read and Write: parts of arrays, types and ranks, timestamps, encodings, operation limits.

Source: OPC UA Part 4, 5.11.2 (Read), 5.11.4 (Write), 7.27 (NumericRange), 7.40 (TimestampsToReturn).
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from asyncua import ua
from asyncua.common.utils import ServiceError
from asyncua.server.address_space import AttributeValue
from asyncua.ua.attribute_ids import AttributeIds
from asyncua.ua.object_ids import ObjectIds
from asyncua.ua.status_codes import StatusCodes

from opcua_ml.opcua.trust import Limits, Permission, Role, RoleAccess
from opcua_ml.opcua.trust.ground.ua_values import data_value, node_id, status_code
from tests.integration.trust.requests import double, int32, read, read_code, read_request, refused, write
from tests.integration.trust.target import Target, started, weak_in_asyncua

if TYPE_CHECKING:
    from collections.abc import Sequence

pytestmark = pytest.mark.asyncio(loop_scope="module")
Code = StatusCodes
Type = ua.VariantType


@pytest.mark.parametrize(
    ("name", "text", "part"),
    [
        ("series", "0", [0.0]),
        ("series", "1:3", [1.0, 2.0, 3.0]),
        ("series", "4:99", [4.0, 5.0]),
        ("matrix", "0:1,1", [[2], [5]]),
        ("matrix", "1,0:1", [[4, 5]]),
        ("title", "1:2", "um"),
        ("blob", "0:2", b"012"),
    ],
)
@weak_in_asyncua
async def test_an_index_range_reads_its_part(target: Target, name: str, text: str, part: Any) -> None:
    """Of arrays, matrices, strings and byte strings; behind the end it is cut."""
    async with target.session() as client:
        value = await read(client, target.id(name), IndexRange=text)
        assert value.Value.Value == part


@pytest.mark.parametrize(
    "text", ["x", "1:", ":1", "2:1", "1:1", "-1", " 1", "1,", "", "1:2:3", "9" * 20, "1" + ",1" * 99]
)
async def test_an_index_range_that_is_none_is_invalid(plant: Target, text: str) -> None:
    """BadIndexRangeInvalid, whatever is wrong with it; an empty one is no range at all."""
    async with plant.session() as client:
        expected = Code.BadIndexRangeInvalid if text else Code.Good
        assert await read_code(client, plant.id("series"), IndexRange=text) == expected


@pytest.mark.parametrize(
    ("name", "text"), [("series", "6"), ("series", "7:9"), ("series", "1,1"), ("speed", "0")]
)
@weak_in_asyncua
async def test_an_index_range_without_data_says_so(target: Target, name: str, text: str) -> None:
    """Outside of the array, of another rank, or of a scalar: BadIndexRangeNoData."""
    async with target.session() as client:
        assert await read_code(client, target.id(name), IndexRange=text) == Code.BadIndexRangeNoData


@weak_in_asyncua
async def test_an_index_range_writes_its_part_alone(target: Target) -> None:
    """The other elements stay."""
    async with target.session() as client:
        await target.write("series", [0.0, 1.0, 2.0, 3.0, 4.0, 5.0])
        assert await write(client, target.id("series"), double([10.0, 20.0]), index_range="1:2") == Code.Good
        assert (await read(client, target.id("series"))).Value.Value == [0.0, 10.0, 20.0, 3.0, 4.0, 5.0]
        await target.write("matrix", [[1, 2, 3], [4, 5, 6]], Type.Int32)
        assert await write(client, target.id("matrix"), int32([[20], [50]]), index_range="0:1,1") == Code.Good
        assert (await read(client, target.id("matrix"))).Value.Value == [[1, 20, 3], [4, 50, 6]]


@pytest.mark.parametrize(
    ("value", "text", "code"),
    [
        (double([1.0]), "5:6", Code.BadIndexRangeNoData),
        (double([1.0, 2.0, 3.0]), "1:2", Code.BadIndexRangeDataMismatch),
        (double(1.0), "1", Code.BadIndexRangeDataMismatch),
        (double([1.0]), "x", Code.BadIndexRangeInvalid),
    ],
)
@weak_in_asyncua
async def test_a_part_that_does_not_fit_is_not_written(
    target: Target, value: ua.Variant, text: str, code: int
) -> None:
    """Outside, of another length or type: the array stays as it was."""
    async with target.session() as client:
        await target.write("series", [0.0, 1.0, 2.0, 3.0, 4.0, 5.0])
        assert await write(client, target.id("series"), value, index_range=text) == code
        assert (await read(client, target.id("series"))).Value.Value == [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("speed", double([1.0])),
        ("series", double(1.0)),
        ("series", double([[1.0]])),
        ("matrix", int32([1, 2])),
    ],
)
@weak_in_asyncua
async def test_a_value_of_another_rank_is_not_written(target: Target, name: str, value: ua.Variant) -> None:
    """ValueRank holds: an array is no scalar, nor the other way round."""
    async with target.session() as client:
        before = (await read(client, target.id(name))).Value
        assert await write(client, target.id(name), value) == Code.BadTypeMismatch
        assert (await read(client, target.id(name))).Value == before


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("speed", int32(1)),
        ("speed", ua.Variant(1.0, Type.Float)),
        ("speed", ua.Variant("1", Type.String)),
        ("speed", ua.Variant(None)),
        ("count", ua.Variant(1, Type.Int64)),
        ("count", ua.Variant(True, Type.Boolean)),
    ],
)
async def test_a_value_of_another_type_is_not_written(plant: Target, name: str, value: ua.Variant) -> None:
    """Nothing is cast, and null is no number."""
    async with plant.session() as client:
        assert await write(client, plant.id(name), value) == Code.BadTypeMismatch


@pytest.mark.parametrize(
    ("declared", "values", "refused_values"),
    [
        (
            ObjectIds.Number,
            [double(1.0), int32(1), ua.Variant(1, Type.Byte)],
            [ua.Variant("1"), ua.Variant(True)],
        ),
        (ObjectIds.UInteger, [ua.Variant(1, Type.UInt64)], [int32(1), double(1.0)]),
        (ObjectIds.Integer, [int32(1), ua.Variant(1, Type.Int64)], [ua.Variant(1, Type.UInt32)]),
        (ObjectIds.BaseDataType, [double(1.0), ua.Variant("x"), int32(1)], []),
        (ObjectIds.Duration, [double(1.0)], [int32(1)]),
        (ObjectIds.UtcTime, [ua.Variant(datetime(2026, 1, 1, tzinfo=UTC))], [double(1.0)]),
        (ObjectIds.ServerState, [int32(1)], [double(1.0)]),
        (ObjectIds.Range, [ua.Variant(ua.Range(0.0, 1.0))], [ua.Variant(ua.EUInformation()), double(1.0)]),
    ],
    ids=str,
)
async def test_subtypes_of_the_data_type_are_written(
    plant: Target, declared: int, values: Sequence[ua.Variant], refused_values: Sequence[ua.Variant]
) -> None:
    """Abstract types take what is below them, enumerations Int32, structures their own kind."""
    node = await plant.nodes["other"].add_variable(
        plant.index, f"typed{declared}", None, ua.VariantType.Null, node_id(declared)
    )
    await node.set_writable()
    async with plant.session() as client:
        for value in values:
            assert await write(client, node.nodeid, value) == Code.Good
        for value in refused_values:
            assert await write(client, node.nodeid, value) == Code.BadTypeMismatch


async def test_a_byte_string_may_stand_for_a_byte_array(plant: Target) -> None:
    """Part 6, 5.1.2: they are exchanged for one another."""
    node = await plant.nodes["other"].add_variable(plant.index, "bytes", [1, 2], ua.VariantType.Byte)
    await node.set_writable()
    async with plant.session() as client:
        assert await write(client, node.nodeid, ua.Variant(b"\x03\x04", Type.ByteString)) == Code.Good
        assert (await read(client, node.nodeid)).Value == ua.Variant([3, 4], Type.Byte)


async def test_an_array_longer_than_declared_is_out_of_range(plant: Target) -> None:
    """ArrayDimensions give the greatest length."""
    node = await plant.nodes["other"].add_variable(plant.index, "short", [1.0, 2.0], ua.VariantType.Double)
    await node.set_writable()
    await node.write_attribute(
        AttributeIds.ArrayDimensions, ua.DataValue(ua.Variant([2], ua.VariantType.UInt32, is_array=True))
    )
    async with plant.session() as client:
        assert await write(client, node.nodeid, double([1.0, 2.0, 3.0])) == Code.BadOutOfRange
        assert await write(client, node.nodeid, double([1.0])) == Code.Good


@pytest.mark.parametrize(
    ("wanted", "source", "server"),
    [
        (ua.TimestampsToReturn.Source, True, False),
        (ua.TimestampsToReturn.Server, False, True),
        (ua.TimestampsToReturn.Both, True, True),
        (ua.TimestampsToReturn.Neither, False, False),
    ],
)
async def test_the_timestamps_asked_for_are_returned(
    plant: Target, wanted: ua.TimestampsToReturn, source: bool, server: bool
) -> None:
    """Those, and no others."""
    async with plant.session() as client:
        request = read_request(plant.id("speed"))
        request.Parameters.TimestampsToReturn = wanted
        value = (await client.call(request)).Results[0]
        assert (value.SourceTimestamp is not None, value.ServerTimestamp is not None) == (source, server)


@weak_in_asyncua
async def test_neither_timestamp_means_neither(target: Target) -> None:
    """TimestampsToReturn = Neither leaves both away."""
    async with target.session() as client:
        request = read_request(target.id("speed"))
        request.Parameters.TimestampsToReturn = ua.TimestampsToReturn.Neither
        value = (await client.call(request)).Results[0]
        assert value.SourceTimestamp is None
        assert value.ServerTimestamp is None


@weak_in_asyncua
async def test_an_unknown_choice_of_timestamps_is_refused(target: Target) -> None:
    """BadTimestampsToReturnInvalid for the whole request."""
    async with target.session() as client:
        request = read_request(target.id("speed"))
        request.Parameters.TimestampsToReturn = 7
        assert await refused(client, request) == Code.BadTimestampsToReturnInvalid


@pytest.mark.parametrize(
    ("name", "encoding", "code"),
    [
        ("speed", ua.QualifiedName("Default Binary", 0), Code.BadDataEncodingInvalid),
        ("speed", ua.QualifiedName("Nonsense", 0), Code.BadDataEncodingInvalid),
        ("structure", ua.QualifiedName("Default Binary", 0), Code.Good),
        ("structure", ua.QualifiedName("Default XML", 0), Code.BadDataEncodingUnsupported),
        ("structure", ua.QualifiedName("Nonsense", 0), Code.BadDataEncodingInvalid),
    ],
)
async def test_data_encodings_belong_to_structures(
    plant: Target, name: str, encoding: ua.QualifiedName, code: int
) -> None:
    """Values of other types have none, and of structures we offer the binary one."""
    node = node_id(ObjectIds.Server_ServerStatus) if name == "structure" else plant.id(name)
    async with plant.session() as client:
        assert await read_code(client, node, DataEncoding=encoding) == code


@weak_in_asyncua
async def test_a_bad_data_encoding_is_not_good(target: Target) -> None:
    """An encoding that does not exist is refused."""
    async with target.session() as client:
        bad = ua.QualifiedName("Nonsense", 0)
        assert await read_code(client, target.id("speed"), DataEncoding=bad) == Code.BadDataEncodingInvalid


@pytest.mark.parametrize(
    "name", ["Read", "Write", "Browse", "Call", "TranslateBrowsePathsToNodeIds", "RegisterNodes"]
)
async def test_a_request_without_operations_has_nothing_to_do(plant: Target, name: str) -> None:
    """BadNothingToDo."""
    async with plant.session() as client:
        assert await refused(client, getattr(ua, f"{name}Request")()) == Code.BadNothingToDo


@weak_in_asyncua
async def test_an_empty_read_has_nothing_to_do(target: Target) -> None:
    """The same, where asyncua answers Good."""
    async with target.session() as client:
        assert await refused(client, ua.ReadRequest()) == Code.BadNothingToDo


async def test_a_negative_age_is_refused(plant: Target) -> None:
    """BadMaxAgeInvalid, for not-a-number too."""
    async with plant.session() as client:
        for age in (-1.0, float("nan")):
            request = read_request(plant.id("speed"))
            request.Parameters.MaxAge = age
            assert await refused(client, request) == Code.BadMaxAgeInvalid


@weak_in_asyncua
async def test_more_operations_than_advertised_are_refused(target: Target) -> None:
    """What MaxNodesPerRead says is what counts."""
    async with target.session() as client:
        limit = node_id(ObjectIds.Server_ServerCapabilities_OperationLimits_MaxNodesPerRead)
        most = (await read(client, limit)).Value.Value
        request = read_request(*[target.id("speed")] * (most + 1))
        assert await refused(client, request) == Code.BadTooManyOperations


async def test_every_operation_limit_is_enforced_as_advertised() -> None:
    """One more than the advertised number is BadTooManyOperations, service by service."""
    small = Limits(
        max_nodes_per_read=3,
        max_nodes_per_write=3,
        max_nodes_per_browse=3,
        max_nodes_per_method_call=3,
        max_nodes_per_translate=3,
        max_nodes_per_register=3,
        max_monitored_items_per_call=3,
    )
    lists = {
        "Read": ("NodesToRead", ua.ReadValueId(), "MaxNodesPerRead"),
        "Write": ("NodesToWrite", ua.WriteValue(), "MaxNodesPerWrite"),
        "Browse": ("NodesToBrowse", ua.BrowseDescription(), "MaxNodesPerBrowse"),
        "Call": ("MethodsToCall", ua.CallMethodRequest(), "MaxNodesPerMethodCall"),
        "TranslateBrowsePathsToNodeIds": (
            "BrowsePaths",
            ua.BrowsePath(),
            "MaxNodesPerTranslateBrowsePathsToNodeIds",
        ),
        "RegisterNodes": ("NodesToRegister", node_id(ObjectIds.Server), "MaxNodesPerRegisterNodes"),
        "CreateMonitoredItems": (
            "ItemsToCreate",
            ua.MonitoredItemCreateRequest(),
            "MaxMonitoredItemsPerCall",
        ),
    }
    async with started("plant", small) as plant, plant.session() as client:
        for service, (field, operation, advertised) in lists.items():
            number = getattr(ObjectIds, f"Server_ServerCapabilities_OperationLimits_{advertised}")
            assert (await read(client, node_id(number))).Value.Value == 3
            request = getattr(ua, f"{service}Request")()
            setattr(request.Parameters, field, [operation] * 4)
            assert await refused(client, request) == Code.BadTooManyOperations
            setattr(request.Parameters, field, [operation] * 3)
            assert await refused(client, request) != Code.BadTooManyOperations


async def test_a_computed_value_that_fails_is_bad_and_alone(plant: Target) -> None:
    """The fault of one value's code is that value's BadInternalError."""

    def compute(_node: ua.NodeId, _attribute: AttributeIds) -> ua.DataValue:
        raise ZeroDivisionError

    node = await plant.nodes["other"].add_variable(plant.index, "computed", 1.0)
    plant.server.set_attribute_value_callback(node.nodeid, compute)
    async with plant.session() as client:
        request = read_request(plant.id("speed"), node.nodeid, plant.id("speed"))
        codes = [value.StatusCode.value for value in (await client.call(request)).Results]
        assert codes == [Code.Good, Code.BadInternalError, Code.Good]


async def test_a_setter_may_refuse_a_value(plant: Target) -> None:
    """Its StatusCode is the item's; any other fault is BadInternalError."""
    node = await plant.nodes["other"].add_variable(plant.index, "guarded", 1.0)
    await node.set_writable()

    def guard(held: Any, attribute: AttributeIds, value: Any) -> None:
        if value.Value.Value > 10:
            raise ServiceError(Code.BadOutOfRange)
        if value.Value.Value < 0:
            raise ZeroDivisionError
        held.attributes[attribute].value = value

    plant.server.set_attribute_value_setter(node.nodeid, guard)
    async with plant.session() as client:
        assert await write(client, node.nodeid, double(11.0)) == Code.BadOutOfRange
        assert await write(client, node.nodeid, double(-1.0)) == Code.BadInternalError
        assert await write(client, node.nodeid, double(5.0)) == Code.Good
        assert (await read(client, node.nodeid)).Value.Value == 5.0


async def test_a_bad_status_takes_the_value_away(plant: Target) -> None:
    """Part 4, 7.11: with a Bad StatusCode the value is null, and the status is kept."""
    node = plant.id("sample")
    async with plant.session() as client:
        failed = ua.DataValue(double(5.0), status_code(Code.BadSensorFailure))
        assert await write(client, node, failed) == Code.Good
        value = await read(client, node)
        assert value.StatusCode.value == Code.BadSensorFailure
        assert value.Value is None or value.Value.Value is None
        assert await write(client, node, double(1.0)) == Code.Good


NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
BEYOND = {
    "status": data_value(double(5.0), status_code(Code.UncertainLastUsableValue)),
    "source timestamp": data_value(double(5.0), source=NOON),
    "server timestamp": data_value(double(5.0), server=NOON),
    "all": data_value(double(5.0), status_code(Code.UncertainLastUsableValue), source=NOON, server=NOON),
}


@pytest.mark.parametrize("beyond", BEYOND)
@weak_in_asyncua
async def test_status_and_timestamps_are_written_only_where_access_level_says_so(
    target: Target, beyond: str
) -> None:
    """Without StatusWrite or TimestampWrite: BadWriteNotSupported, and the value stays, too."""
    async with target.session() as client:
        await target.write("speed", 1.0)
        assert await write(client, target.id("speed"), BEYOND[beyond]) == Code.BadWriteNotSupported
        assert (await read(client, target.id("speed"))).Value.Value == 1.0
        assert await write(client, target.id("sample"), BEYOND[beyond]) == Code.Good
        held = await read(client, target.id("sample"))
        assert held.Value.Value == 5.0
        assert (held.SourceTimestamp == NOON) == (BEYOND[beyond].SourceTimestamp is not None)
        assert held.ServerTimestamp != NOON


@pytest.mark.parametrize(
    ("level", "user_level", "beyond", "code"),
    [
        (0x23, 0x23, "status", Code.Good),
        (0x23, 0x23, "source timestamp", Code.BadWriteNotSupported),
        (0x43, 0x43, "source timestamp", Code.Good),
        (0x43, 0x43, "status", Code.BadWriteNotSupported),
        (0x63, 0x43, "status", Code.BadUserAccessDenied),
        (0x63, 0x23, "source timestamp", Code.BadUserAccessDenied),
        (0x61, 0x63, "all", Code.BadNotWritable),
        (0x63, 0x61, "all", Code.BadUserAccessDenied),
    ],
)
async def test_each_bit_of_both_access_levels_counts(
    plant: Target, level: int, user_level: int, beyond: str, code: int
) -> None:
    """AccessLevel says what the Variable takes, UserAccessLevel what it takes from this user."""
    node = await plant.nodes["other"].add_variable(plant.index, f"{level}.{user_level}.{beyond}", 1.0)
    for attribute, bits in ((AttributeIds.AccessLevel, level), (AttributeIds.UserAccessLevel, user_level)):
        await node.write_attribute(attribute, ua.DataValue(ua.Variant(bits, Type.Byte)))
    async with plant.session() as client:
        assert await write(client, node.nodeid, BEYOND[beyond]) == code


async def test_a_status_of_good_is_no_write_of_a_status(plant: Target) -> None:
    """Many clients send one with every value."""
    async with plant.session() as client:
        held = data_value(double(6.0), status_code(Code.Good))
        assert await write(client, plant.id("speed"), held) == Code.Good


async def test_an_array_that_is_written_whole_takes_no_index_range(plant: Target) -> None:
    """WriteFullArrayOnly of AccessLevelEx: BadWriteNotSupported for a part."""
    node = await plant.nodes["other"].add_variable(plant.index, "whole", [1.0, 2.0])
    await node.set_writable()
    attributes = plant.server.iserver.aspace[node.nodeid].attributes
    full = ua.Variant(int(ua.AccessLevelExType.WriteFullArrayOnly) | 3, Type.UInt32)
    attributes[AttributeIds.AccessLevelEx] = AttributeValue(ua.DataValue(full))
    async with plant.session() as client:
        assert await write(client, node.nodeid, double([5.0]), index_range="0") == Code.BadWriteNotSupported
        assert await write(client, node.nodeid, double([5.0, 6.0])) == Code.Good


@pytest.mark.parametrize(
    ("attribute", "bit", "value"),
    [
        (AttributeIds.DisplayName, 6, ua.Variant(ua.LocalizedText("new"))),
        (AttributeIds.Description, 5, ua.Variant(ua.LocalizedText("new"))),
        (AttributeIds.AccessLevel, 0, ua.Variant(1, Type.Byte)),
        (AttributeIds.Historizing, 9, ua.Variant(True, Type.Boolean)),
        (AttributeIds.ValueRank, 19, ua.Variant(-2, Type.Int32)),
    ],
)
async def test_an_attribute_is_written_only_with_its_bit_of_write_mask(
    attribute: AttributeIds, bit: int, value: ua.Variant
) -> None:
    """Of WriteMask, of UserWriteMask and of the caller's permissions, and without status or time."""
    rights = {
        Role.ANONYMOUS: int(Permission.Browse | Permission.WriteAttribute | Permission.WriteHistorizing)
    }
    async with started("plant", rules=RoleAccess(rights)) as plant, plant.session() as client:
        node = plant.nodes["speed"]
        await node.write_attribute(attribute, await node.read_attribute(attribute))

        async def mask(bits: int, user_bits: int) -> int:
            for name, held in ((AttributeIds.WriteMask, bits), (AttributeIds.UserWriteMask, user_bits)):
                await node.write_attribute(name, ua.DataValue(ua.Variant(held, Type.UInt32)))
            return await write(client, node.nodeid, value, attribute)

        every = (1 << 26) - 1
        assert await mask(every & ~(1 << bit), every) == Code.BadNotWritable
        assert await mask(every, every & ~(1 << bit)) == Code.BadUserAccessDenied
        assert await mask(1 << bit, 1 << bit) == Code.Good
        stamped = data_value(value, source=NOON)
        assert await write(client, node.nodeid, stamped, attribute) == Code.BadWriteNotSupported
    async with started("plant", rules=RoleAccess({Role.ANONYMOUS: int(Permission.Browse)})) as plant:
        node = plant.nodes["speed"]
        every_bit = ua.DataValue(ua.Variant((1 << 26) - 1, Type.UInt32))
        await node.write_attribute(AttributeIds.WriteMask, every_bit)
        async with plant.session() as client:
            assert await write(client, node.nodeid, value, attribute) == Code.BadUserAccessDenied
