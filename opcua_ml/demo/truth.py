"""What the simulator knows to be true, and how the predictions compare with it."""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from opcua_ml.domain.signature import DataType, OutputRole, Task

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from opcua_ml.domain.card import ModelCard
    from opcua_ml.domain.prediction import Prediction
    from opcua_ml.domain.sample import Sample, Value

TRUTH_TAGS: dict[Task, tuple[str, DataType]] = {
    Task.ANOMALY_DETECTION: ("GroundTruth.Anomaly", DataType.BOOLEAN),
    Task.CLASSIFICATION: ("GroundTruth.ActiveFault", DataType.INT32),
    Task.REGRESSION: ("GroundTruth.TrueFlow", DataType.DOUBLE),
}
_MAIN_ROLE = {
    Task.ANOMALY_DETECTION: OutputRole.ANOMALY,
    Task.CLASSIFICATION: OutputRole.LABEL,
    Task.REGRESSION: OutputRole.VALUE,
}
_HISTORY = 600
_TASKS = tuple(TRUTH_TAGS)


class Truth:
    """A SampleReceiver that keeps the last truths of each tag; keys are places in TRUTH_TAGS."""

    def __init__(self) -> None:
        self._held: dict[Task, deque[tuple[datetime, Value]]] = {
            task: deque(maxlen=_HISTORY) for task in TRUTH_TAGS
        }

    def receive(self, samples: Sequence[tuple[int, Sample]]) -> None:
        """Take truths; Bad ones say nothing."""
        for key, sample in samples:
            if sample.value is not None and sample.source_timestamp is not None:
                self._held[_TASKS[key]].append((sample.source_timestamp, sample.value))

    def at(self, task: Task, moment: datetime) -> Value | None:
        """What was true at that moment of the PLC's clock."""
        held = self._held[task]
        place = bisect_right(held, moment, key=lambda one: one[0])
        return held[place - 1][1] if place else None

    def now(self, task: Task) -> Value | None:
        """What was true last."""
        held = self._held[task]
        return held[-1][1] if held else None


@dataclass(slots=True)
class Score:
    """Of one model: counts of a confusion matrix, or the sum of absolute errors."""

    compared: int = 0
    right: int = 0
    true_alarms: int = 0
    false_alarms: int = 0
    missed_alarms: int = 0
    absolute_error: float = 0.0

    def add(self, task: Task, predicted: Value, true: Value) -> None:
        """Compare one prediction."""
        self.compared += 1
        if task is Task.REGRESSION:
            self.absolute_error += abs(float(predicted) - float(true))  # type: ignore[arg-type]
            return
        self.right += predicted == true
        if task is Task.ANOMALY_DETECTION:
            self.true_alarms += bool(predicted and true)
            self.false_alarms += bool(predicted and not true)
            self.missed_alarms += bool(true and not predicted)

    def summary(self, task: Task) -> dict[str, float]:
        """The figures of this kind of task; none before the first comparison."""
        if not self.compared:
            return {"compared": 0}
        figures: dict[str, float] = {"compared": self.compared}
        if task is Task.REGRESSION:
            figures["mean_absolute_error"] = self.absolute_error / self.compared
            return figures
        figures["accuracy"] = self.right / self.compared
        if task is Task.ANOMALY_DETECTION:
            # Without an anomaly, true or told, there is nothing that F1 could measure.
            alarms = 2 * self.true_alarms + self.false_alarms + self.missed_alarms
            if alarms:
                figures["f1"] = 2 * self.true_alarms / alarms
        return figures


@dataclass(slots=True)
class Scoreboard:
    """Compares every prediction that is not Bad with the truth of its own moment."""

    truth: Truth
    cards: dict[str, ModelCard]
    scores: dict[str, Score] = field(default_factory=dict)
    last: dict[str, Prediction] = field(default_factory=dict)

    def observe(self, prediction: Prediction) -> None:
        """Take a prediction as it is published."""
        self.last[prediction.model] = prediction
        card = self.cards[prediction.model]
        true = self.truth.at(card.task, prediction.source_timestamp) if card.task in TRUTH_TAGS else None
        predicted = main_output(card, prediction)
        if predicted is not None and true is not None:
            self.scores.setdefault(prediction.model, Score()).add(card.task, predicted, true)

    def summary(self, model: str) -> dict[str, float]:
        """The figures of one model."""
        return self.scores.get(model, Score()).summary(self.cards[model].task)


def main_output(card: ModelCard, prediction: Prediction) -> Value | None:
    """The output that is compared with the truth; None where there is none to use."""
    if prediction.is_bad:
        return None
    wanted = _MAIN_ROLE.get(card.task)
    for output, value in zip(card.signature.outputs, prediction.outputs, strict=True):
        if output.role is wanted:
            return value
    return None
