"""What the demo shows in the terminal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.console import Group
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from opcua_ml.demo.truth import TRUTH_TAGS, main_output
from opcua_ml.domain.signature import OutputRole, Task
from opcua_ml.domain.status import Severity, Status, severity, status_name
from opcua_ml.opcua.engineering_units import engineering_unit

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

_COLOURS = {Severity.GOOD: "green", Severity.UNCERTAIN: "yellow", Severity.BAD: "red"}


@dataclass(frozen=True, slots=True)
class View:
    """Draws one frame from the state of everything; on the event loop, which alone may look at that."""

    service: Service
    plant: Plant
    board: Scoreboard

    def frame(self) -> RenderableType:
        """What is to be seen now; painting it needs nothing but itself."""
        return Group(self._heading(), self._models(), self._tags(), self._ending())

    def _heading(self) -> RenderableType:
        text = Text()
        text.append("opcua_ml demo", style="bold")
        text.append("   open in UaExpert: ")
        text.append(self.service.endpoint, style="bold cyan")
        text.append("\n   Add Server, Custom Discovery, paste the address, choose None, connect anonymously,")
        text.append("\n   then browse Objects / MachineLearning / Models.")
        state = self.plant.pid
        text.append(f"\nPLC {self.plant.endpoint} ")
        text.append(f"running (process {state})" if state else "away", style="green" if state else "red")
        return Panel(text)

    def _models(self) -> Table:
        table = Table(
            "model", "version", "prediction", "truth", "quality", "p50 ms", "p99 ms", "count", "score"
        )
        for model in self.service.models:
            last = self.board.last.get(model.name)
            shown = model.snapshot()
            table.add_row(
                model.name,
                model.card.version,
                _prediction(model.card, last),
                _truth(model.card, self.board),
                _quality(last),
                f"{shown.answer.p50:.2f}",
                f"{shown.answer.p99:.2f}",
                str(shown.predictions),
                _score(self.board.summary(model.name)),
            )
        return table

    def _tags(self) -> Table:
        table = Table("tag", "value", "unit", "quality")
        for model in self._widest():
            last = self.board.last.get(model.name)
            if last is None:
                continue
            for item, value, status in zip(
                model.signature.inputs, last.inputs, last.input_status, strict=True
            ):
                table.add_row(item.name, _shown(value), _symbol(item), _status(status))
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


def _quality(last: Prediction | None) -> Text:
    return _status(Status.BadWaitingForInitialData if last is None else last.status)


def _status(status: int) -> Text:
    return Text(status_name(status), style=_COLOURS[severity(status)])


def _score(figures: dict[str, float]) -> str:
    return ", ".join(f"{name} {value:.3g}" for name, value in figures.items() if name != "compared")
