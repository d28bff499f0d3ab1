"""Event filters: checked when they come, evaluated with the standard's three-valued logic.

Source: OPC UA Part 4, 7.22.3 (EventFilter), 7.7 (ContentFilter), 7.7.3 (FilterOperator).
"""

from __future__ import annotations

import copy
import operator
import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from asyncua import ua
from asyncua.common.event_objects import BaseEvent
from asyncua.common.utils import ServiceError
from asyncua.ua.object_ids import ObjectIds
from asyncua.ua.status_codes import StatusCodes

from opcua_ml.opcua.trust.ground.ua_values import node_id
from opcua_ml.opcua.trust.subscriptions.filter_check import FilterCheck
from opcua_ml.opcua.trust.subscriptions.filter_values import alike, cast, is_null, plain
from opcua_ml.opcua.trust.subscriptions.filter_weight import filter_weight
from opcua_ml.opcua.trust.subscriptions.like_pattern import like_pattern

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from opcua_ml.opcua.trust.ground.limits import Limits
    from opcua_ml.opcua.trust.nodes.address_space import PlantAddressSpace
    from opcua_ml.opcua.trust.nodes.value_types import ValueTypes

_Op = ua.FilterOperator
_COMPARISONS: Final[dict[Any, Callable[[Any, Any], Any]]] = {
    _Op.GreaterThan: operator.gt,
    _Op.LessThan: operator.lt,
    _Op.GreaterThanOrEqual: operator.ge,
    _Op.LessThanOrEqual: operator.le,
    _Op.BitwiseAnd: operator.and_,
    _Op.BitwiseOr: operator.or_,
}
_BASE_EVENT: Final = node_id(ObjectIds.BaseEventType)
Fields = dict[tuple[str, ...], ua.Variant]
"""Fields of one event by the type and the names that a clause has."""


class CompiledEventFilter:
    """A filter that was found valid.

    Args:
        select: the fields wanted.
        where: the elements of the content filter; empty passes every event.
        types: for OfType.

    Attributes:
        weight: what it takes in memory, and in time at each event; see `filter_weight`.
    """

    def __init__(
        self,
        select: Sequence[ua.SimpleAttributeOperand],
        where: Sequence[ua.ContentFilterElement],
        types: ValueTypes,
        weight: int = 0,
    ) -> None:
        self._select = list(select)
        self._where = list(where)
        self._types = types
        self.weight = weight
        operands = [operand for element in where for operand in element.FilterOperands or ()]
        clauses = [one for one in (*select, *operands) if isinstance(one, ua.SimpleAttributeOperand)]
        self._keys = {id(clause): _key(clause) for clause in clauses}

    @property
    def width(self) -> int:
        """How many fields it selects."""
        return len(self._select)

    def fields(self, event: Any, known: Fields | None = None) -> list[ua.Variant]:
        """The selected fields; null where the event has none of that name.

        Args:
            event: whose fields.
            known: its fields that others have asked for.
        """
        field = _FieldReader(event, self._types, self._keys, known)
        return [field(clause) for clause in self._select]

    def matches(self, event: Any, known: Fields | None = None) -> bool:
        """Whether the where clause is true; null is not (Part 4, 7.7.1)."""
        if not self._where:
            return True
        field = _FieldReader(event, self._types, self._keys, known)
        return _Evaluation(self._where, event, self._types, field).element(0) is True


class _FieldReader:
    """Reads fields of one event, each once, however many filters name it."""

    def __init__(
        self, event: Any, types: ValueTypes, keys: dict[int, tuple[str, ...]], known: Fields | None
    ) -> None:
        self._event = event
        self._types = types
        self._keys = keys
        self._known = {} if known is None else known

    def __call__(self, clause: ua.SimpleAttributeOperand) -> ua.Variant:
        """The field of this clause of the filter."""
        key = self._keys[id(clause)]
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = event_field(self._event, clause, self._types)
        return found


class _Evaluation:
    """One event held against one where clause; every element is evaluated once, however often it is named."""

    def __init__(
        self,
        where: Sequence[ua.ContentFilterElement],
        event: Any,
        types: ValueTypes,
        field: _FieldReader,
    ) -> None:
        self._field = field
        self._where = where
        self._event = event
        self._types = types
        self._known: dict[int, Any] = {}

    def element(self, index: int) -> Any:
        """The element's value: true, false, a number, or None for null."""
        if index not in self._known:
            self._known[index] = self._evaluate(self._where[index])
        return self._known[index]

    def _evaluate(self, element: ua.ContentFilterElement) -> Any:
        kind, operands = element.FilterOperator, element.FilterOperands
        if kind in {_Op.And, _Op.Or}:
            return self._junction(kind, operands)
        values = [self._operand(operand) for operand in operands]
        first = values[0]
        if kind == _Op.IsNull:
            return is_null(first)
        if kind == _Op.OfType:
            return isinstance(first, ua.NodeId) and self._types.is_subtype(self._event.EventType, first)
        if kind == _Op.InList:
            return None if first is None else any(_equal(*alike(first, value)) for value in values[1:])
        if kind == _Op.Cast:
            return cast(first, self._types.built_in(values[1]))
        return None if any(value is None for value in values) else self._compare(kind, values)

    def _compare(self, kind: ua.FilterOperator, values: list[Any]) -> Any:
        first, second = values[0], values[-1]
        if kind == _Op.Not:
            return not first if isinstance(first, bool) else None
        if kind != _Op.Like:
            first, second = alike(first, second)
            if first is None or second is None:
                return None
        if kind == _Op.Equals:
            return _equal(first, second)
        if kind == _Op.Like:
            texts = isinstance(first, str) and isinstance(second, str)
            return like_pattern(second).matches(first) if texts else None
        try:
            return (
                bool(alike(values[1], first)[0] <= first <= second)
                if kind == _Op.Between
                else _COMPARISONS[kind](first, second)
            )
        except TypeError:
            return None

    def _junction(self, kind: ua.FilterOperator, operands: Sequence[Any]) -> bool | None:
        """And and Or over true, false and null (Part 4, Table 121)."""
        decisive = kind == _Op.Or
        unknown = False
        for operand in operands:
            value = self._operand(operand)
            if value is decisive:
                return bool(value)
            unknown = unknown or not isinstance(value, bool)
        return None if unknown else not decisive

    def _operand(self, operand: Any) -> Any:
        if isinstance(operand, ua.ElementOperand):
            return self.element(operand.Index)
        if isinstance(operand, ua.LiteralOperand):
            value = operand.Value.Value if operand.Value is not None else None
        else:
            value = self._field(operand).Value
        return plain(value)


def compile_event_filter(
    wanted: ua.EventFilter, aspace: PlantAddressSpace, types: ValueTypes, limits: Limits
) -> tuple[CompiledEventFilter | None, ua.EventFilterResult]:
    """Check a client's filter; None if the item can't be made with it.

    It selects nothing then, or the result names each clause and element that is wrong.

    Raises:
        ServiceError: BadMonitoredItemFilterUnsupported, the filter is heavier than the server takes.
    """
    select = wanted.SelectClauses or []
    where = wanted.WhereClause.Elements if wanted.WhereClause is not None else None
    where = where or []
    weight = filter_weight(select, where, limits.max_filter_weight)
    if weight > limits.max_filter_weight:
        raise ServiceError(StatusCodes.BadMonitoredItemFilterUnsupported)
    result = FilterCheck(aspace, types, limits).result(select, where)
    elements = result.WhereClauseResult.ElementResults
    codes = [*result.SelectClauseResults, *(element.StatusCode for element in elements)]
    if not select or not all(code.is_good() for code in codes):
        return None, result
    return CompiledEventFilter(select, where, types, weight), result


def event_field(event: Any, clause: ua.SimpleAttributeOperand, types: ValueTypes) -> ua.Variant:
    """One field of an event by its browse path.

    Null if the event has none of that name, or is not of the type that the clause names (Part 4, 7.7.4.5).
    """
    wanted = clause.TypeDefinitionId
    if wanted != _BASE_EVENT and not wanted.is_null() and not types.is_subtype(event.EventType, wanted):
        return ua.Variant(None)
    path = clause.BrowsePath
    name = "/".join(part.Name or "" for part in path) if path else "NodeId"
    kind = event.data_types.get(name)
    value = getattr(event, name, None) if kind is not None else None
    if value is None:
        return ua.Variant(None)
    if not isinstance(value, int | float | str | bytes | datetime):
        value = copy.deepcopy(value)
    return ua.Variant(value, kind)


def _key(clause: ua.SimpleAttributeOperand) -> tuple[str, ...]:
    return (clause.TypeDefinitionId.to_string(), *(part.Name or "" for part in clause.BrowsePath or ()))


def overflow_event() -> Any:
    """An EventQueueOverflowEventType event (Part 4, 7.22.3)."""
    make: Any = BaseEvent
    event = make()
    event.EventId = uuid.uuid4().bytes
    event.EventType = node_id(ObjectIds.EventQueueOverflowEventType)
    event.SourceNode = node_id(ObjectIds.Server)
    event.SourceName = "Internal/EventQueueOverflow"
    event.Time = event.ReceiveTime = datetime.now(UTC)
    event.Message = ua.LocalizedText("Events were lost because the queue of the monitored item was full")
    event.Severity = 500
    return event


def _equal(first: Any, second: Any) -> bool:
    if isinstance(first, bool) != isinstance(second, bool):
        return False
    return bool(first == second)
