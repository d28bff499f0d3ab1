"""`Predict` in passing, beside the same method awaited."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from asyncua import ua

from opcua_ml.application.served_model import ServedModel
from opcua_ml.domain.signature import DataType, Input, Output, OutputRole, Range, Signature
from opcua_ml.opcua.hot import encode_call_response
from opcua_ml.opcua.server.predict import PredictMethod
from opcua_ml.service.clock import SystemClock
from tests.integration.server.stage import Arithmetic, card

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opcua_ml.domain.prediction import Prediction
    from opcua_ml.domain.row import Row

KINDS = Signature(
    (Input("flow", range=Range(0, 100)), Input("on", DataType.BOOLEAN), Input("mode", DataType.INT32)),
    (
        Output("class", OutputRole.LABEL, DataType.INT64, categories=("low", "hïgh")),
        Output("spread", OutputRole.PROBABILITIES, categories=("low", "hïgh"), length=2),
        Output("value", data_type=DataType.FLOAT),
        Output("odd", OutputRole.ANOMALY),
        Output("text", data_type=DataType.STRING),
    ),
)


def kinds(row: Row) -> Row:
    """Outputs of every kind that a model has."""
    flow, on, mode = row
    high = flow > 50  # type: ignore[operator]
    return (int(high), (0.25, 0.75), float(flow) / 4, bool(on), f"mode {mode}")  # type: ignore[arg-type]


class Desk:
    """A handler with one model."""

    def __init__(self, signature: Signature = KINDS, compute: Any = kinds) -> None:
        self.model = ServedModel(card("desk", signature), Arithmetic(compute), SystemClock(), run_id="r")

    async def predict(self, _model: str, rows: Sequence[Sequence[object]]) -> list[Prediction]:
        """By the model."""
        return await self.model.predict(rows)

    def inline_model(self, _model: str) -> ServedModel:
        """The model."""
        return self.model


def given(*row: Any) -> list[ua.Variant]:
    """Arguments for `KINDS`."""
    types = (ua.VariantType.Double, ua.VariantType.Boolean, ua.VariantType.Int32)
    return [ua.Variant(value, kind) for value, kind in zip(row, types, strict=True)]


@pytest.mark.parametrize("row", [(1.0, True, 5), (99.5, False, -7)])
async def test_both_ways_give_the_same_bytes(row: tuple[Any, ...]) -> None:
    """Every kind of output, label's text and status included; only the prediction's id counts on."""
    awaited, passing = PredictMethod("desk", KINDS, Desk()), PredictMethod("desk", KINDS, Desk())
    result = await awaited.call(ua.NodeId(), *given(*row))
    wanted = encode_call_response(1, 2, [result])
    assert passing.inline_answer is not None
    written = passing.inline_answer(row)
    assert isinstance(wanted, bytes)
    assert written is not None
    assert wanted.endswith(written + bytes(4))
    again = passing.inline_answer(row)
    assert again is not None
    assert again != written
    assert len(again) == len(written)


@pytest.mark.parametrize(
    "row", [(101.0, True, 1), (-0.5, True, 1), (float("nan"), True, 1), (float("inf"), True, 1)], ids=str
)
def test_values_that_want_a_longer_look_are_left_to_it(row: tuple[Any, ...]) -> None:
    """Nothing is predicted or counted."""
    desk = Desk()
    method = PredictMethod("desk", KINDS, desk)
    assert method.inline_answer is not None
    assert method.inline_answer(row) is None
    assert desk.model.snapshot().calls == desk.model.snapshot().rejected == 0


def test_a_model_that_gives_something_else_is_left_to_the_coroutine() -> None:
    """Which tells what is wrong, and counts the row."""
    desk = Desk(compute=lambda _row: (1, "nonsense", None, 2, 3))
    method = PredictMethod("desk", KINDS, desk)
    assert method.inline_answer is not None
    assert method.inline_answer((1.0, True, 5)) is None
    assert (desk.model.snapshot().calls, desk.model.snapshot().predictions) == (0, 0)
