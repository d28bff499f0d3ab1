"""Predict, called right and wrong, over a real socket."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from asyncua import ua
from asyncua.common.methods import call_method_full
from asyncua.ua.status_codes import StatusCodes

from opcua_ml.domain.errors import InferenceFailed
from opcua_ml.domain.state import ModelState
from opcua_ml.opcua.trust import PlantServer
from tests.integration.server.stage import TEXTS, card, pump, site_node, texts

if TYPE_CHECKING:
    from opcua_ml.domain.row import Row
    from tests.integration.server.stage import Stage
    from tests.patient_client import Client

RIGHT = (
    ua.Variant(30.0, ua.VariantType.Double),
    ua.Variant(True, ua.VariantType.Boolean),
    ua.Variant(5, ua.VariantType.Int32),
    ua.Variant(3.0, ua.VariantType.Float),
)


async def _call(
    client: Client, path: str, *arguments: ua.Variant, method: str = "Predict"
) -> ua.CallMethodResult:
    """The raw result, whatever its status."""
    request = ua.CallMethodRequest()
    request.ObjectId = (await site_node(client, path)).nodeid
    request.MethodId = (await site_node(client, f"{path}.{method}")).nodeid
    request.InputArguments = list(arguments)
    return (await client.uaclient.call([request]))[0]


def _replaced(index: int, variant: ua.Variant) -> list[ua.Variant]:
    return [variant if place == index else right for place, right in enumerate(RIGHT)]


async def test_a_right_call_answers_all_outputs(stage: Stage, client: Client) -> None:
    """One result per output, then the label's text, version, id, status and reason."""
    await stage.show(card("right"))
    answer = (await call_method_full(await site_node(client, "right"), "2:Predict", *RIGHT)).OutputArguments
    assert answer[:6] == [0, [0.8, 0.1, 0.1], 0.8, 0.25, False, 12.0]
    assert answer[6:8] == ["none", "1.0.0"]
    assert answer[8].startswith("right-r-")
    assert answer[9:] == [ua.StatusCode(), ""]


async def test_results_have_the_declared_types(stage: Stage, client: Client) -> None:
    """Every result is of the type that OutputArguments declares."""
    await stage.show(card("typed"))
    declared = await (await site_node(client, "typed.Predict.OutputArguments")).read_value()
    result = await _call(client, "typed", *RIGHT)
    kinds = [variant.VariantType.value for variant in result.OutputArguments]
    assert kinds == [argument.DataType.Identifier for argument in declared]
    assert [variant.is_array for variant in result.OutputArguments] == [
        argument.ValueRank > 0 for argument in declared
    ]


async def test_arguments_explain_themselves(stage: Stage, client: Client) -> None:
    """Name, type, rank and words with unit and range, one per input."""
    await stage.show(card("explained"))
    declared = await (await site_node(client, "explained.Predict.InputArguments")).read_value()
    assert [(argument.Name, argument.DataType.Identifier) for argument in declared] == [
        ("flow", 11),
        ("running", 1),
        ("mode", 6),
        ("current", 10),
    ]
    assert declared[0].Description.Text == "Flow at the outlet; unit m³/h; range 0 to 120"
    assert {argument.ValueRank for argument in declared} == {-1}


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ((), StatusCodes.BadArgumentsMissing),
        (RIGHT[:3], StatusCodes.BadArgumentsMissing),
        ((*RIGHT, RIGHT[0]), StatusCodes.BadTooManyArguments),
    ],
)
async def test_another_number_of_arguments_is_refused(
    stage: Stage, client: Client, arguments: tuple[ua.Variant, ...], code: int
) -> None:
    """By the codes that Part 4 names."""
    await stage.show(card("counted"))
    result = await _call(client, "counted", *arguments)
    assert result.StatusCode.value == code
    assert not result.OutputArguments


@pytest.mark.parametrize(
    ("index", "variant", "code"),
    [
        (0, ua.Variant(30, ua.VariantType.Int32), StatusCodes.BadTypeMismatch),
        (0, ua.Variant(30.0, ua.VariantType.Float), StatusCodes.BadTypeMismatch),
        (0, ua.Variant([30.0], ua.VariantType.Double), StatusCodes.BadTypeMismatch),
        (0, ua.Variant("30", ua.VariantType.String), StatusCodes.BadTypeMismatch),
        (0, ua.Variant(None, ua.VariantType.Null), StatusCodes.BadTypeMismatch),
        (1, ua.Variant(1, ua.VariantType.Byte), StatusCodes.BadTypeMismatch),
        (3, ua.Variant(3.0, ua.VariantType.Double), StatusCodes.BadTypeMismatch),
        (0, ua.Variant(121.0, ua.VariantType.Double), StatusCodes.BadOutOfRange),
        (0, ua.Variant(float("nan"), ua.VariantType.Double), StatusCodes.BadOutOfRange),
        (0, ua.Variant(float("-inf"), ua.VariantType.Double), StatusCodes.BadOutOfRange),
        (2, ua.Variant(3, ua.VariantType.Int32), StatusCodes.BadOutOfRange),
    ],
)
async def test_a_wrong_argument_is_named(
    stage: Stage, client: Client, index: int, variant: ua.Variant, code: int
) -> None:
    """BadInvalidArgument, and in InputArgumentResults the code at its place; Good elsewhere."""
    await stage.show(card("wrong"))
    result = await _call(client, "wrong", *_replaced(index, variant))
    assert result.StatusCode.value == StatusCodes.BadInvalidArgument
    codes = [one.value for one in result.InputArgumentResults]
    assert codes == [code if place == index else StatusCodes.Good for place in range(4)]


async def test_a_paused_model_is_in_an_invalid_state(stage: Stage, client: Client) -> None:
    """BadInvalidState until it is ready again."""
    model = await stage.show(card("paused"))
    model.change_state(ModelState.Paused, "somebody paused it")
    assert (await _call(client, "paused", *RIGHT)).StatusCode.value == StatusCodes.BadInvalidState
    model.change_state(ModelState.Ready, "")
    assert (await _call(client, "paused", *RIGHT)).StatusCode.is_good()


async def test_a_fault_of_the_model_is_an_internal_error(stage: Stage, client: Client) -> None:
    """Never BadUnexpectedError, and the next caller is served."""

    def broken(row: Row) -> Row:
        if row[0] == 13.0:
            raise ZeroDivisionError
        return (0, (1.0, 0.0, 0.0), 1.0, 0.0, False, 1.0)

    await stage.show(card("broken"), broken)
    thirteen = _replaced(0, ua.Variant(13.0, ua.VariantType.Double))
    assert (await _call(client, "broken", *thirteen)).StatusCode.value == StatusCodes.BadInternalError
    assert (await _call(client, "broken", *RIGHT)).StatusCode.is_good()


async def test_windows_and_texts_are_arguments_too(stage: Stage, client: Client) -> None:
    """A window is an array of exactly its samples, a category a text."""
    await stage.show(card("texts", TEXTS), texts)
    grade = ua.Variant("y", ua.VariantType.String)
    trace = ua.Variant([1.0, 2.0, 6.0], ua.VariantType.Double)
    result = await _call(client, "texts", grade, trace)
    assert [variant.Value for variant in result.OutputArguments[:3]] == [3.0, "y", -1]
    short = await _call(client, "texts", grade, ua.Variant([1.0], ua.VariantType.Double))
    assert short.StatusCode.value == StatusCodes.BadInvalidArgument
    assert [one.is_good() for one in short.InputArgumentResults] == [True, False]
    other = await _call(client, "texts", ua.Variant("z", ua.VariantType.String), trace)
    assert other.InputArgumentResults[0].value == StatusCodes.BadOutOfRange


async def test_a_batch_answers_one_array_per_output(stage: Stage, client: Client) -> None:
    """As a matrix or flat; probabilities come back as a matrix, and every row has its id and status."""
    await stage.show(card("batch"))
    matrix = ua.Variant([[30.0, 1.0, 5.0, 3.0], [5.0, 0.0, 1.0, 3.0]], ua.VariantType.Double)
    flat = ua.Variant([30.0, 1.0, 5.0, 3.0, 5.0, 0.0, 1.0, 3.0], ua.VariantType.Double)
    for rows in (matrix, flat):
        result = await _call(
            client, "batch", rows, ua.Variant(2, ua.VariantType.UInt32), method="PredictBatch"
        )
        assert result.StatusCode.is_good()
        answer = result.OutputArguments
        assert answer[0].Value == [0, 1]
        assert answer[1].Value == [[0.8, 0.1, 0.1], [0.1, 0.8, 0.1]]
        assert answer[1].Dimensions == [2, 3]
        assert answer[4].Value == [False, True]
        assert answer[6].Value == ["none", "cavitation"]
        assert answer[7].Value == "1.0.0"
        assert len(set(answer[8].Value)) == 2
        assert all(status.is_good() for status in answer[9].Value)
        assert answer[10].Value == ["", ""]


@pytest.mark.parametrize(
    ("rows", "count", "codes"),
    [
        ([1.0, 2.0], 0, (StatusCodes.BadOutOfRange, StatusCodes.Good)),
        ([30.0, 1.0, 5.0, 3.0], 2, (StatusCodes.Good, StatusCodes.BadOutOfRange)),
        ([300.0, 1.0, 5.0, 3.0], 0, (StatusCodes.BadOutOfRange, StatusCodes.Good)),
        ([30.0, 0.5, 5.0, 3.0], 0, (StatusCodes.BadTypeMismatch, StatusCodes.Good)),
        ([30.0, 1.0, 5.0, 3.0] * 101, 0, (StatusCodes.BadOutOfRange, StatusCodes.Good)),
    ],
)
async def test_a_wrong_batch_is_refused_whole(
    stage: Stage, client: Client, rows: list[float], count: int, codes: tuple[int, int]
) -> None:
    """Wrong shape, wrong number, a value out of range in one row, too many rows."""
    await stage.show(card("bad batch"))
    result = await _call(
        client,
        "bad batch",
        ua.Variant(rows, ua.VariantType.Double),
        ua.Variant(count, ua.VariantType.UInt32),
        method="PredictBatch",
    )
    assert result.StatusCode.value == StatusCodes.BadInvalidArgument
    assert tuple(one.value for one in result.InputArgumentResults) == codes


async def test_the_row_that_spoils_a_batch_is_named(
    stage: Stage, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the argument's diagnostics, for a client that asks for them, with the row as clients count them."""
    await stage.show(card("spoilt"))
    rows = [30.0, 1.0, 5.0, 3.0, 300.0, 1.0, 5.0, 3.0]
    arguments = (ua.Variant(rows, ua.VariantType.Double), ua.Variant(0, ua.VariantType.UInt32))
    silent = await _call(client, "spoilt", *arguments, method="PredictBatch")
    protocol = client.uaclient.protocol
    assert protocol is not None
    complete = protocol._setup_request_header  # noqa: SLF001 - asyncua's

    def ask(header: ua.RequestHeader, timeout: float) -> None:
        complete(header, timeout)
        header.ReturnDiagnostics = ua.UInt32(0x80)

    monkeypatch.setattr(protocol, "_setup_request_header", ask)
    told = (await _call(client, "spoilt", *arguments, method="PredictBatch")).InputArgumentDiagnosticInfos
    assert "Rows[1]: " in str(told[0].AdditionalInfo)
    assert "300" in str(told[0].AdditionalInfo)
    assert told[1].AdditionalInfo is None
    # asyncua's own server tells without being asked.
    assert silent.InputArgumentDiagnosticInfos == ([] if type(stage.server.server) is PlantServer else told)


async def test_the_row_on_which_a_model_fails_is_named(stage: Stage, client: Client) -> None:
    """In the call's diagnostics, for a client that asks for them; one that does not gets none."""

    def broken(row: Row) -> Row:
        if row[0] == 13.0:
            raise InferenceFailed("no answer to thirteen")
        return pump(row)

    await stage.show(card("failing"), broken)
    request = ua.CallRequest()
    rows = [30.0, 1.0, 5.0, 3.0, 13.0, 1.0, 5.0, 3.0]
    call = ua.CallMethodRequest(
        ObjectId=(await site_node(client, "failing")).nodeid,
        MethodId=(await site_node(client, "failing.PredictBatch")).nodeid,
        InputArguments=[ua.Variant(rows, ua.VariantType.Double), ua.Variant(0, ua.VariantType.UInt32)],
    )
    request.Parameters.MethodsToCall = [call]
    protocol = client.uaclient.protocol
    assert protocol is not None
    told = []
    for asked in (0x80, 0):
        request.RequestHeader.ReturnDiagnostics = ua.UInt32(asked)
        response = ua.ua_binary.struct_from_binary(ua.CallResponse, await protocol.send_request(request))
        assert response.Results[0].StatusCode.value == StatusCodes.BadInternalError
        told += [info.AdditionalInfo for info in response.DiagnosticInfos or ()]
    # asyncua's own server tells nothing of operations.
    wanted = ["row 1: no answer to thirteen"] if type(stage.server.server) is PlantServer else []
    assert told == wanted


async def test_a_batch_with_texts_comes_in_columns(stage: Stage, client: Client) -> None:
    """One typed array per input."""
    await stage.show(card("text batch", TEXTS), texts)
    grades = ua.Variant(["x", "y"], ua.VariantType.String)
    traces = ua.Variant([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], ua.VariantType.Double)
    result = await _call(client, "text batch", grades, traces, method="PredictBatch")
    assert [variant.Value for variant in result.OutputArguments[:3]] == [[2.0, 5.0], ["x", "y"], [-1, -1]]
