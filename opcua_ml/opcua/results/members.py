"""What stands below the last result of a model: its meta data, and the members that historians take.

Source: OPC 40001-101, 9.1 (ResultType).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from asyncua import ua
from asyncua.ua.object_ids import ObjectIds

from opcua_ml.domain.status import Status
from opcua_ml.opcua.server.blueprint import Blueprint, Value
from opcua_ml.opcua.server.standard import UTC_TIME, standard_id
from opcua_ml.opcua.values import NULL, status_code

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from opcua_ml.opcua.nodesets.encoding import StructureEncoder
    from opcua_ml.opcua.server.node_tree import NodeTree
    from opcua_ml.opcua.server.output_cells import Change

META_DATA: Final = "ResultMetaData"
_META_DATA_TYPE, _EVALUATION = 3007, 3002
_STRUCTURED: Final = standard_id(ObjectIds.HasStructuredComponent)
_VARIABLE: Final = standard_id(ObjectIds.BaseDataVariableType)
_TEXT: Final = standard_id(ObjectIds.TrimmedString)
_LOCALIZED: Final = standard_id(ObjectIds.LocalizedText)
_Type = ua.VariantType
_MEMBERS: Final[dict[str, tuple[_Type, ua.NodeId | None, str]]] = {
    "ResultId": (_Type.String, _TEXT, "By which the result can be fetched: the prediction's id."),
    "PartId": (_Type.String, _TEXT, "Of which part the result is."),
    "JobId": (_Type.String, _TEXT, "In which job it was made."),
    "ResultEvaluation": (_Type.Int32, None, "OK, not OK, not decidable, or undefined."),
    "ResultEvaluationDetails": (_Type.LocalizedText, _LOCALIZED, "The classes, or why it can't be decided."),
    "CreationTime": (_Type.DateTime, UTC_TIME, "When what the result is about was so."),
}


def plans(path: str, index: int) -> Iterator[Blueprint]:
    """The nodes below the variable of a result.

    Args:
        path: of the variable.
        index: of Machinery Result's namespace.
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
    for name, (_, data_type, words) in _MEMBERS.items():
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
    """

    def __init__(self, tree: NodeTree, path: str, index: int, encoder: StructureEncoder) -> None:
        self._structure = ua.NodeId(ua.Int32(_META_DATA_TYPE), ua.Int16(index))
        self._encoder = encoder
        self._whole = tree.cell(f"{path}.{META_DATA}")
        self._cells = [
            (name, kind, tree.cell(f"{path}.{META_DATA}.{name}")) for name, (kind, _, _) in _MEMBERS.items()
        ]

    def changes(
        self, meta_data: Mapping[str, Any], source: ua.DateTime | None, server: ua.DateTime | None
    ) -> Iterator[Change]:
        """What one result changes; a member that it lacks has no value (BadNoData)."""
        good = status_code(Status.Good)
        whole = ua.Variant(
            self._encoder.encode(self._structure, meta_data), _Type.ExtensionObject, None, False
        )
        yield self._whole, ua.DataValue(whole, good, source, server)
        for name, kind, cell in self._cells:
            value = meta_data.get(name)
            status = status_code(Status.BadNoData) if value is None else good
            variant = NULL if value is None else ua.Variant(value, kind)
            yield cell, ua.DataValue(variant, status, source, server)
