"""Answers outside their declared range are told as that."""

from __future__ import annotations

from dataclasses import replace

import pytest

from opcua_ml.domain.output_rule import output_rule
from opcua_ml.domain.signature import DataType, Output, OutputRole, Range, Signature

FLOW = Output("flow", unit="MQH", range=Range(0.0, 200.0))
SCORES = Output("scores", length=3, range=Range(-1.0, 1.0))
CLASS = Output("class", OutputRole.LABEL, DataType.STRING, categories=("a", "b"))


@pytest.mark.parametrize("flow", [0.0, 100.0, 200.0])
def test_an_answer_within_its_range_and_at_its_ends_is_not_remarked(flow: float) -> None:
    """Arrays and outputs without a range neither."""
    rule = output_rule(Signature((), (CLASS, FLOW, SCORES)))
    assert rule is not None
    assert rule.exceeded(("a", flow, (-1.0, 0.0, 1.0))) == ""


@pytest.mark.parametrize(("flow", "told"), [(-27819.4, "-27819.4"), (200.001, "200.001")])
def test_an_answer_beyond_its_range_is_told_with_its_number_and_unit(flow: float, told: str) -> None:
    """However far the model goes beyond."""
    rule = output_rule(Signature((), (FLOW,)))
    assert rule is not None
    assert rule.exceeded((flow,)).startswith(f"flow: {told} is outside its range, ")
    assert rule.exceeded((flow,)).endswith(" m³/h")


def test_each_element_of_an_array_is_held_against_the_range() -> None:
    """The first one outside is told."""
    rule = output_rule(Signature((), (FLOW, SCORES)))
    assert rule is not None
    assert rule.exceeded((1.0, (0.0, 7.0, 9.0))).startswith("scores: 7 is outside its range, ")


def test_nan_is_in_no_range() -> None:
    """It can't be said to be within."""
    rule = output_rule(Signature((), (FLOW,)))
    assert rule is not None
    assert rule.exceeded((float("nan"),)).startswith("flow: nan is outside its range, ")


def test_where_nothing_is_declared_nothing_is_looked_at() -> None:
    """Probabilities are in their range by nature, and labels are no numbers."""
    confidence = Output("confidence", OutputRole.CONFIDENCE)
    number = replace(CLASS, data_type=DataType.UINT32, range=Range(0, 1))
    assert output_rule(Signature((), (CLASS, confidence, replace(FLOW, range=None), number))) is None
