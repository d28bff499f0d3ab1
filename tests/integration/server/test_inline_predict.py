"""Predict answered in passing over a socket: refused, counted and replaced as when it is awaited."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from asyncua import ua
from asyncua.ua.status_codes import StatusCodes

from opcua_ml.domain.signature import Signature
from opcua_ml.domain.state import ModelState
from tests.integration.server.stage import card, site_node
from tests.unit.opcua.server.test_inline_predict import KINDS, given, kinds

if TYPE_CHECKING:
    from tests.integration.server.stage import Stage
    from tests.patient_client import Client


async def _predict(client: Client, name: str, *row: Any) -> ua.CallMethodResult:
    request = ua.CallMethodRequest()
    request.ObjectId = (await site_node(client, name)).nodeid
    request.MethodId = (await site_node(client, f"{name}.Predict")).nodeid
    request.InputArguments = given(*row)
    return (await client.uaclient.call([request]))[0]


async def test_over_a_socket_refusals_and_answers_take_turns(stage: Stage, client: Client) -> None:
    """The same row again and again, one out of range between; each counted once."""
    model = await stage.show(card("turns", KINDS), kinds)
    for _ in range(3):
        good = await _predict(client, "turns", 80.0, True, 3)
        assert good.StatusCode.is_good()
        assert [one.Value for one in good.OutputArguments[:6]] == [
            1, [0.25, 0.75], 20.0, True, "mode 3", "hïgh",
        ]  # fmt: skip
        bad = await _predict(client, "turns", 180.0, True, 3)
        assert bad.StatusCode.value == StatusCodes.BadInvalidArgument
        assert [one.value for one in bad.InputArgumentResults] == [StatusCodes.BadOutOfRange, 0, 0]
    counted = model.snapshot()
    assert (counted.calls, counted.predictions, counted.rejected) == (3, 3, 3)
    assert counted.inference.maximum > 0
    assert counted.answer.maximum >= counted.inference.maximum


async def test_a_model_that_pauses_or_is_replaced_answers_so_at_once(stage: Stage, client: Client) -> None:
    """By its state, and by its new version."""
    model = await stage.show(card("swapped", KINDS), kinds)
    for _ in range(2):
        assert (await _predict(client, "swapped", 1.0, True, 3)).StatusCode.is_good()
    model.change_state(ModelState.Paused, "for a test")
    paused = await _predict(client, "swapped", 1.0, True, 3)
    assert not paused.StatusCode.is_good()
    model.change_state(ModelState.Ready, "")
    before = (await _predict(client, "swapped", 1.0, True, 3)).OutputArguments[6].Value
    await stage.show(card("swapped", KINDS, version="2.0.0"), kinds)
    after = [(await _predict(client, "swapped", 1.0, True, 3)).OutputArguments[6].Value for _ in range(2)]
    assert (before, after) == ("1.0.0", ["2.0.0", "2.0.0"])


async def test_a_version_with_other_inputs_refuses_the_old_ones(stage: Stage, client: Client) -> None:
    """Though the bytes are those that were answered before."""
    await stage.show(card("changed", KINDS), kinds)
    for _ in range(2):
        assert (await _predict(client, "changed", 1.0, True, 3)).StatusCode.is_good()
    fewer = Signature(KINDS.inputs[:2], KINDS.outputs)
    await stage.show(card("changed", fewer, version="2.0.0"), lambda row: kinds((*row, 0)))
    answer = await _predict(client, "changed", 1.0, True, 3)
    assert answer.StatusCode.value == StatusCodes.BadTooManyArguments
