"""The ResultManagement object: the last results, by model and by id.

Source: OPC 40001-101, 7.1 (ResultManagementType), 9.1 (ResultType), 10.5 (ResultDataType).
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from asyncua import ua
from asyncua.common.utils import ServiceError
from asyncua.ua.attribute_ids import AttributeIds
from asyncua.ua.object_ids import ObjectIds
from asyncua.ua.status_codes import StatusCodes

from opcua_ml.domain.result_context import MOST_CHARACTERS
from opcua_ml.domain.status import Severity, Status, severity
from opcua_ml.opcua.nodesets.encoding import StructureEncoder
from opcua_ml.opcua.results.evaluation import VERDICTS, evaluation
from opcua_ml.opcua.results.members import ResultMembers
from opcua_ml.opcua.results.members import plans as member_plans
from opcua_ml.opcua.space.blueprint import Blueprint, Value, property_of
from opcua_ml.opcua.space.call_result import answered, failed
from opcua_ml.opcua.space.labels import is_label, label_words
from opcua_ml.opcua.space.node_ids import MACHINE_LEARNING, below
from opcua_ml.opcua.space.standard import ARGUMENT, FOLDER_TYPE, STRING, standard_id
from opcua_ml.opcua.space.variables import output_data_type
from opcua_ml.opcua.texts import TranslatedText, in_locales, joined, text
from opcua_ml.opcua.trust.nodes.method import calling_session
from opcua_ml.opcua.values import shared_status, to_variant

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from asyncua.server.address_space import NodeData
    from asyncua.server.server import Server

    from opcua_ml.domain.alarm.ranges import OutputRanges
    from opcua_ml.domain.card import ModelCard
    from opcua_ml.domain.prediction import Prediction
    from opcua_ml.opcua.live import ValueCell
    from opcua_ml.opcua.results.events import ResultEvents
    from opcua_ml.opcua.space.names import Names
    from opcua_ml.opcua.space.node_tree import NodeTree
    from opcua_ml.opcua.space.output_cells import Change

RESULT_URI: Final = "http://opcfoundation.org/UA/Machinery/Result/"
MANAGEMENT: Final = f"{MACHINE_LEARNING}.ResultManagement"
RESULTS: Final = f"{MANAGEMENT}.Results"
MOST_RESULTS: Final = 1000
MOST_BYTES: Final = 16 * 1024 * 1024
_MANAGEMENT_TYPE, _RESULT_TYPE, _RESULT, _META_DATA = 1004, 2001, 3008, 3007
_METHODS: Final = {
    "GetLatestResult": (6054, 6055, "The newest result of all models."),
    "GetResultById": (6048, 6049, "A result by its ResultId, the prediction's id."),
    "GetResultIdListFiltered": (
        6050,
        6051,
        "Ids of the results that are kept, newest first; takes no filter.",
    ),
    "ReleaseResultHandle": (6052, 6053, "Does nothing: no result is locked."),
}
_OBJECT: Final = standard_id(ObjectIds.BaseObjectType)
_NO_ERROR, _NO_RESULT = 0, 1
_CONTEXT: Final = ("PartId", "JobId")


class ResultManagement:
    """On one server.

    Args:
        server: with the nodeset of Machinery Result.
        tree, names: of the site's nodes.
        index: of the nodeset's namespace.
        events: that tell of new results.
        fed: by model: members of its meta data that tags tell, so that clients don't write them.
    """

    def __init__(
        self,
        server: Server,
        tree: NodeTree,
        names: Names,
        index: int,
        events: ResultEvents,
        *,
        fed: Mapping[str, Collection[str]],
    ) -> None:
        self.events = events
        self._fed = fed
        aspace: Any = server.iserver.aspace
        self._aspace = aspace
        self._tree = tree
        self._names = names
        self._index = ua.Int16(index)
        self._encoder = StructureEncoder(aspace.nodes())
        self._results: OrderedDict[str, ua.Variant] = OrderedDict()
        self._translated: dict[str, Mapping[str, Any]] = {}
        self._bytes = 0

    async def show(self) -> None:
        """Show the object and its methods."""
        codes: dict[str, Any] = {
            "GetLatestResult": self._latest,
            "GetResultById": self._by_id,
            "GetResultIdListFiltered": self._ids,
            "ReleaseResultHandle": self._release,
        }
        plans = [
            Blueprint(
                MANAGEMENT,
                MACHINE_LEARNING,
                self._name("ResultManagement"),
                "Verdicts of the models, as results of Machinery.",
                self._node(_MANAGEMENT_TYPE),
            ),
            Blueprint(
                RESULTS, MANAGEMENT, self._name("Results"), "The last result of each model.", FOLDER_TYPE
            ),
        ]
        for name, (inputs, outputs, words) in _METHODS.items():
            path = f"{MANAGEMENT}.{name}"
            plans.append(Blueprint(path, MANAGEMENT, self._name(name), words, method=codes[name]))
            for kind, number in (("InputArguments", inputs), ("OutputArguments", outputs)):
                held = self._aspace[self._node(number)].attributes[AttributeIds.Value].value.Value
                told = f"{kind[:-9]} arguments, in order."
                plans.append(property_of(path, kind, told, ARGUMENT, held))
        await self._tree.bring(plans)

    async def show_model(self, card: ModelCard, ranges: Mapping[str, OutputRanges]) -> ModelResults:
        """Show a model's results; one that gives no verdicts has none."""
        if not any(item.role in VERDICTS for item in card.signature.outputs):
            await self.remove_model(card.name)
            return ModelResults(self, card, ranges, None, {})
        path = below(RESULTS, card.name)
        fed = self._fed.get(card.name, ())
        plans = [
            Blueprint(
                path,
                RESULTS,
                self._names.site(card.name),
                f"The last result of the model {card.name}.",
                self._node(_RESULT_TYPE),
                value=Value(self._node(_RESULT), status=Status.BadWaitingForInitialData),
            ),
            *member_plans(path, self._index, fed),
        ]
        await self._tree.bring(plans)
        written = [name for name in _CONTEXT if name not in fed]
        cells = await self._bring_context(f"{path}.Context", path, written)
        members = ResultMembers(self._tree, path, self._index, self._encoder, fed)
        return ModelResults(self, card, ranges, self._tree.cell(path), cells, members)

    async def _bring_context(self, context: str, parent: str, names: Sequence[str]) -> dict[str, ValueCell]:
        """What clients write; nothing where tags tell all of it."""
        if not names:
            return {}
        words = "Of what the next results are: written by clients."
        plans = [Blueprint(context, parent, self._names.site("Context"), words, _OBJECT)]
        for name in names:
            empty = Value(STRING, ua.Variant("", ua.VariantType.String), writable=True)
            words = (
                f"{name} of the results from now on; empty for none. At most {MOST_CHARACTERS} characters."
            )
            plans.append(
                Blueprint(
                    f"{context}.{name}",
                    context,
                    self._names.site(name),
                    words,
                    standard_id(ObjectIds.BaseDataVariableType),
                    value=empty,
                )
            )
        await self._tree.bring(plans)
        cells = {name: self._tree.cell(f"{context}.{name}") for name in names}
        for cell in cells.values():
            cell.value_setter = _take_context
        return cells

    async def remove_model(self, name: str) -> None:
        """Show a model's results no longer."""
        await self._tree.remove(self._tree.paths_below(below(RESULTS, name)))

    def keep(self, result_id: str, content: Mapping[str, Any]) -> ua.Variant:
        """A result as a value; it can be fetched by its id until a thousand others, or 16 MiB, came."""
        value = self._encoder.encode(self._node(_RESULT), content)
        self._let_go(result_id)
        if type(content["ResultMetaData"]["ResultEvaluationDetails"]) is TranslatedText:
            self._translated[result_id] = content
        made = self._results[result_id] = ua.Variant(value, ua.VariantType.ExtensionObject, None, False)
        self._bytes += _size(made)
        while len(self._results) > MOST_RESULTS or (self._bytes > MOST_BYTES and len(self._results) > 1):
            self._let_go(next(iter(self._results)))
        return made

    def _let_go(self, result_id: str) -> None:
        result = self._results.pop(result_id, None)
        self._bytes -= 0 if result is None else _size(result)
        self._translated.pop(result_id, None)

    def _in_locales(self, result_id: str, found: ua.Variant, locales: tuple[str, ...]) -> ua.Variant:
        """The result with its text in the language of who asks."""
        content = self._translated.get(result_id)
        if content is None or not locales:
            return found
        meta_data = content["ResultMetaData"]
        words = in_locales(meta_data["ResultEvaluationDetails"], locales)
        told = {**content, "ResultMetaData": {**meta_data, "ResultEvaluationDetails": words}}
        value = self._encoder.encode(self._node(_RESULT), told)
        return ua.Variant(value, ua.VariantType.ExtensionObject, None, False)

    def _node(self, number: int) -> ua.NodeId:
        return ua.NodeId(ua.Int32(number), self._index)

    def _name(self, name: str) -> ua.QualifiedName:
        return ua.QualifiedName(name, ua.UInt16(self._index))

    async def _latest(self, _object: ua.NodeId, _timeout: ua.Variant) -> ua.CallMethodResult:
        return self._told(next(reversed(self._results), ""))

    async def _by_id(
        self, _object: ua.NodeId, result_id: ua.Variant, _timeout: ua.Variant
    ) -> ua.CallMethodResult:
        return self._told(result_id.Value or "")

    async def _ids(self, _object: ua.NodeId, *given: ua.Variant) -> ua.CallMethodResult:
        wanted, ordered, most, _ = (one.Value for one in given)
        if (wanted is not None and wanted.Elements) or ordered:
            return failed(StatusCodes.BadFilterNotAllowed)
        ids = list(reversed(self._results))[: most or None]
        return answered([_handle(), ua.Variant(ids, ua.VariantType.String, None, True), _int32(_NO_ERROR)])

    async def _release(self, _object: ua.NodeId, _given: ua.Variant) -> ua.CallMethodResult:
        return answered([_int32(_NO_ERROR)])

    def _told(self, result_id: str) -> ua.CallMethodResult:
        found = self._results.get(result_id)
        if found is None:
            return failed(StatusCodes.BadNotFound)
        session = calling_session.get()
        told = self._in_locales(result_id, found, session.caller.locales if session is not None else ())
        return answered([_handle(), told, _int32(_NO_ERROR)])


@dataclass
class ModelResults:
    """Makes one model's results; without a cell it makes none."""

    management: ResultManagement
    card: ModelCard
    ranges: Mapping[str, OutputRanges]
    cell: ValueCell | None
    context: Mapping[str, ValueCell]
    members: ResultMembers | None = None
    _ready: list[tuple[ua.Variant, Mapping[str, Any]]] = field(default_factory=list)

    def changes(
        self, prediction: Prediction, source: ua.DateTime | None, server: ua.DateTime | None
    ) -> Iterator[Change]:
        """The result that one prediction makes."""
        if self.cell is not None:
            content = self._content(prediction)
            value = self.management.keep(prediction.id, content)
            self._ready.append((value, content["ResultMetaData"]))
            yield self.cell, ua.DataValue(value, shared_status(Status.Good), source, server)
            if self.members is not None:
                yield from self.members.changes(
                    content["ResultMetaData"], prediction.context or {}, source, server
                )

    async def shown(self, prediction: Prediction) -> None:
        """Tell of the result by an event, now that it is on show and can be fetched."""
        ready, self._ready = self._ready, []
        for result, meta_data in ready:
            await self.management.events.raise_one(prediction.model, result, meta_data, datetime.now(UTC))

    def _content(self, prediction: Prediction) -> dict[str, Any]:
        outputs = self.card.signature.outputs
        pairs = list(zip(outputs, prediction.outputs, strict=False))
        labels = [label_words(item, value) for item, value in pairs if is_label(item)]
        words = prediction.reason or joined(", ", labels)
        # The structure has no place for a quality: what is not Good would be taken for a truth.
        written = {name: _good_text(cell.value) for name, cell in self.context.items()}
        told = {
            name: one.value
            for name, one in (prediction.context or {}).items()
            if severity(one.status) is Severity.GOOD and one.value is not None
        }
        return {
            "ResultMetaData": {
                "ResultId": prediction.id,
                "IsPartial": False,
                "IsSimulated": False,
                **written,
                **told,
                "InternalRecipeId": f"{prediction.model} {prediction.version}",
                "CreationTime": prediction.source_timestamp,
                "ResultEvaluation": int(evaluation(prediction, self.card.signature, self.ranges)),
                "ResultEvaluationDetails": text(words),
            },
            "ResultContent": [to_variant(value, output_data_type(item)) for item, value in pairs],
        }


def _take_context(node: NodeData, attribute: AttributeIds, value: ua.DataValue) -> None:
    """Take what a client writes as PartId or JobId, unless it is too long."""
    words = None if value.Value is None else value.Value.Value
    if words is not None and len(words) > MOST_CHARACTERS:
        raise ServiceError(StatusCodes.BadOutOfRange)
    node.attributes[attribute].value = value


def _good_text(held: ua.DataValue) -> str | None:
    """What a client wrote; None where it is empty, or not Good."""
    code = held.StatusCode.value if held.StatusCode is not None else Status.Good
    if held.Value is None or severity(code) is not Severity.GOOD:
        return None
    return held.Value.Value or None


def _size(result: ua.Variant) -> int:
    return len(result.Value.Body)


def _handle() -> ua.Variant:
    return ua.Variant(0, ua.VariantType.UInt32)


def _int32(value: int) -> ua.Variant:
    return ua.Variant(value, ua.VariantType.Int32)
