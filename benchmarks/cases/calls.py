"""Call: a whole prediction beside the empty calls of other OPC UA servers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks import opcua_peers
from benchmarks.figures import Goal, compare, in_turn

if TYPE_CHECKING:
    from benchmarks.bench import Bench
    from benchmarks.load import Figures
    from benchmarks.opcua_peers import OpcuaPeer

CASE = "call"
MANY = 16
_GOALS = {"asyncua": (Goal(0.28), Goal(0.5), Goal(5, at_least=True))}


def run(bench: Bench) -> None:
    """Our service's Predict, and our server's empty method, beside the empty method of each peer."""
    with bench.servers():
        makers = (
            opcua_peers.service,
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
        if "Predict" in peers:
            _rows(bench, "Predict", peer, one, many)
        _rows(bench, "opcua_ml", peer, one, many)


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
    predicts = subject == "Predict"
    words = "Predict beside an empty Call" if predicts else "empty Call"
    cpu, latency, throughput = _GOALS.get(peer, (None,) * 3) if predicts else (None,) * 3
    for figure, what, turns, goal in (
        ("server_cpu_us", "server CPU, µs", one, cpu),
        ("p50_us", "latency p50, µs", one, latency),
        ("p99_us", "latency p99, µs", one, None),
        ("per_second", f"throughput at {MANY} connections, 1/s", many, throughput),
        ("server_cpu_us", f"server CPU at {MANY} connections, µs", many, None),
    ):
        ours, theirs = ([getattr(turn, figure) for turn in turns[name]] for name in (subject, peer))
        bench.rows.append(compare((CASE, f"{words}: {what}"), ours, peer, theirs, goal))
