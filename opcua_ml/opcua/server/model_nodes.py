"""The nodes of one model, from its card: what an engineer finds below Models/<model>."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from asyncua import ua

from opcua_ml.domain.details import completed
from opcua_ml.domain.figure import figure
from opcua_ml.domain.signature import Task
from opcua_ml.domain.state import ModelState
from opcua_ml.domain.status import Status
from opcua_ml.opcua.server.diagnostics_nodes import diagnostics_nodes, seconds_variable
from opcua_ml.opcua.space.blueprint import Blueprint, Value, property_of
from opcua_ml.opcua.space.node_ids import MACHINE_LEARNING, below, model_path
from opcua_ml.opcua.space.standard import (
    ARGUMENT,
    LOCALIZED_TEXT,
    NODE_ID,
    ORGANIZES,
    STATE_VARIABLE_TYPE,
    STRING,
    UTC_TIME,
    VARIABLE_TYPE,
)
from opcua_ml.opcua.space.variables import input_nodes, output_nodes
from opcua_ml.opcua.texts import phrase, said, text, users_text
from opcua_ml.opcua.values import date_time

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from opcua_ml.domain.card import ModelCard
    from opcua_ml.domain.details import TagDetails
    from opcua_ml.opcua.server.predict import PredictMethod
    from opcua_ml.opcua.server.predict_batch import PredictBatchMethod
    from opcua_ml.opcua.space.names import Names

_TASKS = {task: number for number, task in enumerate(Task)}
"""Task declares its members in the order of the nodeset's TaskEnumeration; a test holds them together."""
NO_PREDICTION_YET = "no prediction yet: waiting for the first inputs"
METHODS_ALONE = "this model is scored by method calls alone"


@dataclass(frozen=True, slots=True)
class InputFeed:
    """From where a model's inputs come.

    Attributes:
        sources: by input: the PLC tag that feeds it, in words.
        writable: whether clients may write the others.
        tags: by input: what its PLC tells of it.
    """

    sources: Mapping[str, str]
    writable: bool
    tags: Mapping[str, TagDetails] = field(default_factory=dict)

    def source(self, name: str) -> str:
        """Who feeds the input."""
        return self.sources.get(name) or ("clients" if self.writable else "Predict alone")


class ModelNodes:
    """Makes the blueprints of one model.

    Args:
        names: of both namespaces.
        card: of the active version.
        feed: from where its inputs come.
        backend: what computes, and why it was chosen.
    """

    def __init__(
        self,
        names: Names,
        card: ModelCard,
        feed: InputFeed,
        backend: tuple[str, str],
    ) -> None:
        self._names = names
        self._card = card
        self._feed = feed
        self._backend = backend
        self.path = model_path(card.name)

    def blueprints(self, *methods: PredictMethod | PredictBatchMethod) -> list[Blueprint]:
        """All nodes, each one after its parent."""
        card = self._card
        return [
            Blueprint(
                self.path,
                f"{MACHINE_LEARNING}.Models",
                self._names.site(card.name),
                model_words(card),
                self._names.type("ModelType"),
                ORGANIZES,
                display=card.display_name,
            ),
            *self._identification(),
            *self._state(),
            *self._inputs(),
            *self._outputs(),
            *self._last_prediction(),
            *(node for method in methods for node in self._method(method)),
            *diagnostics_nodes(self._names, self.path, *self._backend),
        ]

    def _object(self, name: str, kind: str, description: str) -> Blueprint:
        return Blueprint(
            below(self.path, name), self.path, self._names.own(name), description, self._names.type(kind)
        )

    def _identification(self) -> Iterator[Blueprint]:
        card, parent = self._card, below(self.path, "Identification")
        yield self._object("Identification", "IdentificationType", "Who and what the model is.")
        described: tuple[tuple[str, str, ua.NodeId, object], ...] = (
            ("Name", "Name of the model; the same for all its versions.", STRING, card.name),
            ("Description", "What the model does.", LOCALIZED_TEXT, card.description),
            ("Task", "What the model is for.", self._names.type("TaskEnumeration"), _TASKS[card.task]),
            ("ActiveVersion", "Version that predicts now.", STRING, card.version),
            ("ContentHash", "SHA-256 of the package's manifest, hexadecimal.", STRING, card.content_hash),
            ("Framework", "Library and version that fitted the model.", STRING, card.framework),
            ("Estimator", "Class of the fitted estimator.", STRING, card.estimator),
            ("TrainedAt", "When the model was trained.", UTC_TIME, card.trained_at),
            ("TrainingDataHash", "SHA-256 of the training data.", STRING, card.training_data_hash),
            ("CodeRevision", "Of the code that trained the model.", STRING, card.code_revision),
            ("Metrics", "Measured on data that training had not seen.", STRING, _pairs(card.metrics)),
            ("Parameters", "Of the estimator and its steps.", STRING, _pairs(card.parameters)),
            ("Environment", "Where the model was packed.", STRING, _pairs(card.environment)),
            ("Author", "Who made the model.", STRING, card.author),
            ("License", "Under which licence it may be used.", STRING, card.license),
        )
        for name, words, data_type, value in described:
            if value is not None and value != "":
                yield property_of(
                    parent, self._names.own(name), words, data_type, _constant(value, data_type)
                )

    def _state(self) -> Iterator[Blueprint]:
        parent = below(self.path, "State")
        yield self._object("State", "ModelStateMachineType", "Whether the model predicts, and why not.")
        current = f"{parent}.CurrentState"
        state = ModelState.Loading
        loading = ua.Variant(text(state.name), ua.VariantType.LocalizedText)
        yield Blueprint(
            current,
            parent,
            ua.QualifiedName("CurrentState"),
            "Name of the current state.",
            STATE_VARIABLE_TYPE,
            value=Value(LOCALIZED_TEXT, loading),
        )
        state_id = ua.Variant(state_node(self._names, state), ua.VariantType.NodeId)
        yield property_of(current, "Id", "Node of the current state in its type.", NODE_ID, state_id).live()
        yield Blueprint(
            f"{parent}.ModelState",
            parent,
            self._names.own("ModelState"),
            "The current state as a number with a name.",
            VARIABLE_TYPE,
            value=Value(
                self._names.type("ModelStateEnumeration"), ua.Variant(int(state), ua.VariantType.Int32)
            ),
        )
        yield self._text(parent, "Reason", "Why the state is not Ready; else empty.", "")

    def _inputs(self) -> Iterator[Blueprint]:
        yield self._object("Inputs", "InputsType", "What the model was given.")
        for item in self._card.signature.inputs:
            writable = self._feed.writable and item.name not in self._feed.sources
            source = self._feed.source(item.name)
            parent, tag = below(self.path, "Inputs"), self._feed.tags.get(item.name)
            shown = item if tag is None else completed(item, tag)
            yield from input_nodes(self._names, parent, shown, source, writable=writable)

    def _outputs(self) -> Iterator[Blueprint]:
        yield self._object("Outputs", "OutputsType", "What the model made of it.")
        for item in self._card.signature.outputs:
            yield from output_nodes(self._names, below(self.path, "Outputs"), item)

    def _last_prediction(self) -> Iterator[Blueprint]:
        yield Blueprint(
            below(self.path, "Latest"),
            self.path,
            self._names.own("Latest"),
            "The last prediction as one value: never half of two.",
            VARIABLE_TYPE,
            value=Value(self._names.type("PredictionDataType"), status=Status.BadWaitingForInitialData),
        )
        yield self._text(self.path, "Quality", "Of the outputs in one word: Good, Uncertain or Bad.", "Bad")
        waiting = NO_PREDICTION_YET if self._feed.sources or self._feed.writable else METHODS_ALONE
        yield self._text(self.path, "Reason", "Why the outputs' quality is not Good; else empty.", waiting)
        yield self._text(self.path, "OffendingTag", "The input that made the quality so; else empty.", "")
        words = "Since that input's last usable value, as of the last prediction; Bad where none ever came."
        yield from seconds_variable(self._names, self.path, "OffendingTagAge", words)

    def _text(self, parent: str, name: str, description: str, value: str) -> Blueprint:
        variant = ua.Variant(value, ua.VariantType.String)
        return Blueprint(
            f"{parent}.{name}",
            parent,
            self._names.own(name),
            description,
            VARIABLE_TYPE,
            value=Value(STRING, variant),
        )

    def _method(self, method: PredictMethod | PredictBatchMethod) -> Iterator[Blueprint]:
        path = below(self.path, method.name)
        name = self._names.own(method.name)
        yield Blueprint(path, self.path, name, method.description, method=method.call)
        for kind, arguments in (
            ("InputArguments", method.input_arguments),
            ("OutputArguments", method.output_arguments),
        ):
            variant = ua.Variant(arguments, ua.VariantType.ExtensionObject, None, True)
            yield property_of(path, kind, f"{kind[:-9]} arguments, in order.", ARGUMENT, variant)


def model_words(card: ModelCard) -> str:
    """What the model is for, in its package's words, else in ours."""
    if card.description:
        return card.description
    return phrase("Model {name} ({task}).", name=card.name, task=said(card.task.value))


def state_node(names: Names, state: ModelState) -> ua.NodeId:
    """The node that stands for a state in the type of the state machine."""
    return names.type(f"ModelStateMachineType_{state.name}")


def _constant(value: object, data_type: ua.NodeId) -> ua.Variant:
    if data_type == UTC_TIME:
        return ua.Variant(date_time(value), ua.VariantType.DateTime)  # type: ignore[arg-type]
    if data_type == LOCALIZED_TEXT:
        return ua.Variant(
            users_text(value if isinstance(value, str) else str(value)), ua.VariantType.LocalizedText
        )
    if isinstance(value, int):
        return ua.Variant(value, ua.VariantType.Int32)
    return ua.Variant(value, ua.VariantType.String)


def _pairs(facts: Mapping[str, object]) -> str:
    """Facts by name, in one text."""
    return "; ".join(
        f"{name} = {figure(value, 6)}" if isinstance(value, float) else f"{name} = {value}"
        for name, value in facts.items()
    )
