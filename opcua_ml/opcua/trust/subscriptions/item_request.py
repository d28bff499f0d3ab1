"""What a client asks of a monitored item, checked and revised.

Source: OPC UA Part 4, 5.13.2 (CreateMonitoredItems), 7.21 (MonitoringParameters), 7.22 (MonitoringFilter);
Part 8, 6.2 (PercentDeadband).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final, Protocol

from asyncua import ua
from asyncua.common.utils import ServiceError
from asyncua.ua.attribute_ids import AttributeIds
from asyncua.ua.object_ids import ObjectIds
from asyncua.ua.status_codes import StatusCodes
from asyncua.ua.uaprotocol_auto import DataChangeFilter  # what is decoded; ua.DataChangeFilter is below it

from opcua_ml.opcua.trust.ground.ua_values import node_id
from opcua_ml.opcua.trust.nodes.attribute import check_encoding
from opcua_ml.opcua.trust.nodes.index_range import parse_index_range
from opcua_ml.opcua.trust.nodes.user_attributes import number
from opcua_ml.opcua.trust.subscriptions.change import ChangeFilter
from opcua_ml.opcua.trust.subscriptions.event_filter import compile_event_filter

if TYPE_CHECKING:
    from asyncua.server.address_space import NodeData

    from opcua_ml.opcua.trust.access.identity import Caller
    from opcua_ml.opcua.trust.ground.limits import Limits
    from opcua_ml.opcua.trust.nodes.address_space import PlantAddressSpace
    from opcua_ml.opcua.trust.nodes.attribute import PlantAttributeService
    from opcua_ml.opcua.trust.nodes.value_types import ValueTypes
    from opcua_ml.opcua.trust.subscriptions.event_filter import CompiledEventFilter

_NUMERIC: Final = frozenset(range(ua.VariantType.SByte, ua.VariantType.Double + 1))
_SUBSCRIBE_BIT: Final = 1 << ua.EventNotifier.SubscribeToEvents
_HAS_PROPERTY: Final = node_id(ObjectIds.HasProperty)
_EU_RANGE: Final = ua.QualifiedName("EURange", 0)


class Surroundings(Protocol):
    """What the checks need to know of the server."""

    aspace: PlantAddressSpace
    limits: Limits
    types: ValueTypes
    attributes: PlantAttributeService


class EventFilterRefusal(ServiceError):
    """An event filter that can't be used; `result` says where it is wrong."""

    def __init__(self, code: int, result: ua.EventFilterResult) -> None:
        super().__init__(code)
        self.result = result


def check_data_item(
    server: Surroundings, caller: Caller, node: NodeData, wanted: ua.ReadValueId, wanted_filter: Any
) -> ChangeFilter:
    """The filter of a data item whose attribute exists.

    A client that may not read gets its item all the same, and Bad values (Part 4, 5.13.2.1).

    Raises:
        ServiceError: BadAttributeIdInvalid, BadIndexRangeInvalid, BadDataEncodingInvalid and the codes of
            `change_filter`.
    """
    if wanted.AttributeId not in node.attributes:
        raise ServiceError(StatusCodes.BadAttributeIdInvalid)
    if wanted.IndexRange:
        parse_index_range(wanted.IndexRange)
    if wanted.DataEncoding is not None and wanted.DataEncoding.Name:
        value = server.attributes.attribute_for(caller, node, wanted.AttributeId)
        check_encoding(value, wanted.DataEncoding, wanted.AttributeId)
    if wanted_filter is None or (
        isinstance(wanted_filter, ua.ExtensionObject) and wanted_filter.TypeId.is_null()
    ):
        return ChangeFilter()
    if isinstance(wanted_filter, ua.AggregateFilter):
        raise ServiceError(StatusCodes.BadMonitoredItemFilterUnsupported)
    if isinstance(wanted_filter, ua.EventFilter):
        raise ServiceError(StatusCodes.BadFilterNotAllowed)
    if not isinstance(wanted_filter, DataChangeFilter):
        raise ServiceError(StatusCodes.BadMonitoredItemFilterInvalid)
    if wanted.AttributeId != AttributeIds.Value:
        raise ServiceError(StatusCodes.BadFilterNotAllowed)
    return change_filter(server, node, wanted_filter)


def change_filter(server: Surroundings, node: NodeData, wanted: ua.DataChangeFilter) -> ChangeFilter:
    """A DataChangeFilter with its dead band in the value's unit.

    Raises:
        ServiceError: BadMonitoredItemFilterInvalid (unknown trigger or dead band), BadFilterNotAllowed
            (not a number), BadDeadbandFilterInvalid (negative, not finite, above 100 %) or
            BadMonitoredItemFilterUnsupported (percent without EURange).
    """
    trigger, kind, size = int(wanted.Trigger), int(wanted.DeadbandType), float(wanted.DeadbandValue)
    if trigger not in {0, 1, 2} or kind not in {0, 1, 2}:
        raise ServiceError(StatusCodes.BadMonitoredItemFilterInvalid)
    if kind == ua.DeadbandType.None_:
        return ChangeFilter(trigger)
    if not math.isfinite(size) or size < 0 or (kind == ua.DeadbandType.Percent and size > 100):
        raise ServiceError(StatusCodes.BadDeadbandFilterInvalid)
    data_type = node.attributes.get(AttributeIds.DataType)
    held = data_type.value.Value.Value if data_type and data_type.value and data_type.value.Value else None
    if not isinstance(held, ua.NodeId) or not server.types.allowed(held) <= _NUMERIC:
        raise ServiceError(StatusCodes.BadFilterNotAllowed)
    if kind == ua.DeadbandType.Percent:
        size *= _range_of(server.aspace, node) / 100
    return ChangeFilter(trigger, size)


def check_event_item(
    server: Surroundings, node: NodeData, wanted_filter: Any
) -> tuple[CompiledEventFilter, ua.EventFilterResult]:
    """The filter of an event item.

    Raises:
        ServiceError: BadAttributeIdInvalid or BadNotSupported (no notifier), BadMonitoredItemFilterInvalid,
            BadMonitoredItemFilterUnsupported (the filter is larger than the server takes).
        EventFilterRefusal: BadEventFilterInvalid, with the result per clause.
    """
    if AttributeIds.EventNotifier not in node.attributes:
        raise ServiceError(StatusCodes.BadAttributeIdInvalid)
    if not number(node, AttributeIds.EventNotifier) & _SUBSCRIBE_BIT:
        raise ServiceError(StatusCodes.BadNotSupported)
    if not isinstance(wanted_filter, ua.EventFilter):
        raise ServiceError(StatusCodes.BadMonitoredItemFilterInvalid)
    compiled, result = compile_event_filter(wanted_filter, server.aspace, server.types, server.limits)
    if compiled is None:
        raise EventFilterRefusal(StatusCodes.BadEventFilterInvalid, result)
    return compiled, result


def revised_interval(
    limits: Limits, node: NodeData, requested: float, publishing: float, *, polled: bool
) -> float:
    """The sampling interval in milliseconds that will be kept.

    Below 0 is the publishing interval; 0 is as fast as possible (Part 4, 7.21), which is at every change.
    """
    if math.isnan(requested):
        requested = 0.0
    if requested < 0:
        requested = publishing
    held = node.attributes.get(AttributeIds.MinimumSamplingInterval)
    own = held.value.Value.Value if held is not None and held.value is not None and held.value.Value else 0.0
    lowest = max(limits.min_sampling_interval_ms, own if isinstance(own, int | float) and own > 0 else 0.0)
    if polled:
        lowest = max(lowest, limits.min_polling_interval_ms)
    return float(min(max(requested, lowest), max(limits.max_sampling_interval_ms, lowest)))


def _range_of(aspace: PlantAddressSpace, node: NodeData) -> float:
    for reference in node.references:
        if (
            reference.IsForward
            and reference.ReferenceTypeId == _HAS_PROPERTY
            and reference.BrowseName == _EU_RANGE
        ):
            held = aspace.read_attribute_value(reference.NodeId, AttributeIds.Value)
            value = held.Value.Value if held.Value is not None else None
            if (
                isinstance(value, ua.Range)
                and math.isfinite(value.High - value.Low)
                and value.High > value.Low
            ):
                return float(value.High - value.Low)
    raise ServiceError(StatusCodes.BadMonitoredItemFilterUnsupported)
