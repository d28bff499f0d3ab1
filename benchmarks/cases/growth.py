"""How processor time and memory grow with clients, models and tags."""

from __future__ import annotations

import statistics
from functools import partial
from typing import TYPE_CHECKING

from benchmarks import opcua_peers
from benchmarks.figures import Curve, in_turn

if TYPE_CHECKING:
    from benchmarks.bench import Bench
    from benchmarks.load import Figures
    from benchmarks.opcua_peers import OpcuaPeer

CASE = "growth"
Points = dict[str, list[tuple[float, float]]]


def run(bench: Bench) -> None:
    """Three sweeps, with fewer sizes when quick."""
    clients(bench)
    tags(bench)
    models(bench)


def clients(bench: Bench) -> None:
    """Calls over 1 to 200 connections, one request at a time on each."""
    sizes = (1, 16, 100) if bench.quick else (1, 4, 16, 50, 100, 200)
    with bench.servers():
        makers = (opcua_peers.service, opcua_peers.server("opcua_ml"), opcua_peers.server("asyncua"))
        peers = {peer.name: peer for peer in map(bench.start, makers) if peer is not None}
        found = {}
        memory: Points = {name: [] for name in peers}
        for size in sizes:
            found[size] = _calls(bench, peers, size)
            for name in found[size]:
                memory[name].append((size, peers[name].process.resident_bytes() / 1e6))
    for figure, what in (
        ("per_second", "Calls, 1/s"),
        ("server_cpu_us", "server CPU per Call, µs"),
        ("p50_us", "latency p50, µs"),
        ("p99_us", "latency p99, µs"),
    ):
        bench.curves.append(Curve(CASE, what, "clients", _of(found, figure)))
    bench.curves.append(Curve(CASE, "memory, MB", "clients", memory))


def _calls(bench: Bench, peers: dict[str, OpcuaPeer], size: int) -> dict[str, list[Figures]]:
    turns = {
        name: peer.turn(peer.call(), connections=size, seconds=bench.seconds) for name, peer in peers.items()
    }
    return in_turn(turns, bench.few)


def tags(bench: Bench) -> None:
    """Read of one among 10 to 100,000 variables."""
    sizes = (10, 300, 2_000) if bench.quick else (10, 100, 1_000, 10_000, 100_000)
    cpu: Points = {"opcua_ml": []}
    memory: Points = {"opcua_ml": []}
    for size in sizes:
        with bench.servers():
            peer = bench.start(opcua_peers.server("opcua_ml", size))
            if peer is None:
                return
            memory["opcua_ml"].append((size, peer.process.resident_bytes() / 1e6))
            request = peer.read(peer.variables(size)[-1:])
            found = in_turn({"read": peer.turn(request, seconds=bench.seconds)}, bench.few)["read"]
            cpu["opcua_ml"].append((size, statistics.median(turn.server_cpu_us for turn in found)))
    bench.curves.append(Curve(CASE, "server CPU per Read of 1, µs", "tags", cpu))
    bench.curves.append(Curve(CASE, "memory, MB", "tags", memory))


def models(bench: Bench) -> None:
    """Predict at one of 1 to 1,000 models."""
    sizes = (1, 5, 20) if bench.quick else (1, 10, 100, 1_000)
    series: dict[str, Points] = {
        what: {"Predict": []} for what in ("server CPU per Predict, µs", "memory, MB", "start, s")
    }
    for size in sizes:
        with bench.servers():
            peer = bench.start(partial(opcua_peers.service, models=size))
            if peer is None:
                return
            found = in_turn({"call": peer.turn(peer.call(), seconds=bench.seconds)}, bench.few)["call"]
            figures = (
                statistics.median(turn.server_cpu_us for turn in found),
                peer.process.resident_bytes() / 1e6,
                peer.process.started_in,
            )
        for points, figure in zip(series.values(), figures, strict=True):
            points["Predict"].append((size, figure))
    for what, points in series.items():
        bench.curves.append(Curve(CASE, what, "models", points))


def _of(found: dict[int, dict[str, list[Figures]]], figure: str) -> Points:
    names = dict.fromkeys(name for turns in found.values() for name in turns)
    return {
        name: [
            (size, statistics.median(getattr(turn, figure) for turn in turns[name]))
            for size, turns in found.items()
            if name in turns
        ]
        for name in names
    }
