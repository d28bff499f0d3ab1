"""What stands below the last result of a model: its meta data, and the members that historians take.

Source: OPC 40001-101, 9.1 (ResultType).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from asyncua import ua
from asyncua.ua.object_ids import ObjectIds

from opcua_ml.domain.status import Status
from opcua_ml.opcua.space.blueprint import Blueprint, Value
from opcua_ml.opcua.space.standard import UTC_TIME, standard_id
from opcua_ml.opcua.values import NULL, shared_status

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from opcua_ml.domain.sample import Sample
    from opcua_ml.opcua.nodesets.encoding import StructureEncoder
    from opcua_ml.opcua.space.node_tree import NodeTree
    from opcua_ml.opcua.space.output_cells import Change

META_DATA: Final = "ResultMetaData"
_META_DATA_TYPE, _EVALUATION = 3007, 3002
_STRUCTURED: Final = standard_id(ObjectIds.HasStructuredComponent)
_VARIABLE: Final = standard_id(ObjectIds.BaseDataVariableType)
_TEXT: Final = standard_id(ObjectIds.TrimmedString)
_LOCALIZED: Final = standard_id(ObjectIds.LocalizedText)
_Type = ua.VariantType
_FED: Final = {
    "StepId": "In which step of the job it was made.",
    "ProductId": "Of which product the part is one.",
    "ExternalRecipeId": "By which recipe of another system it was made.",
    "ExternalConfigurationId": "With which configuration of another system it was made.",
}
"""Members that are there where a tag tells them."""
_MEMBERS: Final[dict[str, tuple[_Type, ua.NodeId | None, str]]] = {
    "ResultId": (_Type.String, _TEXT, "By which the result can be fetched: the prediction's id."),
    "PartId": (_Type.String, _TEXT, "Of which part the result is."),
    "JobId": (_Type.String, _TEXT, "In which job it was made."),
    "ResultEvaluation": (_Type.Int32, None, "OK, not OK, not decidable, or undefined."),
    "ResultEvaluationDetails": (_Type.LocalizedText, _LOCALIZED, "The classes, or why it can't be decided."),
    "CreationTime": (_Type.DateTime, UTC_TIME, "When what the result is about was so."),
}


def members_of(fed: Collection[str]) -> dict[str, tuple[_Type, ua.NodeId | None, str]]:
    """Type, data type and meaning of each member, where tags tell those of `fed`."""
    more = {name: (_Type.String, _TEXT, words) for name, words in _FED.items() if name in fed}
    return _MEMBERS | more


def plans(path: str, index: int, fed: Collection[str]) -> Iterator[Blueprint]:
    """The nodes below the variable of a result.

    Args:
        path: of the variable.
        index: of Machinery Result's namespace.
        fed: members that tags tell.
    """
    own = ua.Int16(index)
    waiting = Status.BadWaitingForInitialData
    parent = f"{path}.{META_DATA}"
    yield Blueprint(
        parent,
        path,
        ua.QualifiedName(META_DATA, ua.UInt16(index)),
        "What the result is about, and its verdict.",
        _VARIABLE,
        _STRUCTURED,
        Value(ua.NodeId(ua.Int32(_META_DATA_TYPE), own), status=waiting),
    )
    for name, (_, data_type, words) in members_of(fed).items():
        kind = data_type or ua.NodeId(ua.Int32(_EVALUATION), own)
        yield Blueprint(
            f"{parent}.{name}",
            parent,
            ua.QualifiedName(name, ua.UInt16(index)),
            words,
            _VARIABLE,
            _STRUCTURED,
            Value(kind, status=waiting),
        )


class ResultMembers:
    """The cells of one model's result.

    Args:
        tree: that holds the nodes.
        path: of the result's variable.
        index: of Machinery Result's namespace.
        encoder: of structures.
        fed: members that tags tell.
    """

    def __init__(
        self, tree: NodeTree, path: str, index: int, encoder: StructureEncoder, fed: Collection[str]
    ) -> None:
        self._structure = ua.NodeId(ua.Int32(_META_DATA_TYPE), ua.Int16(index))
        self._encoder = encoder
        self._whole = tree.cell(f"{path}.{META_DATA}")
        self._cells = [
            (name, kind, tree.cell(f"{path}.{META_DATA}.{name}"))
            for name, (kind, _, _) in members_of(fed).items()
        ]

    def changes(
        self,
        meta_data: Mapping[str, Any],
        context: Mapping[str, Sample],
        source: ua.DateTime | None,
        server: ua.DateTime | None,
    ) -> Iterator[Change]:
        """What one result changes.

        A member that it lacks has no value (BadNoData); one that a tag tells has the tag's StatusCode, and an
        Uncertain text stands here, where it can be seen to be so, and not in the result itself.
        """
        good = shared_status(Status.Good)
        whole = ua.Variant(
            self._encoder.encode(self._structure, meta_data), _Type.ExtensionObject, None, False
        )
        yield self._whole, ua.DataValue(whole, good, source, server)
        for name, kind, cell in self._cells:
            told = context.get(name)
            value = meta_data.get(name) if told is None else told.value
            status = good
            if told is not None:
                status = shared_status(told.status)
            elif value is None:
                status = shared_status(Status.BadNoData)
            variant = NULL if value is None else ua.Variant(value, kind)
            yield cell, ua.DataValue(variant, status, source, server)
