"""What one model's nodes show, and how it changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from asyncua import ua
from asyncua.ua.status_codes import StatusCodes

from opcua_ml.domain.status import Status
from opcua_ml.opcua.live import change_together
from opcua_ml.opcua.server.diagnostics_nodes import (
    count,
    counters,
    queue_counters,
    queue_nodes,
    reason_node,
)
from opcua_ml.opcua.server.handshake_nodes import HandshakeDisplay, handshake_counters
from opcua_ml.opcua.server.model_nodes import state_node
from opcua_ml.opcua.server.node_ids import below
from opcua_ml.opcua.server.output_cells import Change, OutputCells
from opcua_ml.opcua.server.prediction_value import PredictionEncoder, quality_word
from opcua_ml.opcua.server.variables import VALUE_AS_TEXT, input_data_type, is_multi_state_value
from opcua_ml.opcua.values import NULL, date_time, status_code, text, to_data_value, utc

if TYPE_CHECKING:
    from datetime import datetime

    from opcua_ml.application.statistics import ModelStatistics
    from opcua_ml.domain.card import ModelCard
    from opcua_ml.domain.prediction import Prediction
    from opcua_ml.domain.sample import Sample
    from opcua_ml.domain.state import ModelState
    from opcua_ml.opcua.server.names import Names
    from opcua_ml.opcua.server.node_tree import NodeTree

_UNCERTAIN = status_code(StatusCodes.Uncertain)


class ModelDisplay:
    """The cells of one model in one version.

    Args:
        tree: that holds the model's nodes already.
        names: of both namespaces.
        path: of the model.
        card: of the version.
    """

    def __init__(self, tree: NodeTree, names: Names, path: str, card: ModelCard) -> None:
        self.card = card
        self._tree = tree
        self._names = names
        self._path = path
        self._encoder = PredictionEncoder(names, card.signature)
        inputs, outputs = below(path, "Inputs"), below(path, "Outputs")
        self._inputs = [tree.cell(below(inputs, item.name)) for item in card.signature.inputs]
        self._input_texts = {
            index: tree.cell(below(inputs, item.name, VALUE_AS_TEXT))
            for index, item in enumerate(card.signature.inputs)
            if is_multi_state_value(item)
        }
        self._outputs = OutputCells(
            [tree.cell(below(outputs, item.name)) for item in card.signature.outputs], card.signature.outputs
        )
        self._labels = [
            tree.cell(path_of_text)
            for item in card.signature.outputs
            if tree.holds(path_of_text := below(outputs, item.name, VALUE_AS_TEXT))
        ]
        self._latest = tree.cell(below(path, "Latest"))
        self._words = [tree.cell(below(path, name)) for name in ("Quality", "Reason", "OffendingTag")]
        self._handshake: HandshakeDisplay | None = None
        self._age = tree.cell(below(path, "OffendingTagAge"))
        self._sampled = [False] * len(self._inputs)

    def show_handshake(self, display: HandshakeDisplay) -> None:
        """Let predictions that answer requests tell so by these words."""
        self._handshake = display

    async def show_heartbeat(self, beats: int, now: datetime) -> None:
        """Change the sign of life of a handshake."""
        if self._handshake is not None:
            await change_together(self._handshake.heartbeat(beats, date_time(now)))

    def fits(self, prediction: Prediction) -> bool:
        """Whether the prediction is of the version and shape that the nodes have."""
        return prediction.version == self.card.version and self._encoder.fits(prediction)

    async def show(self, prediction: Prediction, now: datetime) -> None:
        """Change inputs, outputs, `Latest` and the words about them as one."""
        source = date_time(prediction.source_timestamp)
        server = date_time(now)
        status = status_code(prediction.status)
        inputs, outputs = self._encoder.inputs(prediction), self._encoder.outputs(prediction)
        changes: list[Change] = []
        for index, (variant, code) in enumerate(zip(inputs, prediction.input_status, strict=True)):
            shown = ua.DataValue(variant, status_code(code), source, server)
            if not self._is_shown(index, shown) and not self._is_newer(index, prediction):
                changes += self._input_changes(index, shown)
                self._sampled[index] = False
        numbers, others = self._outputs.changes(outputs, status, source, server)
        changes += others
        changes += [
            (cell, ua.DataValue(variant, status, source, server))
            for cell, variant in zip(self._labels, self._encoder.labels(prediction), strict=True)
        ]
        # Under a Bad status the structure, and with it the reason, would have to be null: Uncertain keeps it.
        latest_status = _UNCERTAIN if prediction.is_bad else status
        latest = self._encoder.latest(prediction, inputs, outputs, now)
        changes.append((self._latest, ua.DataValue(latest, latest_status, source, server)))
        words = (quality_word(prediction.status), prediction.reason, prediction.offending_input)
        for cell, word in zip(self._words, words, strict=True):
            if cell.value.Value is None or cell.value.Value.Value != word:
                changes.append((cell, _string(word, source, server)))
        age = _age(prediction, source, server)
        if self._age.value.Value != age.Value or self._age.value.StatusCode != age.StatusCode:
            changes.append((self._age, age))
        if self._handshake is not None:
            changes += self._handshake.answer(prediction, source, server)
        await change_together(changes, numbers)

    async def show_input(self, index: int, sample: Sample, now: datetime) -> None:
        """Change one input to its newest sample; a window that the server gathers shows when it is used."""
        item = self.card.signature.inputs[index]
        if sample.value is not None and item.is_array != isinstance(sample.value, tuple):
            return
        shown = to_data_value(
            sample.value,
            input_data_type(item),
            sample.status,
            sample.source_timestamp,
            sample.server_timestamp or now,
        )
        self._sampled[index] = True
        await change_together(self._input_changes(index, shown))

    async def show_state(self, state: ModelState, reason: str, now: datetime) -> None:
        """Change the state and the reason for it."""
        parent = below(self._path, "State")
        moment = date_time(now)
        good = status_code(Status.Good)
        values = {
            "CurrentState": ua.Variant(text(state.name), ua.VariantType.LocalizedText),
            "CurrentState.Id": ua.Variant(state_node(self._names, state), ua.VariantType.NodeId),
            "ModelState": ua.Variant(int(state), ua.VariantType.Int32),
            "Reason": ua.Variant(reason, ua.VariantType.String),
        }
        await change_together(
            (self._tree.cell(f"{parent}.{name}"), ua.DataValue(variant, good, moment, moment))
            for name, variant in values.items()
        )

    async def show_statistics(self, statistics: ModelStatistics, now: datetime) -> None:
        """Change the counters and latencies that differ."""
        values = dict(counters(self._path, statistics))
        reasons = [
            (reason_node(self._names, self._path, reason), number)
            for reason, number in statistics.rejected_by_reason.items()
        ]
        nodes = [node for node, _ in reasons]
        for queue in statistics.queues:
            nodes += queue_nodes(self._names, self._path, queue)
            values |= dict(queue_counters(self._path, queue))
        if self._handshake is not None and statistics.handshake is not None:
            values |= dict(handshake_counters(self._path, statistics.handshake))
        await self._tree.bring([node for node in nodes if not self._tree.holds(node.path)])
        values |= {node.path: count(number) for node, number in reasons}
        moment, good = date_time(now), status_code(Status.Good)
        cells = ((self._tree.cell(path), variant) for path, variant in values.items())
        await change_together(
            (cell, ua.DataValue(variant, good, moment, moment))
            for cell, variant in cells
            if cell.value.Value != variant
        )

    def _is_shown(self, index: int, wanted: ua.DataValue) -> bool:
        """Whether the input's newest sample is on show and was the one used: then it keeps its own times."""
        if not self._sampled[index]:
            return False
        shown = self._inputs[index].value
        return shown.Value == wanted.Value and shown.StatusCode == wanted.StatusCode

    def _is_newer(self, index: int, prediction: Prediction) -> bool:
        """Whether a client has written the input since the values that the prediction was made of."""
        cell = self._inputs[index]
        if cell.value_setter is None:
            return False
        written = utc(cell.value.SourceTimestamp)
        return written is not None and written > prediction.source_timestamp

    def _input_changes(self, index: int, shown: ua.DataValue) -> list[Change]:
        changes = [(self._inputs[index], shown)]
        words = self._input_texts.get(index)
        if words is not None:
            value = shown.Value.Value if shown.Value is not None else None
            named = (
                ua.Variant(None, ua.VariantType.Null)
                if value is None
                else ua.Variant(text(str(value)), ua.VariantType.LocalizedText)
            )
            changes.append(
                (words, ua.DataValue(named, shown.StatusCode, shown.SourceTimestamp, shown.ServerTimestamp))
            )
        return changes


def _age(prediction: Prediction, source: ua.DateTime | None, server: ua.DateTime | None) -> ua.DataValue:
    """Of the offending input; 0 where none offends, Bad where its age is not known."""
    seconds = prediction.offending_age_seconds if prediction.offending_input else 0.0
    if seconds is None:
        return ua.DataValue(NULL, status_code(Status.BadWaitingForInitialData), source, server)
    variant = ua.Variant(seconds, ua.VariantType.Double)
    return ua.DataValue(variant, status_code(Status.Good), source, server)


def _string(word: str, source: ua.DateTime | None, server: ua.DateTime | None) -> ua.DataValue:
    variant = ua.Variant(word, ua.VariantType.String)
    return ua.DataValue(variant, status_code(Status.Good), source, server)
