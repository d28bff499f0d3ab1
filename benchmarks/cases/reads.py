"""Read of 1 and of 100 values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks import opcua_peers
from benchmarks.figures import Goal, compare, in_turn

if TYPE_CHECKING:
    from benchmarks.bench import Bench

CASE = "read"
_VARIABLES = 100
_SIZES = {1: Goal(0.35), 100: Goal(0.15)}


def run(bench: Bench) -> None:
    """The same Doubles, on our server class and on each peer."""
    with bench.servers():
        makers = (
            opcua_peers.server("opcua_ml", _VARIABLES),
            opcua_peers.server("asyncua", _VARIABLES),
            opcua_peers.node_opcua(_VARIABLES),
        )
        peers = {peer.name: peer for peer in map(bench.start, makers) if peer is not None}
        for size, goal in _SIZES.items():
            turns = {
                name: peer.turn(peer.read(peer.variables(size)), seconds=bench.seconds)
                for name, peer in peers.items()
            }
            found = in_turn(turns, bench.rounds)
            for name in [peer for peer in peers if peer != "opcua_ml"]:
                for figure, what in (("server_cpu_us", "server CPU, µs"), ("p50_us", "latency p50, µs")):
                    ours, theirs = (
                        [getattr(turn, figure) for turn in found[one]] for one in ("opcua_ml", name)
                    )
                    wanted = goal if name == "asyncua" and figure == "server_cpu_us" else None
                    bench.rows.append(compare((CASE, f"Read of {size}: {what}"), ours, name, theirs, wanted))
