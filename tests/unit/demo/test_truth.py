"""Predictions beside what the simulator knows to be true."""

from datetime import UTC, datetime, timedelta

import pytest

from opcua_ml.demo.truth import TRUTH_TAGS, Scoreboard, Truth
from opcua_ml.domain.card import ModelCard
from opcua_ml.domain.prediction import Prediction
from opcua_ml.domain.sample import Sample, Value
from opcua_ml.domain.signature import DataType, Input, Output, OutputRole, Signature, Task
from opcua_ml.domain.status import Status

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
ALARM = Signature((Input("a"),), (Output("anomaly", OutputRole.ANOMALY, DataType.BOOLEAN),))
FLOW = Signature((Input("a"),), (Output("flow", OutputRole.VALUE),))
CARDS = {
    "alarm": ModelCard("alarm", "1.0.0", Task.ANOMALY_DETECTION, ALARM, ""),
    "flow": ModelCard("flow", "1.0.0", Task.REGRESSION, FLOW, ""),
}
KEYS = {task: key for key, task in enumerate(TRUTH_TAGS)}


def told(task: Task, value: Value | None, seconds: float) -> tuple[int, Sample]:
    """A truth as it comes from the simulator, stamped so many seconds after noon."""
    status = Status.BadNoCommunication if value is None else Status.Good
    return KEYS[task], Sample(value, status, NOON + timedelta(seconds=seconds), None, seconds)


def predicted(model: str, value: Value, seconds: float, status: int = Status.Good) -> Prediction:
    """A prediction from inputs of so many seconds after noon."""
    outputs = () if status == Status.Bad else (value,)
    moment = NOON + timedelta(seconds=seconds)
    return Prediction("id", 1, model, "1.0.0", (1.0,), (Status.Good,), outputs, status, "", moment)


def test_a_prediction_is_compared_with_the_truth_of_its_own_moment() -> None:
    """Not with that of the moment at which it arrives; before the first truth with nothing."""
    board = Scoreboard(Truth(), CARDS)
    board.truth.receive([told(Task.REGRESSION, 10.0, 1), told(Task.REGRESSION, 20.0, 2)])
    for value, seconds in ((99.0, 0.5), (11.0, 1.5), (23.0, 2.0)):
        board.observe(predicted("flow", value, seconds))
    assert board.summary("flow") == {"compared": 2, "mean_absolute_error": pytest.approx(2.0)}


def test_what_is_bad_is_not_compared() -> None:
    """Neither a Bad prediction nor a truth that was lost on the way."""
    board = Scoreboard(Truth(), CARDS)
    board.truth.receive([told(Task.REGRESSION, 10.0, 1), told(Task.REGRESSION, None, 2)])
    board.observe(predicted("flow", 0.0, 3, Status.Bad))
    assert board.summary("flow") == {"compared": 0}
    assert board.truth.now(Task.REGRESSION) == 10.0


def test_alarms_are_told_by_accuracy_and_f1() -> None:
    """One right alarm, one false, one missed and one right silence: F1 = 2 / (2 + 1 + 1)."""
    board = Scoreboard(Truth(), CARDS)
    for seconds, (truth, answer) in enumerate(
        ((True, True), (False, True), (True, False), (False, False)), 1
    ):
        board.truth.receive([told(Task.ANOMALY_DETECTION, truth, seconds)])
        board.observe(predicted("alarm", answer, seconds))
    assert board.summary("alarm") == {"compared": 4, "accuracy": 0.5, "f1": 0.5}
