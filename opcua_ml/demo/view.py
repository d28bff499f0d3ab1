"""What the demo shows in the terminal."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import zip_longest
from typing import TYPE_CHECKING

from rich.box import SIMPLE_HEAD
from rich.console import Group
from rich.table import Table
from rich.text import Text

from opcua_ml.demo.truth import TRUTH_TAGS, main_output
from opcua_ml.domain.engineering_units import engineering_unit
from opcua_ml.domain.figure import figure
from opcua_ml.domain.signature import OutputRole, Task
from opcua_ml.domain.status import Severity, Status, severity, status_name

if TYPE_CHECKING:
    from rich.console import RenderableType

    from opcua_ml.application.served_model import ServedModel
    from opcua_ml.demo.plant import Plant
    from opcua_ml.demo.truth import Scoreboard
    from opcua_ml.domain.card import ModelCard
    from opcua_ml.domain.prediction import Prediction
    from opcua_ml.domain.sample import Value
    from opcua_ml.domain.signature import Input
    from opcua_ml.service.service import Service

WIDE = 110
"""Columns of a terminal that has room for versions and latencies too."""
_COLOURS = {Severity.GOOD: "green", Severity.UNCERTAIN: "yellow", Severity.BAD: "red"}


@dataclass(frozen=True, slots=True)
class View:
    """Draws one frame from the state of everything; on the event loop, which alone may look at that."""

    service: Service
    plant: Plant
    board: Scoreboard

    def frame(self, width: int) -> RenderableType:
        """What is to be seen now, in a terminal of `width` columns; painting it needs nothing but itself."""
        return Group(self._heading(), self._models(width), self._tags(), self._ending())

    def _heading(self) -> RenderableType:
        text = Text(no_wrap=True, overflow="ellipsis")
        text.append("opcua_ml demo", style="bold")
        text.append("   in UaExpert: ")
        text.append(self.service.endpoint, style="bold cyan")
        text.append("\nAdd Server, Custom Discovery, choose None and anonymous; then browse Objects")
        text.append("\n/ MachineLearning / Models.   PLC: ")
        state = self.plant.pid
        text.append(f"running (process {state})" if state else "away", style="green" if state else "red")
        return text

    def _models(self, width: int) -> Table:
        is_wide = width >= WIDE
        table = Table(box=SIMPLE_HEAD, padding=(0, 1), pad_edge=False)
        table.add_column("model", no_wrap=True)
        for heading in ("prediction", "truth", "quality"):
            table.add_column(heading, overflow="fold")
        table.add_column("score so far")
        for heading in ("version", "p50 ms", "p99 ms", "count") if is_wide else ():
            table.add_column(heading, justify="right", no_wrap=True)
        for model in self.service.models:
            last = self.board.last.get(model.name)
            shown = model.snapshot()
            latencies = (f"{shown.answer.p50:.2f}", f"{shown.answer.p99:.2f}")
            table.add_row(
                model.name,
                _prediction(model.card, last),
                _truth(model.card, self.board),
                _quality(last),
                _score(model.card, self.board.summary(model.name)),
                *((model.card.version, *latencies, str(shown.predictions)) if is_wide else ()),
            )
        return table

    def _tags(self) -> Table:
        """Two tags side by side, so that all of them fit."""
        table = Table(*(["tag", "value", ""] * 2), box=SIMPLE_HEAD, pad_edge=False)
        for model in self._widest():
            last = self.board.last.get(model.name)
            if last is None:
                continue
            cells = [
                (item.name, _shown(value), _unit_or_fault(item, status))
                for item, value, status in zip(
                    model.signature.inputs, last.inputs, last.input_status, strict=True
                )
            ]
            half = (len(cells) + 1) // 2
            for left, right in zip_longest(cells[:half], cells[half:], fillvalue=("", "", "")):
                table.add_row(*left, *right)
        return table

    def _widest(self) -> list[ServedModel]:
        return sorted(self.service.models, key=lambda model: -len(model.signature.inputs))[:1]

    @staticmethod
    def _ending() -> Text:
        return Text("Ctrl-C ends the demo.", style="dim")


def _prediction(card: ModelCard, last: Prediction | None) -> str:
    if last is None or last.is_bad:
        return "none" if last is None else last.reason
    value = main_output(card, last)
    return _named(card, value)


def _truth(card: ModelCard, board: Scoreboard) -> str:
    value = board.truth.now(card.task) if card.task in TRUTH_TAGS else None
    return "" if value is None else _named(card, value)


def _named(card: ModelCard, value: Value | None) -> str:
    for output in card.signature.outputs:
        if output.role is OutputRole.LABEL and isinstance(value, int) and value < len(output.categories):
            return output.categories[value]
    if card.task is Task.ANOMALY_DETECTION:
        return "anomaly" if value else "normal"
    return _shown(value)


def _shown(value: Value | None) -> str:
    return f"{value:.3f}" if isinstance(value, float) else str(value)


def _symbol(item: Input) -> str:
    return engineering_unit(item.unit).symbol if item.unit else ""


def _unit_or_fault(item: Input, status: int) -> Text:
    """The unit of a value that is Good, else why it is not."""
    return Text(_symbol(item)) if severity(status) is Severity.GOOD else _status(status)


def _quality(last: Prediction | None) -> Text:
    return _status(Status.BadWaitingForInitialData if last is None else last.status)


def _status(status: int) -> Text:
    return Text(status_name(status), style=_COLOURS[severity(status)])


def _score(card: ModelCard, figures: dict[str, float]) -> str:
    told = []
    if "accuracy" in figures:
        told.append(f"{figures['accuracy']:.0%} right")
    if "f1" in figures:
        told.append(f"F1 {figures['f1']:.2f}")
    if "mean_absolute_error" in figures:
        unit = next((output.unit for output in card.signature.outputs if output.unit), None)
        symbol = f" {engineering_unit(unit).symbol}" if unit else ""
        told.append(f"off by {figure(figures['mean_absolute_error'], 2)}{symbol}")
    return ", ".join(told)
