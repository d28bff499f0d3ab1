"""The floor: a Predict beside loops that answer fixed bytes, all as shares of plain asyncua's empty Call."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks import bare_servers, opcua_peers
from benchmarks.figures import compare, in_turn

if TYPE_CHECKING:
    from benchmarks.bench import Bench

CASE = "floor"
MANY = 16
_FIGURES = (("server_cpu_us", "server CPU, µs"), ("p50_us", "latency p50, µs"))


def run(bench: Bench) -> None:
    """One client, and many."""
    with bench.servers():
        bare = [bench.start(make) for make in (bare_servers.on_uvloop, bare_servers.in_c)]
        ours, theirs = bench.start(opcua_peers.service), bench.start(opcua_peers.server("asyncua"))
        if ours is None or theirs is None:
            return
        for connections in (1, MANY):
            seconds = bench.seconds
            turns = {
                server.name: server.turn(connections=connections, seconds=seconds)
                for server in bare
                if server is not None
            }
            turns |= {
                peer.name: peer.turn(peer.call(), connections=connections, seconds=seconds)
                for peer in (ours, theirs)
            }
            found = in_turn(turns, bench.rounds)
            other = found.pop(theirs.name)
            for name, mine in found.items():
                for figure, what in _FIGURES:
                    words = f"{name} beside an empty Call, {connections} connections: {what}"
                    ours_now = [getattr(turn, figure) for turn in mine]
                    theirs_now = [getattr(turn, figure) for turn in other]
                    bench.rows.append(compare((CASE, words), ours_now, theirs.name, theirs_now))
