"""A prediction over OPC UA beside the same prediction from model servers, same row, same model."""

from __future__ import annotations

import os
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from benchmarks import model_servers, opcua_peers
from benchmarks.figures import Goal, compare, in_turn
from benchmarks.opcua_peers import PREDICT

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from benchmarks.bench import Bench
    from benchmarks.load import Figures
    from benchmarks.model_servers import ModelServer
    from benchmarks.opcua_peers import OpcuaPeer

CASE = "models"
MANY = 16


class _Goals(NamedTuple):
    latency: Goal | None = None
    throughput: Goal | None = None


_MLSERVER = _Goals(Goal(1 / 6), Goal(15, at_least=True))
_GOALS = {
    "FastAPI onnx": _Goals(Goal(0.5), Goal(4, at_least=True)),
    "MLServer REST": _MLSERVER,
    "MLServer gRPC": _MLSERVER,
}


def run(bench: Bench) -> None:
    """Our service beside each server, all of them up at the same time and idle out of their turn."""
    with bench.servers():
        makers_of_ours: tuple[Callable[[Bench], AbstractContextManager[OpcuaPeer]], ...] = (
            opcua_peers.service,
            partial(opcua_peers.service, fold=False),
        )
        ours = [peer for peer in map(bench.start, makers_of_ours) if peer is not None]
        makers: tuple[Callable[[Bench], AbstractContextManager[ModelServer]], ...] = (
            partial(model_servers.fastapi, backend="onnx"),
            partial(model_servers.fastapi, backend="scikit-learn"),
            model_servers.mlserver,
            model_servers.bentoml,
        )
        servers = [server for server in map(bench.start, makers) if server is not None]
        found = []
        for connections in (1, MANY):
            # A server of several processes has to fill its queues before its throughput is what it holds.
            seconds, warm = (bench.seconds, 0.05) if connections == 1 else (2 * bench.seconds, bench.seconds)
            turns = {
                name: server.turn(name, connections=connections, seconds=seconds, warm=warm)
                for server in servers
                for name in server.requests
            }
            for peer in ours:
                turns[peer.name] = peer.turn(peer.call(), connections=connections, seconds=seconds, warm=warm)
            found.append(in_turn(turns, bench.rounds))
    one, many = found
    subjects = [peer.name for peer in ours]
    for name in one:
        for subject in subjects:
            if name not in subjects:
                _rows(bench, (subject, name), one, many)


def _rows(
    bench: Bench, pair: tuple[str, str], one: dict[str, list[Figures]], many: dict[str, list[Figures]]
) -> None:
    subject, peer = pair
    goals = _GOALS.get(peer, _Goals()) if subject == PREDICT else _Goals()
    for figure, what, turns, goal in (
        ("p50_us", "latency p50, µs", one, goals.latency),
        ("p99_us", "latency p99, µs", one, None),
        ("server_cpu_us", "server CPU, µs", one, None),
        ("per_second", f"throughput at {MANY} connections, 1/s", many, goals.throughput),
        ("server_cpu_us", f"server CPU at {MANY} connections, µs", many, None),
        ("cores", f"cores at work at {MANY} connections", many, None),
    ):
        ours, theirs = ([getattr(turn, figure) for turn in turns[name]] for name in pair)
        bench.rows.append(compare((CASE, f"{subject}: {what}"), ours, peer, theirs, goal))
    # Ours answers in one thread. What is left out favours the peer: that its processes wait for one another.
    ours, theirs = (
        [cores * 1e6 / turn.server_cpu_us for turn in many[name]]
        for name, cores in zip(pair, (1, os.cpu_count() or 1), strict=True)
    )
    title = f"{subject}: most on 1 core, peer on all, by server CPU, 1/s"
    bench.rows.append(compare((CASE, title), ours, peer, theirs))
