"""Call: a whole prediction beside the empty calls of other OPC UA servers."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from benchmarks import opcua_peers
from benchmarks.figures import Goal, compare, in_turn
from benchmarks.opcua_peers import BY_ONNXRUNTIME, PREDICT

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from benchmarks.bench import Bench
    from benchmarks.load import Figures
    from benchmarks.opcua_peers import OpcuaPeer

CASE = "call"
MANY = 16
_GOALS = {"asyncua": (Goal(0.28), Goal(0.5), Goal(5, at_least=True))}


def run(bench: Bench) -> None:
    """Our Predict, folded and not, and our server's empty method, beside each peer's empty method."""
    with bench.servers():
        makers: tuple[Callable[[Bench], AbstractContextManager[OpcuaPeer]], ...] = (
            opcua_peers.service,
            partial(opcua_peers.service, fold=False),
            opcua_peers.server("opcua_ml"),
            opcua_peers.server("asyncua"),
            opcua_peers.node_opcua(),
        )
        peers = {peer.name: peer for peer in map(bench.start, makers) if peer is not None}
        one = measured(bench, peers, 1)
        many = measured(bench, peers, MANY)
    for peer in ("asyncua", "node-opcua"):
        if peer not in peers:
            continue
        for subject in (PREDICT, BY_ONNXRUNTIME, "opcua_ml"):
            if subject in peers:
                _rows(bench, subject, peer, one, many)


def measured(bench: Bench, peers: dict[str, OpcuaPeer], connections: int) -> dict[str, list[Figures]]:
    """Turns of Calls at each peer over so many connections."""
    turns = {
        name: peer.turn(peer.call(), connections=connections, seconds=bench.seconds)
        for name, peer in peers.items()
    }
    return in_turn(turns, bench.rounds)


def _rows(
    bench: Bench, subject: str, peer: str, one: dict[str, list[Figures]], many: dict[str, list[Figures]]
) -> None:
    words = "empty Call" if subject == "opcua_ml" else f"{subject} beside an empty Call"
    cpu, latency, throughput = _GOALS.get(peer, (None,) * 3) if subject == PREDICT else (None,) * 3
    for figure, what, turns, goal in (
        ("server_cpu_us", "server CPU, µs", one, cpu),
        ("p50_us", "latency p50, µs", one, latency),
        ("p99_us", "latency p99, µs", one, None),
        ("per_second", f"throughput at {MANY} connections, 1/s", many, throughput),
        ("server_cpu_us", f"server CPU at {MANY} connections, µs", many, None),
    ):
        ours, theirs = ([getattr(turn, figure) for turn in turns[name]] for name in (subject, peer))
        bench.rows.append(compare((CASE, f"{words}: {what}"), ours, peer, theirs, goal))
