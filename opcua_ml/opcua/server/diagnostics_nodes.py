"""The nodes below Diagnostics."""

from __future__ import annotations

from typing import TYPE_CHECKING

from asyncua import ua

from opcua_ml.domain.status import Status
from opcua_ml.opcua.space.blueprint import Blueprint, Value, property_of
from opcua_ml.opcua.space.node_ids import below
from opcua_ml.opcua.space.standard import (
    ANALOG_UNIT_TYPE,
    DOUBLE,
    EU_INFORMATION,
    FOLDER_TYPE,
    STRING,
    UINT32,
    UINT64,
    VARIABLE_TYPE,
)
from opcua_ml.opcua.texts import phrase, said
from opcua_ml.opcua.values import eu_information

if TYPE_CHECKING:
    from collections.abc import Iterator

    from opcua_ml.domain.queue_state import QueueState
    from opcua_ml.opcua.space.names import Names

_MILLISECOND = "C26"
_SECOND = "SEC"
COUNTERS = (
    ("Predictions", "Rows that got outputs, by tags and by methods."),
    ("Calls", "Method calls answered with outputs."),
    ("Rejected", "Rows refused before the model ran, as an input was not usable."),
    ("Failed", "Rows on which the model itself failed."),
    ("Refused", "Rows that were not tried, as too many calls waited for the worker."),
    ("Dropped", "Inputs that newer ones replaced before they were scored."),
    ("Undecided", "Rows of which the model had too little confidence."),
    ("MissedPeriods", "Periods that had passed before they were scored."),
    ("WindowMemory", "Bytes that the inputs' windows hold."),
)
LATENCIES = (
    ("InferenceLatency", "Time in the model."),
    ("WaitLatency", "Until the model's worker begins, and on the way to it and back."),
    ("ServerLatency", "Time in this server beside the model."),
    ("SourceAge", "Between the source's timestamp and the published answer."),
)
PERCENTILES = (
    ("P50", "Median: half of the times are shorter."),
    ("P99", "99th percentile: one time in a hundred is longer."),
    ("Maximum", "The longest time."),
)


def diagnostics_nodes(names: Names, model: str, backend: str, backend_reason: str) -> Iterator[Blueprint]:
    """All nodes below a model's Diagnostics; reasons of rejection get theirs when they first occur."""
    path = below(model, "Diagnostics")
    kind = names.type("DiagnosticsType")
    yield Blueprint(path, model, names.own("Diagnostics"), "Counters and latencies.", kind)
    for name, words in COUNTERS:
        yield _variable(names, path, name, words, Value(UINT64, count(0)))
    depth = Value(UINT32, ua.Variant(0, ua.VariantType.UInt32))
    yield _variable(names, path, "QueueDepth", "Rows that wait now.", depth)
    words = "Rows per call of the model, where a worker takes calls that wait together."
    yield _variable(names, path, "MeanBatchSize", words, Value(DOUBLE, _milliseconds(0.0)))
    folder = names.own("RejectedByReason")
    yield Blueprint(below(path, "RejectedByReason"), path, folder, "Rows refused, by reason.", FOLDER_TYPE)
    yield Blueprint(
        below(path, "Queues"), path, names.own("Queues"), "Where something may wait.", FOLDER_TYPE
    )
    for name, words in LATENCIES:
        yield from _latency(names, path, name, words)
    for name, words, value in (
        ("Backend", "What computes: onnx, treelite or scikit-learn.", backend),
        ("BackendReason", "Where it runs, why there, and why this one.", backend_reason),
    ):
        shown = Value(STRING, ua.Variant(value, ua.VariantType.String), constant=True)
        yield _variable(names, path, name, words, shown)


def reason_node(names: Names, model: str, reason: str) -> Blueprint:
    """The counter of one reason of rejection."""
    folder = below(model, "Diagnostics", "RejectedByReason")
    return Blueprint(
        below(folder, reason),
        folder,
        names.site(reason),
        phrase("Rows refused with {reason}.", reason=reason),
        VARIABLE_TYPE,
        value=Value(UINT64, count(0)),
    )


def queue_nodes(names: Names, model: str, queue: QueueState) -> Iterator[Blueprint]:
    """A queue and what is known of it; it gets its nodes when it is first told of."""
    folder = below(model, "Diagnostics", "Queues")
    path = below(folder, queue.name)
    shown = said(queue.name)
    told = phrase("Queue {name}.", name=shown)
    yield Blueprint(path, folder, names.site(queue.name), told, names.type("QueueType"), display=shown)
    for name, words, value in _queue_values(queue):
        yield _variable(names, path, name, words, value)


def _queue_values(queue: QueueState) -> Iterator[tuple[str, str, Value]]:
    size, policy = ua.Variant(queue.size, ua.VariantType.UInt32), ua.Variant(queue.policy.value)
    yield "Size", "How many may wait.", Value(UINT32, size, constant=True)
    yield "Policy", "What goes when it is full.", Value(STRING, policy, constant=True)
    depth = ua.Variant(queue.depth, ua.VariantType.UInt32)
    yield "Depth", "How many wait now.", Value(UINT32, depth)
    yield "Dropped", "How many went, since the service's start.", Value(UINT64, count(queue.dropped))


def seconds_variable(names: Names, parent: str, name: str, words: str) -> Iterator[Blueprint]:
    """A time in seconds that is not known yet."""
    path = below(parent, name)
    waiting = Value(DOUBLE, status=Status.BadWaitingForInitialData)
    yield Blueprint(path, parent, names.own(name), words, ANALOG_UNIT_TYPE, value=waiting)
    unit = ua.Variant(eu_information(_SECOND), ua.VariantType.ExtensionObject)
    yield property_of(path, "EngineeringUnits", "Unit of the value: second.", EU_INFORMATION, unit)


def count(number: int) -> ua.Variant:
    """A counter's value."""
    return ua.Variant(number, ua.VariantType.UInt64)


def _milliseconds(value: float) -> ua.Variant:
    return ua.Variant(value, ua.VariantType.Double)


def _variable(names: Names, parent: str, name: str, words: str, value: Value) -> Blueprint:
    return Blueprint(below(parent, name), parent, names.own(name), words, VARIABLE_TYPE, value=value)


def _latency(names: Names, parent: str, name: str, words: str) -> Iterator[Blueprint]:
    path = below(parent, name)
    yield Blueprint(path, parent, names.own(name), words, names.type("LatencyType"))
    unit = ua.Variant(eu_information(_MILLISECOND), ua.VariantType.ExtensionObject)
    for percentile, meaning in PERCENTILES:
        value = Value(DOUBLE, _milliseconds(0.0))
        own = names.own(percentile)
        yield Blueprint(below(path, percentile), path, own, meaning, ANALOG_UNIT_TYPE, value=value)
        yield property_of(
            below(path, percentile),
            "EngineeringUnits",
            "Unit of the value: millisecond.",
            EU_INFORMATION,
            unit,
        )
