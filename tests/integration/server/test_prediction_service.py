"""The models as ADI's prediction service: what a chemometrics client finds, calls and is told."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
import pytest_asyncio
from asyncua import ua
from asyncua.ua.uaerrors import UaStatusCodeError

from opcua_ml.domain.alarm.ranges import OutputRanges
from opcua_ml.domain.signature import Input, Output, OutputRole, Signature, Window
from opcua_ml.opcua.adi import show_prediction_service
from tests.integration.server.stage import Stage, card, plant_server
from tests.patient_client import Client
from tests.unit.opcua.nodesets.files import OFFICIAL

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from asyncua.common.node import Node

    from opcua_ml.domain.row import Row

DI, ADI = "http://opcfoundation.org/UA/DI/", "http://opcfoundation.org/UA/ADI/"
SPECTRA = Signature(
    (Input("temperature", unit="CEL"), Input("spectrum", window=Window(3))),
    (Output("moisture", unit="P1"), Output("grade", OutputRole.LABEL, categories=("A", "B"))),
)
THEN = datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC)
DEVICE = "MachineLearning.PredictionService"
RANGES = {
    "moisture": OutputRanges(warning=(2.0, 8.0), alarm=(1.0, 9.0)),
    "grade": OutputRanges(off_normal=frozenset({1})),
}


def spectra(row: Row) -> Row:
    """The mean of the spectrum, and B for cold samples."""
    temperature, spectrum = row
    return sum(spectrum) / 3, int(float(temperature) < 0)  # type: ignore[arg-type]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def stage() -> AsyncIterator[Stage]:
    """A server with DI and ADI, and one model on spectra."""
    paths = (OFFICIAL / "ADI/Opc.Ua.Adi.NodeSet2.xml", OFFICIAL / "DI/Opc.Ua.Di.NodeSet2.xml")
    made = Stage(plant_server(), nodesets=paths)
    async with made.server as server:
        await show_prediction_service(server)
        await made.show(card("nir", SPECTRA), spectra, ranges=RANGES)
        await server.open()
        yield made


@pytest_asyncio.fixture(loop_scope="session")
async def client(stage: Stage) -> AsyncIterator[Client]:
    """Connected to it."""
    async with Client(stage.server.url) as connected:
        yield connected


async def device(client: Client) -> Node:
    """As a client finds it: in DI's DeviceSet, by its name."""
    di = await client.get_namespace_index(DI)
    site = await client.get_namespace_index("urn:example:plant")
    return await client.nodes.objects.get_child([f"{di}:DeviceSet", f"{site}:PredictionService"])


async def model(client: Client, name: str = "nir") -> Node:
    """The MVAModelType of a model."""
    index = await client.get_namespace_index("urn:example:plant")
    return client.get_node(f"ns={index};s={DEVICE}.ChemometricModelSettings.{name}")


async def predict(client: Client, inputs: list[Any], main: int = 0, target: ua.NodeId | None = None) -> Any:
    """Call MVAPredict."""
    di, adi = await client.get_namespace_index(DI), await client.get_namespace_index(ADI)
    methods = await (await device(client)).get_child(f"{di}:MethodSet")
    arguments = [
        ua.Variant(target or (await model(client)).nodeid, ua.VariantType.NodeId),
        ua.Variant(main, ua.VariantType.Int32),
        ua.Variant(inputs, ua.VariantType.Variant, None, True),
    ]
    return [one.Value for one in await methods.call_method(f"{adi}:MVAPredict", *arguments)]


class Wrong(NamedTuple):
    """The arguments of a call that must be refused."""

    inputs: list[Any]
    main: int = 0
    target: ua.NodeId | None = None


def double(value: float) -> ua.Variant:
    """A Double."""
    return ua.Variant(value, ua.VariantType.Double)


def spectrum(*values: float) -> ua.Variant:
    """An array of Doubles."""
    return ua.Variant(list(values), ua.VariantType.Double, None, True)


async def test_a_model_is_an_mva_model_with_its_inputs_outputs_and_limits(client: Client) -> None:
    """HasInput and HasOutput in order; limits as configured; MainDataIndex of the spectrum."""
    adi = await client.get_namespace_index(ADI)
    node = await model(client)
    assert await node.read_type_definition() == ua.NodeId(ua.Int32(2009), ua.Int16(adi))
    inputs = await node.get_referenced_nodes(ua.NodeId(4002, adi), includesubtypes=False)  # type: ignore[arg-type]
    assert [(await item.read_browse_name()).Name for item in inputs] == ["temperature", "spectrum"]
    outputs = await node.get_referenced_nodes(ua.NodeId(4003, adi), includesubtypes=False)  # type: ignore[arg-type]
    assert [(await item.read_browse_name()).Name for item in outputs] == ["moisture", "grade"]
    assert await (await node.get_child(f"{adi}:MainDataIndex")).read_value() == 1
    limits = await (await outputs[0].get_child(f"{adi}:AlarmLimits")).read_value()
    assert (limits.Low, limits.High) == (1.0, 9.0)
    assert bytes(await node.read_value()).hex() == "ab" * 32


async def test_outputs_come_in_order_with_the_time_of_the_main_input(client: Client) -> None:
    """DataValues for DataValues."""
    later = THEN.replace(hour=5)
    inputs = [
        ua.Variant(ua.DataValue(double(5.0), SourceTimestamp=later), ua.VariantType.DataValue),  # type: ignore[arg-type]
        ua.Variant(ua.DataValue(spectrum(1, 2, 6), SourceTimestamp=THEN), ua.VariantType.DataValue),  # type: ignore[arg-type]
    ]
    moisture, grade = await predict(client, inputs, 1)
    assert (moisture.Value.Value, grade.Value.Value) == (3.0, 0)
    assert moisture.SourceTimestamp == grade.SourceTimestamp == THEN
    moisture, _ = await predict(client, inputs, 0)
    assert moisture.SourceTimestamp == later


async def test_plain_values_are_answered_by_plain_values(client: Client) -> None:
    """Of the outputs' types."""
    assert await predict(client, [double(-5.0), spectrum(1, 2, 6)]) == [3.0, 1]


@pytest.mark.parametrize(
    ("wrong", "argument", "code"),
    [
        (Wrong([double(1.0)]), 2, "BadTypeMismatch"),
        (Wrong([double(1.0), double(2.0)]), 2, "BadTypeMismatch"),
        (Wrong([double(1.0), spectrum(1, 2)]), 2, "BadTypeMismatch"),
        (Wrong([double(float("nan")), spectrum(1, 2, 3)]), 2, "BadOutOfRange"),
        (Wrong([double(1.0), spectrum(1, 2, 3)], main=2), 1, "BadOutOfRange"),
        (Wrong([double(1.0), spectrum(1, 2, 3)], target=ua.NodeId(ua.Int32(85))), 0, "BadNodeIdUnknown"),
    ],
)
async def test_wrong_calls_name_the_argument_and_carry_the_vendors_code(
    client: Client, wrong: Wrong, argument: int, code: str
) -> None:
    """In InputArgumentResults, and as DiagnosticInfo.SymbolicId where the client asks for it."""
    node = await model(client)
    index = node.nodeid.NamespaceIndex
    request = ua.CallRequest()
    call = ua.CallMethodRequest(
        ObjectId=ua.NodeId(ua.String(f"{DEVICE}.MethodSet"), index),
        MethodId=ua.NodeId(ua.String(f"{DEVICE}.MethodSet.MVAPredict"), index),
        InputArguments=[
            ua.Variant(wrong.target or node.nodeid, ua.VariantType.NodeId),
            ua.Variant(wrong.main, ua.VariantType.Int32),
            ua.Variant(wrong.inputs, ua.VariantType.Variant, None, True),
        ],
    )
    request.Parameters.MethodsToCall = [call]
    request.RequestHeader.ReturnDiagnostics = ua.UInt32(0x20 | 0x80)
    data = await client.uaclient.protocol.send_request(request)  # type: ignore[union-attr]
    response = ua.ua_binary.struct_from_binary(ua.CallResponse, data)
    result = response.Results[0]
    assert result.StatusCode.name == "BadInvalidArgument"
    wanted = ["Good"] * 3
    wanted[argument] = code
    assert [one.name for one in result.InputArgumentResults] == wanted
    (info,) = response.DiagnosticInfos
    assert response.ResponseHeader.StringTable[info.SymbolicId]
    assert info.AdditionalInfo


async def test_predictions_of_the_tag_path_show_values_alarm_states_and_process_variables(
    stage: Stage, client: Client
) -> None:
    """NORMAL, WARNING_LOW between both limits, ALARM_HIGH, and ALARM of a class that means a fault."""
    adi, node = await client.get_namespace_index(ADI), await model(client)
    index = node.nodeid.NamespaceIndex
    variable = client.get_node(f"ns={index};s={DEVICE}.ParameterSet.nir%2Emoisture")
    source = (await variable.get_referenced_nodes(ua.NodeId(4001, adi)))[0]  # type: ignore[arg-type]
    for mean, temperature, states in ((5.0, 1.0, [0, 0]), (1.5, 1.0, [1, 0]), (12.0, -1.0, [16, 32])):
        await stage.publish("nir", (temperature, (mean, mean, mean)))
        assert await variable.read_value() == await source.read_value() == mean
        found = [
            await client.get_node(f"{node.nodeid.to_string()}.{name}.AlarmState").read_value()
            for name in ("moisture", "grade")
        ]
        assert found == states


async def test_a_written_model_is_refused(client: Client) -> None:
    """Whatever its bytes are: nothing is unpickled because a client wrote it."""
    with pytest.raises(UaStatusCodeError) as refused:
        await (await model(client)).write_value(ua.Variant(b"\x80\x04.", ua.VariantType.ByteString))
    assert ua.StatusCode(refused.value.code).name in {"BadNotWritable", "BadUserAccessDenied"}


async def test_in_maintenance_nothing_is_predicted(client: Client) -> None:
    """The device's state machine counts for MVAPredict."""
    di, adi = await client.get_namespace_index(DI), await client.get_namespace_index(ADI)
    node = await device(client)
    methods = await node.get_child(f"{di}:MethodSet")
    await methods.call_method(f"{adi}:GotoMaintenance")
    current = await node.get_child([f"{adi}:AnalyserStateMachine", "0:CurrentState"])
    assert (await current.read_value()).Text == "Maintenance"
    with pytest.raises(ua.uaerrors.BadInvalidState):
        await predict(client, [double(-5.0), spectrum(1, 2, 6)])
    await methods.call_method(f"{adi}:GotoOperating")
    assert await predict(client, [double(-5.0), spectrum(1, 2, 6)]) == [3.0, 1]


async def test_the_configuration_is_told_with_its_digest(client: Client) -> None:
    """And what the device can't do is not executable."""
    di, adi = await client.get_namespace_index(DI), await client.get_namespace_index(ADI)
    methods = await (await device(client)).get_child(f"{di}:MethodSet")
    assert b'"nir"' in bytes(await methods.call_method(f"{adi}:GetConfiguration"))
    digest = await methods.call_method(f"{adi}:GetConfigDataDigest")
    assert await methods.call_method(f"{adi}:CompareConfigDataDigest", digest) is True
    with pytest.raises(ua.uaerrors.BadNotExecutable):
        await methods.call_method(f"{adi}:StartAllChannels")
