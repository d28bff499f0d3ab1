"""What one model's nodes show, and how it changes."""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING

from asyncua import ua

from opcua_ml.domain.status import Status
from opcua_ml.opcua.live import change_together
from opcua_ml.opcua.server.input_cells import InputCells
from opcua_ml.opcua.server.model_nodes import state_node
from opcua_ml.opcua.server.prediction_value import PredictionEncoder, quality_word
from opcua_ml.opcua.server.statistics_display import StatisticsDisplay
from opcua_ml.opcua.space.node_ids import below
from opcua_ml.opcua.space.output_cells import Change, OutputCells
from opcua_ml.opcua.space.variable_properties import VALUE_AS_TEXT
from opcua_ml.opcua.space.variables import element_names
from opcua_ml.opcua.texts import text
from opcua_ml.opcua.values import NULL, date_time, shared_status

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from opcua_ml.application.statistics import ModelStatistics
    from opcua_ml.domain.card import ModelCard
    from opcua_ml.domain.prediction import Prediction
    from opcua_ml.domain.state import ModelState
    from opcua_ml.opcua.server.companion import CompanionDisplay
    from opcua_ml.opcua.server.handshake_nodes import HandshakeDisplay
    from opcua_ml.opcua.space.names import Names
    from opcua_ml.opcua.space.node_tree import NodeTree


class ModelDisplay:
    """The cells of one model in one version.

    Args:
        tree: that holds the model's nodes already.
        names: of both namespaces.
        path: of the model.
        card: of the version.
        others: versions that had another signature: what they still predict does not belong here.
    """

    def __init__(
        self,
        tree: NodeTree,
        names: Names,
        path: str,
        card: ModelCard,
        others: frozenset[str] = frozenset(),
    ) -> None:
        self.card = card
        self._others = others
        self._tree = tree
        self._names = names
        self._path = path
        self._encoder = PredictionEncoder(names, card.signature)
        outputs = below(path, "Outputs")
        self._inputs = InputCells(tree, below(path, "Inputs"), card.signature.inputs)
        self._outputs = OutputCells(
            [tree.cell(below(outputs, item.name)) for item in card.signature.outputs],
            card.signature.outputs,
            [
                [tree.cell(below(outputs, item.name, name)) for name in element_names(item)]
                for item in card.signature.outputs
            ],
        )
        self._no_outputs = (None,) * len(card.signature.outputs)
        self._labels = [
            tree.cell(path_of_text)
            for item in card.signature.outputs
            if tree.holds(path_of_text := below(outputs, item.name, VALUE_AS_TEXT))
        ]
        self._latest = tree.cell(below(path, "Latest"))
        self._words = [tree.cell(below(path, name)) for name in ("Quality", "Reason", "OffendingTag")]
        self._last_words: Sequence[str | None] = [None] * len(self._words)
        self._age = tree.cell(below(path, "OffendingTagAge"))
        self._last_age: float | None = math.nan
        self._statistics = StatisticsDisplay(tree, names, path)
        self._handshake: HandshakeDisplay | None = None
        self._companions: Sequence[CompanionDisplay] = ()

    def show_handshake(self, display: HandshakeDisplay) -> None:
        """Let predictions that answer requests tell so by these words."""
        self._handshake = display
        self._statistics.show_handshake()

    def show_companions(self, displays: Sequence[CompanionDisplay]) -> None:
        """Let the nodes of companion specifications change with the model's own."""
        self._companions = displays

    async def show_heartbeat(self, beats: int, now: datetime) -> None:
        """Change the sign of life of a handshake."""
        if self._handshake is not None:
            await change_together(self._handshake.heartbeat(beats, date_time(now)))

    def fits(self, prediction: Prediction) -> bool:
        """Whether the prediction has the signature that the nodes have.

        Around a swap the versions before and after predict at once; what each made shows under its version.
        """
        return prediction.version not in self._others and self._encoder.fits(prediction)

    async def show(self, prediction: Prediction, now: datetime) -> None:
        """Change inputs, outputs, `Latest` and the words about them as one."""
        source = date_time(prediction.source_timestamp)
        server = date_time(now)
        status = shared_status(prediction.status)
        numbers, changes = self._inputs.changes(prediction, now)
        told = self._no_outputs if prediction.is_bad else prediction.outputs
        more_numbers, others = self._outputs.changes(told, status, source, server)
        changes = [*changes, *others, *self._changed_words(prediction, source, server)]
        if self._labels:
            changes += [
                (cell, ua.DataValue(variant, status, source, server))
                for cell, variant in zip(self._labels, self._encoder.labels(prediction), strict=True)
            ]
        for companion in self._companions:
            changes += companion.changes(prediction, source, server)
        if self._handshake is not None:
            changes += self._handshake.answer(prediction, source, server)
        latest = partial(self._encoder.latest, prediction, now)
        await change_together(changes, numbers + more_numbers, [(self._latest, latest)])
        for companion in self._companions:
            await companion.shown(prediction)

    async def show_state(self, state: ModelState, reason: str, now: datetime) -> None:
        """Change the state and the reason for it."""
        parent = below(self._path, "State")
        moment = date_time(now)
        good = shared_status(Status.Good)
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
        await self._statistics.show(statistics, now)

    def _changed_words(
        self, prediction: Prediction, source: ua.DateTime | None, server: ua.DateTime | None
    ) -> list[Change]:
        """Of quality, reason, offending tag and its age those that are not on show already."""
        words = quality_word(prediction.status), prediction.reason, prediction.offending_input
        changes = [
            (cell, _string(word, source, server))
            for cell, word, last in zip(self._words, words, self._last_words, strict=True)
            if word != last
        ]
        self._last_words = words
        seconds = prediction.offending_age_seconds if prediction.offending_input else 0.0
        if seconds != self._last_age:
            self._last_age = seconds
            changes.append((self._age, _age(seconds, source, server)))
        return changes


def _age(seconds: float | None, source: ua.DateTime | None, server: ua.DateTime | None) -> ua.DataValue:
    """Of the offending input; 0 where none offends, Bad where its age is not known."""
    if seconds is None:
        return ua.DataValue(NULL, shared_status(Status.BadWaitingForInitialData), source, server)
    variant = ua.Variant(seconds, ua.VariantType.Double)
    return ua.DataValue(variant, shared_status(Status.Good), source, server)


def _string(word: str, source: ua.DateTime | None, server: ua.DateTime | None) -> ua.DataValue:
    variant = ua.Variant(word, ua.VariantType.String)
    return ua.DataValue(variant, shared_status(Status.Good), source, server)
