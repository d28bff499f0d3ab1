"""What is wrong with an event filter: a StatusCode for each clause, each element and each operand.

Source: OPC UA Part 4, 7.7.2 (ContentFilterResult), 7.7.3 (FilterOperator), 7.7.4 (FilterOperand), 7.22.3
(EventFilterResult).
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from asyncua import ua
from asyncua.ua.attribute_ids import AttributeIds
from asyncua.ua.object_ids import ObjectIds
from asyncua.ua.status_codes import StatusCodes

from opcua_ml.opcua.trust.ground.errors import bad, good
from opcua_ml.opcua.trust.ground.ua_values import node_id
from opcua_ml.opcua.trust.subscriptions.filter_values import castable, plain
from opcua_ml.opcua.trust.subscriptions.filter_weight import LONGEST_CONSTANT, constant_size
from opcua_ml.opcua.trust.subscriptions.like_pattern import is_pattern

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opcua_ml.opcua.trust.ground.limits import Limits
    from opcua_ml.opcua.trust.nodes.address_space import PlantAddressSpace
    from opcua_ml.opcua.trust.nodes.value_types import ValueTypes

_Op = ua.FilterOperator
_OPERANDS: Final = {
    _Op.Equals: (2, 2),
    _Op.IsNull: (1, 1),
    _Op.GreaterThan: (2, 2),
    _Op.LessThan: (2, 2),
    _Op.GreaterThanOrEqual: (2, 2),
    _Op.LessThanOrEqual: (2, 2),
    _Op.Like: (2, 2),
    _Op.Not: (1, 1),
    _Op.Between: (3, 3),
    _Op.InList: (2, 1_000),
    _Op.And: (2, 2),
    _Op.Or: (2, 2),
    _Op.Cast: (2, 2),
    _Op.OfType: (1, 1),
    _Op.BitwiseAnd: (2, 2),
    _Op.BitwiseOr: (2, 2),
}
"""The operators offered and how many operands each takes; the others are BadFilterOperatorUnsupported."""
_ORDERED: Final = (int, float, str, bytes, datetime)
_TAKES: Final[dict[Any, Any]] = {
    _Op.GreaterThan: _ORDERED,
    _Op.LessThan: _ORDERED,
    _Op.GreaterThanOrEqual: _ORDERED,
    _Op.LessThanOrEqual: _ORDERED,
    _Op.Between: _ORDERED,
    _Op.Like: str,
    _Op.Not: bool,
    _Op.And: bool,
    _Op.Or: bool,
    _Op.BitwiseAnd: int,
    _Op.BitwiseOr: int,
}
"""Of which types constants may be; a Boolean is no number."""
_MAX_PATH: Final = 20
_LONGEST_NAME: Final = 512
"""Characters of a BrowseName (Part 3, 8.3)."""
_BASE_EVENT: Final = node_id(ObjectIds.BaseEventType)


class FilterCheck:
    """Holds filters against one server.

    Args:
        aspace, types: what there is to name.
        limits: of clauses and elements.
    """

    def __init__(self, aspace: PlantAddressSpace, types: ValueTypes, limits: Limits) -> None:
        self._aspace = aspace
        self._types = types
        self._limits = limits

    def result(
        self, select: Sequence[ua.SimpleAttributeOperand], where: Sequence[ua.ContentFilterElement]
    ) -> ua.EventFilterResult:
        """One code for each clause and element; those beyond the server's limit are BadTooManyOperations."""
        most = self._limits.max_select_clauses
        beyond = bad(StatusCodes.BadTooManyOperations)
        clauses = [self.field_code(clause) for clause in select[:most]]
        clauses += [beyond] * (len(select) - len(clauses))
        most = self._limits.max_filter_elements
        elements = [self._element(index, where) for index in range(min(len(where), most))]
        elements += [ua.ContentFilterElementResult(StatusCode=beyond)] * (len(where) - len(elements))
        return ua.EventFilterResult(
            SelectClauseResults=clauses, WhereClauseResult=ua.ContentFilterResult(ElementResults=elements)
        )

    def field_code(self, clause: ua.SimpleAttributeOperand) -> ua.StatusCode:
        """Of a field of an event; a name that its type does not have is null, not wrong."""
        wanted = clause.TypeDefinitionId
        if not wanted.is_null() and not self._is_event_type(wanted):
            return bad(StatusCodes.BadTypeDefinitionInvalid)
        path = clause.BrowsePath or []
        if len(path) > _MAX_PATH or any(not _is_name(name.Name) for name in path):
            return bad(StatusCodes.BadBrowseNameInvalid)
        allowed = {AttributeIds.Value} if path else {AttributeIds.NodeId}
        if clause.AttributeId not in allowed:
            return bad(StatusCodes.BadAttributeIdInvalid)
        return bad(StatusCodes.BadIndexRangeInvalid) if clause.IndexRange else good()

    def _element(
        self, index: int, elements: Sequence[ua.ContentFilterElement]
    ) -> ua.ContentFilterElementResult:
        kind = elements[index].FilterOperator
        counts = _OPERANDS.get(kind)
        if counts is None:
            known = kind in set(_Op)
            code = StatusCodes.BadFilterOperatorUnsupported if known else StatusCodes.BadFilterOperatorInvalid
            return ua.ContentFilterElementResult(StatusCode=bad(code))
        operands = elements[index].FilterOperands or []
        if not counts[0] <= len(operands) <= counts[1]:
            return ua.ContentFilterElementResult(StatusCode=bad(StatusCodes.BadFilterOperandCountMismatch))
        codes = [
            self._operand(operand, index, len(elements)) or self._literal(kind, place, operand)
            for place, operand in enumerate(operands)
        ]
        if not any(codes):
            return ua.ContentFilterElementResult(StatusCode=good())
        return ua.ContentFilterElementResult(
            StatusCode=bad(StatusCodes.BadFilterOperandInvalid),
            OperandStatusCodes=[bad(code) if code else good() for code in codes],
        )

    def _operand(self, operand: Any, index: int, count: int) -> int:
        if isinstance(operand, ua.ElementOperand):
            # Forward references only, so that no filter runs in circles (Part 4, 7.7.4.2).
            return 0 if index < operand.Index < count else StatusCodes.BadFilterElementInvalid
        if isinstance(operand, ua.SimpleAttributeOperand):
            return int(self.field_code(operand).value)
        return 0 if isinstance(operand, ua.LiteralOperand) else StatusCodes.BadFilterOperandInvalid

    def _literal(self, kind: ua.FilterOperator, place: int, operand: Any) -> int:
        """Of a constant that can't be what the operator takes there, so that it would never match.

        Null fits where a value may be null. One of more than a thousand characters or elements is refused.
        """
        if not isinstance(operand, ua.LiteralOperand):
            # The type of a Cast has to be known: it says what the element gives.
            return StatusCodes.BadFilterOperandInvalid if kind == _Op.Cast and place == 1 else 0
        held = operand.Value.Value if operand.Value is not None else None
        if constant_size(held) > LONGEST_CONSTANT:
            return StatusCodes.BadFilterLiteralInvalid
        value = plain(held)
        return 0 if self._fits(kind, place, value) else StatusCodes.BadFilterLiteralInvalid

    def _fits(self, kind: ua.FilterOperator, place: int, value: Any) -> bool:
        if kind == _Op.OfType:
            return isinstance(value, ua.NodeId) and self._is_event_type(value)
        if kind == _Op.Cast and place == 1:
            return isinstance(value, ua.NodeId) and castable(self._types.built_in(value))
        if kind == _Op.Like and place == 1:
            return isinstance(value, str) and is_pattern(value)
        takes = _TAKES.get(kind)
        if value is None or takes is None:
            return True
        return isinstance(value, takes) and (takes is bool or not isinstance(value, bool))

    def _is_event_type(self, wanted: ua.NodeId) -> bool:
        return wanted in self._aspace and self._types.is_subtype(wanted, _BASE_EVENT)


def _is_name(name: str | None) -> bool:
    return bool(name) and len(name or "") <= _LONGEST_NAME
