"""Nodes that tell of history: how recording fares, how values are to be read, and what the server can.

All variables of a kind share one configuration, so that fifty models do not bring ten thousand nodes.

Source: OPC UA Part 11, 5.2 (HistoricalDataConfigurationType), 5.5 (HistoryServerCapabilities); Part 13,
4.2.1.2 (AggregateConfigurationType), 4.2.2 (AggregateFunctions).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from asyncua import ua
from asyncua.ua.attribute_ids import AttributeIds
from asyncua.ua.object_ids import ObjectIds

from opcua_ml.domain.history.aggregate_settings import AggregateSettings
from opcua_ml.opcua.history.processed import AGGREGATE_IDS
from opcua_ml.opcua.hot import to_datetime
from opcua_ml.opcua.live import change_together
from opcua_ml.opcua.space.blueprint import Blueprint, Value, property_of
from opcua_ml.opcua.space.node_ids import MACHINE_LEARNING
from opcua_ml.opcua.space.standard import (
    AGGREGATE_CONFIGURATION_TYPE,
    BOOLEAN,
    BYTE,
    DOUBLE,
    DURATION,
    EXCEPTION_DEVIATION_FORMAT,
    FOLDER_TYPE,
    HISTORICAL_DATA_CONFIGURATION_TYPE,
    ORGANIZES,
    STRING,
    UINT32,
    UINT64,
    UTC_TIME,
    VARIABLE_TYPE,
    standard_id,
)
from opcua_ml.opcua.trust.information.values import set_value
from opcua_ml.opcua.values import date_time, shared_status

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from opcua_ml.application.history.state import HistoryState
    from opcua_ml.opcua.space.names import Names
    from opcua_ml.opcua.space.node_tree import NodeTree
    from opcua_ml.opcua.trust.internal_server import PlantInternalServer

HISTORY: Final = f"{MACHINE_LEARNING}.History"
_CONFIGURATION: Final = "HA Configuration"
_KINDS: Final = (
    ("Interpolated", False, "Between two values there is a straight line."),
    ("Stepped", True, "A value holds until the next one."),
)
_Type = ua.VariantType
_STATE: Final = (
    ("Recording", BOOLEAN, _Type.Boolean, "Whether what happens is recorded."),
    ("Problem", STRING, _Type.String, "Why it is not; empty where it is."),
    ("Note", STRING, _Type.String, "What should be known all the same; empty for nothing."),
    ("Stored", UINT64, _Type.UInt64, "Values and events stored since the service's start: these last."),
    ("StoredUntil", UTC_TIME, _Type.DateTime, "Everything that was recorded before lasts."),
    ("Dropped", UINT64, _Type.UInt64, "Values and events that were lost since the service's start."),
    ("Waiting", UINT32, _Type.UInt32, "Predictions and events that wait to be stored."),
    ("Failures", UINT64, _Type.UInt64, "How often storing has failed since the service's start."),
    ("Size", UINT64, _Type.UInt64, "Bytes that the store takes."),
)
_HISTORY_READ: Final = 1 << ua.EventNotifier.HistoryRead
_CAN: Final = (
    "AccessHistoryDataCapability",
    "AccessHistoryEventsCapability",
    "ServerTimestampSupported",
)
PROFILES: Final = (
    "http://opcfoundation.org/UA-Profile/Server/HistoricalRawData",
    "http://opcfoundation.org/UA-Profile/Server/HistoricalDataAtTime",
    "http://opcfoundation.org/UA-Profile/Server/AggregateHistorical",
    "http://opcfoundation.org/UA-Profile/Server/BaseHistoricalEvent",
)


def configuration_path(*, stepped: bool) -> str:
    """Path of the configuration that variables share."""
    return f"{HISTORY}.{'Stepped' if stepped else 'Interpolated'}.{_CONFIGURATION}"


class HistoryNodes:
    """Shows history in one server.

    Args:
        iserver: the server's parts.
        tree: of the site's nodes.
        names: of both namespaces.
    """

    def __init__(self, iserver: PlantInternalServer, tree: NodeTree, names: Names) -> None:
        self._iserver = iserver
        self._aspace = iserver.aspace
        self._tree = tree
        self._names = names

    async def bring(self) -> None:
        """Bring the nodes in; before those of variables that refer to them."""
        await self._tree.bring(list(self._blueprints()))

    async def advertise(self, most_values: int, most_events: int, points: int, *, events: bool) -> None:
        """Say what the server can."""
        aspace = self._aspace
        for name in _CAN:
            can = events or name != "AccessHistoryEventsCapability"
            set_value(aspace, getattr(ObjectIds, f"HistoryServerCapabilities_{name}"), can, _Type.Boolean)
        for name, most in (("MaxReturnDataValues", most_values), ("MaxReturnEventValues", most_events)):
            set_value(aspace, getattr(ObjectIds, f"HistoryServerCapabilities_{name}"), most, _Type.UInt32)
        capabilities = "Server_ServerCapabilities_"
        number = getattr(ObjectIds, f"{capabilities}MaxHistoryContinuationPoints")
        set_value(aspace, number, points, _Type.UInt16)
        number = getattr(ObjectIds, f"{capabilities}ServerProfileArray")
        held: Any = aspace[standard_id(number)].attributes[AttributeIds.Value].value
        profiles = [*held.Value.Value, *(one for one in PROFILES if events or "Events" not in one)]
        set_value(aspace, number, profiles, _Type.String)
        folders = (
            standard_id(ObjectIds.HistoryServerCapabilities_AggregateFunctions),
            standard_id(ObjectIds.Server_ServerCapabilities_AggregateFunctions),
        )
        added = []
        for folder in folders:
            for aggregate in AGGREGATE_IDS:
                item = ua.AddReferencesItem()
                item.SourceNodeId, item.TargetNodeId = folder, aggregate
                item.ReferenceTypeId, item.IsForward = ORGANIZES, True
                added.append(item)
        await self._iserver.isession.add_references(added)

    async def let_read_events(self, node_id: ua.NodeId) -> None:
        """Let clients read the history of the events that this node tells of."""
        held = self._aspace[node_id].attributes[AttributeIds.EventNotifier]
        bits = held.value.Value.Value if held.value is not None and held.value.Value is not None else 0
        value = ua.DataValue(ua.Variant((bits or 0) | _HISTORY_READ, _Type.Byte))
        await self._aspace.write_attribute_value(node_id, AttributeIds.EventNotifier, value)

    async def show(self, state: HistoryState, now: datetime) -> None:
        """Show how recording fares."""
        stamp, good = date_time(now), shared_status(0)
        until = to_datetime(state.stored_until) if state.stored_until else None
        begin = to_datetime(state.begin) if state.begin else None
        values: dict[str, Any] = {
            f"{HISTORY}.Recording": state.recording,
            f"{HISTORY}.Problem": state.problem,
            f"{HISTORY}.Note": state.note,
            f"{HISTORY}.Stored": state.stored,
            f"{HISTORY}.StoredUntil": until,
            f"{HISTORY}.Dropped": state.dropped,
            f"{HISTORY}.Waiting": state.waiting,
            f"{HISTORY}.Failures": state.failures,
            f"{HISTORY}.Size": state.size,
        }
        kinds = {f"{HISTORY}.{name}": kind for name, _, kind, _ in _STATE}
        for _, stepped, _ in _KINDS:
            for name in ("StartOfArchive", "StartOfOnlineArchive"):
                path = f"{configuration_path(stepped=stepped)}.{name}"
                values[path], kinds[path] = begin, _Type.DateTime
        shown = {path: ua.Variant(value, kinds[path]) for path, value in values.items() if value is not None}
        await change_together(
            (cell, ua.DataValue(variant, good, stamp, stamp))
            for path, variant in shown.items()
            if (cell := self._tree.cell(path)).value.Value != variant
        )

    def _blueprints(self) -> Iterator[Blueprint]:
        own = self._names.own
        words = "What is recorded of models and events, and how that fares."
        yield Blueprint(HISTORY, MACHINE_LEARNING, own("History"), words, FOLDER_TYPE)
        for name, data_type, kind, words in _STATE:
            first = {_Type.Boolean: False, _Type.String: ""}.get(kind, 0)
            variant = ua.Variant(first, kind) if kind is not _Type.DateTime else _never()
            value = Value(data_type, variant)
            yield Blueprint(f"{HISTORY}.{name}", HISTORY, own(name), words, VARIABLE_TYPE, value=value)
        for name, stepped, words in _KINDS:
            yield Blueprint(f"{HISTORY}.{name}", HISTORY, own(name), words, FOLDER_TYPE)
            yield from self._configuration(f"{HISTORY}.{name}", stepped=stepped)

    def _configuration(self, folder: str, *, stepped: bool) -> Iterator[Blueprint]:
        path = f"{folder}.{_CONFIGURATION}"
        kind = HISTORICAL_DATA_CONFIGURATION_TYPE
        words = "How values between those recorded are to be taken."
        yield Blueprint(path, folder, _standard(_CONFIGURATION), words, kind)
        told = "Each prediction as it was made, with the inputs that were used."
        for name, data_type, variant, words in (
            ("Stepped", BOOLEAN, ua.Variant(stepped, _Type.Boolean), "Whether a value holds until the next."),
            ("Definition", STRING, ua.Variant(told, _Type.String), "What is recorded."),
            ("MinTimeInterval", DURATION, ua.Variant(0.0, _Type.Double), "Nothing is left out."),
            ("ExceptionDeviation", DOUBLE, ua.Variant(0.0, _Type.Double), "Nothing is left out."),
            (
                "ExceptionDeviationFormat",
                EXCEPTION_DEVIATION_FORMAT,
                ua.Variant(0, _Type.Int32),
                "Of the deviation: an absolute value.",
            ),
            ("StartOfArchive", UTC_TIME, _never(), "When the first value was recorded that is there."),
            ("StartOfOnlineArchive", UTC_TIME, _never(), "The same: all of it can be read at any time."),
            (
                "ServerTimestampSupported",
                BOOLEAN,
                ua.Variant(True, _Type.Boolean),
                "Whether ServerTimestamps are kept.",
            ),
        ):
            plan = property_of(path, name, words, data_type, variant)
            yield plan.live() if name.startswith("StartOf") else plan
        yield from _aggregates(path)


def _aggregates(path: str) -> Iterator[Blueprint]:
    """How Aggregates treat quality where a client does not say so."""
    defaults = AggregateSettings()
    parent = f"{path}.AggregateConfiguration"
    words = "How Aggregates are made where a client does not say so."
    name = _standard("AggregateConfiguration")
    yield Blueprint(parent, path, name, words, AGGREGATE_CONFIGURATION_TYPE)
    for title, data_type, variant, words in (
        (
            "TreatUncertainAsBad",
            BOOLEAN,
            ua.Variant(defaults.treat_uncertain_as_bad, _Type.Boolean),
            "Whether Uncertain values count as Bad.",
        ),
        (
            "PercentDataBad",
            BYTE,
            ua.Variant(defaults.percent_data_bad, _Type.Byte),
            "From this share of Bad data on a result is Bad.",
        ),
        (
            "PercentDataGood",
            BYTE,
            ua.Variant(defaults.percent_data_good, _Type.Byte),
            "Below this share of Good data a result is Uncertain.",
        ),
        (
            "UseSlopedExtrapolation",
            BOOLEAN,
            ua.Variant(defaults.sloped_extrapolation, _Type.Boolean),
            "Whether behind the last value its slope goes on.",
        ),
    ):
        yield property_of(parent, title, words, data_type, variant)


def _standard(name: str) -> ua.QualifiedName:
    return ua.QualifiedName(name, ua.UInt16(0))


def _never() -> ua.Variant:
    """DateTime.MinValue."""
    return ua.Variant(to_datetime(0), _Type.DateTime)
