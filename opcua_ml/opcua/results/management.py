"""The ResultManagement object: the last results, by model and by id.

Source: OPC 40001-101, 7.1 (ResultManagementType), 9.1 (ResultType), 10.5 (ResultDataType).
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Any, Final

from asyncua import ua
from asyncua.common.utils import ServiceError
from asyncua.ua.attribute_ids import AttributeIds
from asyncua.ua.object_ids import ObjectIds
from asyncua.ua.status_codes import StatusCodes

from opcua_ml.domain.result_context import MOST_CHARACTERS
from opcua_ml.domain.status import Status
from opcua_ml.opcua.nodesets.encoding import StructureEncoder
from opcua_ml.opcua.results.evaluation import VERDICTS
from opcua_ml.opcua.results.members import ResultMembers
from opcua_ml.opcua.results.members import plans as member_plans
from opcua_ml.opcua.results.model_results import ModelResults
from opcua_ml.opcua.space.blueprint import Blueprint, Value, property_of
from opcua_ml.opcua.space.call_result import answered, failed
from opcua_ml.opcua.space.node_ids import MACHINE_LEARNING, below
from opcua_ml.opcua.space.standard import ARGUMENT, FOLDER_TYPE, STRING, standard_id
from opcua_ml.opcua.texts import TranslatedText, in_locales
from opcua_ml.opcua.trust.nodes.method import calling_session

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from asyncua.server.address_space import NodeData
    from asyncua.server.server import Server

    from opcua_ml.domain.alarm.ranges import OutputRanges
    from opcua_ml.domain.card import ModelCard
    from opcua_ml.opcua.live import ValueCell
    from opcua_ml.opcua.results.events import ResultEvents
    from opcua_ml.opcua.space.names import Names
    from opcua_ml.opcua.space.node_tree import NodeTree

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


def _take_context(node: NodeData, attribute: AttributeIds, value: ua.DataValue) -> None:
    """Take what a client writes as PartId or JobId, unless it is too long."""
    words = None if value.Value is None else value.Value.Value
    if words is not None and len(words) > MOST_CHARACTERS:
        raise ServiceError(StatusCodes.BadOutOfRange)
    node.attributes[attribute].value = value


def _size(result: ua.Variant) -> int:
    return len(result.Value.Body)


def _handle() -> ua.Variant:
    return ua.Variant(0, ua.VariantType.UInt32)


def _int32(value: int) -> ua.Variant:
    return ua.Variant(value, ua.VariantType.Int32)
