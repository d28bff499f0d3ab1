"""One model as ADI has it: an MVAModelType with its outputs, and the process variables that they feed.

Source: OPC 10020 1.01a, 5.4 (ChemometricModelType, ProcessVariableType), G.3 (MVAModelType).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from asyncua import ua
from asyncua.ua.object_ids import ObjectIds

from opcua_ml.domain.alarm.ranges import OutputRanges
from opcua_ml.domain.signature import Range
from opcua_ml.domain.status import Status
from opcua_ml.opcua.adi import names as adi
from opcua_ml.opcua.adi.alarm_state import AlarmState
from opcua_ml.opcua.server.model_nodes import model_words
from opcua_ml.opcua.space.blueprint import ONE_DIMENSION, SCALAR, Blueprint, Value, property_of
from opcua_ml.opcua.space.node_ids import below
from opcua_ml.opcua.space.shown_types import output_data_type
from opcua_ml.opcua.space.standard import BYTE_STRING, LOCALIZED_TEXT, RANGE, STRING, UTC_TIME, standard_id
from opcua_ml.opcua.space.variables import output_words
from opcua_ml.opcua.texts import joined, phrase, text
from opcua_ml.opcua.values import data_type_id, date_time, eu_range

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from opcua_ml.domain.card import ModelCard
    from opcua_ml.domain.signature import Output, Signature
    from opcua_ml.opcua.adi.names import AdiNames
    from opcua_ml.opcua.space.names import Names

_INT32 = standard_id(ObjectIds.Int32)
_WHICHEVER = "{output} of the model {model}, whichever version predicts it."
NO_RANGES = OutputRanges()


def model_path(model: str) -> str:
    """Of a model's MVAModelType."""
    return below(adi.SETTINGS, model)


def process_variable_path(model: str, output: str) -> str:
    """Of the tag that stays when the model behind it changes."""
    return below(adi.PARAMETERS, f"{model}.{output}")


def main_data_index(signature: Signature) -> int:
    """The input whose time the outputs get: the first spectrum or other array, else the first input."""
    return next((place for place, item in enumerate(signature.inputs) if item.is_array), 0)


class AdiModel(NamedTuple):
    """What a model's nodes are made from."""

    card: ModelCard
    ranges: Mapping[str, OutputRanges]
    own: AdiNames
    site: Names

    def blueprints(self) -> Iterator[Blueprint]:
        """Of the model, its outputs, and the process variables."""
        card, path = self.card, model_path(self.card.name)
        digest = ua.Variant(bytes.fromhex(card.content_hash), ua.VariantType.ByteString)
        yield Blueprint(
            path,
            adi.SETTINGS,
            self.site.site(card.name),
            "The model, named by the SHA-256 of its package; its bytes do not leave the server.",
            self.own.adi(adi.MVA_MODEL_TYPE),
            value=Value(BYTE_STRING, digest, constant=True),
        )
        yield from self._properties(path)
        for item in card.signature.outputs:
            yield from self._output(path, item)
            yield self._process_variable(item)

    def _properties(self, path: str) -> Iterator[Blueprint]:
        card, name = self.card, self.own.adi_name
        words = model_words(card)
        for kind, shown, told in (
            ("Name", card.name, "Name of the model; the same for all its versions."),
            (
                "ModelDescription",
                joined(" ", [words, phrase("Version {version}.", version=card.version)]),
                "What the model does.",
            ),
        ):
            value = ua.Variant(text(shown), ua.VariantType.LocalizedText)
            yield property_of(path, name(kind), told, LOCALIZED_TEXT, value)
        created = property_of(
            path,
            name("CreationDate"),
            "When the model was trained.",
            UTC_TIME,
            ua.Variant(date_time(card.trained_at), ua.VariantType.DateTime),
        )
        if card.trained_at is None:
            unknown = Value(UTC_TIME, status=Status.BadNoData, constant=True)
            created = Blueprint(
                created.path,
                path,
                created.name,
                created.description,
                created.type,
                created.reference,
                unknown,
            )
        yield created
        index = ua.Variant(main_data_index(card.signature), ua.VariantType.Int32)
        told = "Index of the input whose SourceTimestamp the outputs get."
        yield property_of(path, name("MainDataIndex"), told, _INT32, index)

    def _output(self, model: str, item: Output) -> Iterator[Blueprint]:
        path, ranges = below(model, item.name), self.ranges.get(item.name, NO_RANGES)
        yield Blueprint(
            path,
            model,
            self.site.site(item.name),
            output_words(item),
            self.own.adi(adi.MVA_OUTPUT_TYPE),
            self.own.adi(adi.HAS_OUTPUT),
            _waiting(item),
        )
        for name, words, span in (
            ("WarningLimits", "Outside of these the value is noteworthy.", ranges.warning),
            ("AlarmLimits", "Outside of these the value is alarming.", ranges.alarm),
        ):
            if span is not None:
                value = ua.Variant(eu_range(Range(*span)), ua.VariantType.ExtensionObject)
                yield property_of(path, self.own.adi_name(name), words, RANGE, value)
        state = ua.Variant(int(AlarmState.ALARM), ua.VariantType.Int32)
        words = "Whether the value is acceptable; ALARM while there is none."
        enumeration = self.own.adi(adi.ALARM_STATE_ENUMERATION)
        yield property_of(path, self.own.adi_name("AlarmState"), words, enumeration, state).live()
        reason = ua.Variant("", ua.VariantType.String)
        words = "Why the value's quality is not Good; else empty."
        yield property_of(path, self.own.adi_name("VendorSpecificError"), words, STRING, reason).live()

    def _process_variable(self, item: Output) -> Blueprint:
        return Blueprint(
            process_variable_path(self.card.name, item.name),
            adi.PARAMETERS,
            self.site.site(f"{self.card.name}.{item.name}"),
            phrase(_WHICHEVER, output=item.name, model=self.card.name),
            self.own.adi(adi.PROCESS_VARIABLE_TYPE),
            value=_waiting(item),
        )


def _waiting(item: Output) -> Value:
    is_array = item.length > 1
    return Value(
        data_type_id(output_data_type(item)),
        status=Status.BadWaitingForInitialData,
        rank=ONE_DIMENSION if is_array else SCALAR,
        dimensions=(item.length,) if is_array else (),
    )
