"""How a snapshot of a model's statistics fills the nodes below Diagnostics."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final

from asyncua import ua

from opcua_ml.domain.status import Status
from opcua_ml.opcua.hot import to_filetime
from opcua_ml.opcua.live import Numbers, change_together
from opcua_ml.opcua.server.diagnostics_nodes import (
    COUNTERS,
    LATENCIES,
    PERCENTILES,
    queue_nodes,
    reason_node,
)
from opcua_ml.opcua.server.handshake_nodes import HANDSHAKE, HANDSHAKE_COUNTERS
from opcua_ml.opcua.space.node_ids import below
from opcua_ml.opcua.values import date_time, shared_status

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from datetime import datetime

    from opcua_ml.application.statistics import ModelStatistics
    from opcua_ml.opcua.space.blueprint import Blueprint
    from opcua_ml.opcua.space.names import Names
    from opcua_ml.opcua.space.node_tree import NodeTree

_FIELDS: Final = {
    "Predictions": "predictions",
    "Calls": "calls",
    "Rejected": "rejected",
    "Failed": "failed",
    "Refused": "refused",
    "Dropped": "dropped",
    "Undecided": "undecided",
    "MissedPeriods": "missed_periods",
    "WindowMemory": "window_memory",
    "InferenceLatency": "inference",
    "WaitLatency": "wait",
    "ServerLatency": "server",
    "SourceAge": "source_age",
    "Requests": "requests",
    "Answered": "answered",
    "Repeated": "repeated",
    "Missed": "missed",
    "Superseded": "superseded",
    "TimedOut": "timed_out",
    "P50": "p50",
    "P99": "p99",
    "Maximum": "maximum",
}
"""Of a snapshot, by the name of the node that shows it."""


class _Shown:
    """Numbers of one type; those that differ from what is on show change.

    Args:
        tree: that holds the nodes.
        kind: their type.
        paths: of the nodes.
    """

    def __init__(self, tree: NodeTree, kind: ua.VariantType, paths: Iterable[str]) -> None:
        self._kind = kind
        self._cells = [tree.cell(path) for path in paths]
        self._last: Sequence[Any] = [None] * len(self._cells)

    def changes(self, contents: Sequence[Any], now: int) -> Iterator[Numbers]:
        """What `change_together` takes to show these numbers, one for each node; `now` is a filetime."""
        if contents == self._last:
            return
        places = [place for place, held in enumerate(self._last) if contents[place] != held]
        self._last = contents
        cells, numbers = [self._cells[place] for place in places], [contents[place] for place in places]
        yield Numbers(cells, self._kind, numbers, Status.Good, now, now)


class StatisticsDisplay:
    """The counters and latencies of one model.

    Args:
        tree: that holds the model's nodes already.
        names: of both namespaces.
        model: path of the model.
    """

    def __init__(self, tree: NodeTree, names: Names, model: str) -> None:
        self._tree = tree
        self._names = names
        self._model = model
        path = below(model, "Diagnostics")
        counters = [name for name, _ in COUNTERS]
        latencies = [(name, part) for name, _ in LATENCIES for part, _ in PERCENTILES]
        self._counters = _Shown(tree, ua.VariantType.UInt64, [below(path, name) for name in counters])
        self._counts = _getter(_FIELDS[name] for name in counters)
        self._depth = _Shown(tree, ua.VariantType.UInt32, [below(path, "QueueDepth")])
        self._latencies = _Shown(tree, ua.VariantType.Double, [below(path, *names) for names in latencies])
        self._times = _getter(f"{_FIELDS[name]}.{_FIELDS[part]}" for name, part in latencies)
        self._mean = _Shown(tree, ua.VariantType.Double, [below(path, "MeanBatchSize")])
        self._place = tree.cell(below(path, "BackendReason"))
        self._last_place = ""
        self._queues: dict[str, tuple[_Shown, _Shown]] = {}
        self._reasons: dict[str, _Shown] = {}
        self._handshake: _Shown | None = None
        self._last: ModelStatistics | None = None

    async def show(self, statistics: ModelStatistics, now: datetime) -> None:
        """Change the counters and latencies that differ; a model that idles costs one comparison."""
        if statistics == self._last:
            return
        await self._bring(statistics)
        moment = to_filetime(now)
        changes = [
            *self._counters.changes(self._counts(statistics), moment),
            *self._depth.changes((statistics.queue_depth,), moment),
            *self._latencies.changes(self._times(statistics), moment),
            *self._mean.changes((statistics.mean_batch,), moment),
        ]
        for queue in statistics.queues:
            depth, dropped = self._queues[queue.name]
            changes += depth.changes((queue.depth,), moment)
            changes += dropped.changes((queue.dropped,), moment)
        for reason, number in statistics.rejected_by_reason.items():
            changes += self._reasons[reason].changes((number,), moment)
        if statistics.handshake is not None and self._handshake is not None:
            changes += self._handshake.changes(_HANDSHAKE_COUNTS(statistics.handshake), moment)
        places = []
        if statistics.place not in (self._last_place, ""):
            self._last_place = statistics.place
            variant = ua.Variant(statistics.place, ua.VariantType.String)
            places.append(
                (
                    self._place,
                    ua.DataValue(variant, shared_status(Status.Good), date_time(now), date_time(now)),
                )
            )
        if changes or places:
            await change_together(places, changes)
        self._last = statistics

    def show_handshake(self) -> None:
        """Show the handshake's counters, too."""
        self._last = None
        paths = [below(self._model, HANDSHAKE, name) for name, _ in HANDSHAKE_COUNTERS]
        self._handshake = _Shown(self._tree, ua.VariantType.UInt64, paths)

    async def _bring(self, statistics: ModelStatistics) -> None:
        """Make the nodes of queues and reasons that are told of for the first time."""
        queues = [queue for queue in statistics.queues if queue.name not in self._queues]
        reasons = [one for one in statistics.rejected_by_reason if one not in self._reasons]
        if not queues and not reasons:
            return
        nodes: list[Blueprint] = [reason_node(self._names, self._model, reason) for reason in reasons]
        for queue in queues:
            nodes += queue_nodes(self._names, self._model, queue)
        await self._tree.bring([node for node in nodes if not self._tree.holds(node.path)])
        folder = below(self._model, "Diagnostics")
        for reason in reasons:
            path = below(folder, "RejectedByReason", reason)
            self._reasons[reason] = _Shown(self._tree, ua.VariantType.UInt64, [path])
        for queue in queues:
            self._queues[queue.name] = self._shown_queue(below(folder, "Queues", queue.name))

    def _shown_queue(self, path: str) -> tuple[_Shown, _Shown]:
        return (
            _Shown(self._tree, ua.VariantType.UInt32, [below(path, "Depth")]),
            _Shown(self._tree, ua.VariantType.UInt64, [below(path, "Dropped")]),
        )


def _getter(fields: Iterable[str]) -> Callable[[Any], Sequence[Any]]:
    return attrgetter(*fields)


_HANDSHAKE_COUNTS: Final = _getter(_FIELDS[name] for name, _ in HANDSHAKE_COUNTERS)
