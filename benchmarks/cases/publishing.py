"""Publishing: what one changed value costs the server, and how many changes a second it holds."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from benchmarks import opcua_peers
from benchmarks.figures import Goal, Row, compare, in_turn
from benchmarks.subscribing import Delivery, deliver, most_held

if TYPE_CHECKING:
    from benchmarks.bench import Bench
    from benchmarks.opcua_peers import OpcuaPeer

CASE = "publish"
_VARIABLES = 1000
_RATE = 10_000
_IDLE_RATE = 2000  # one group of values at each tick of the servers' timer
_FIRST_RATES = {"opcua_ml": 10_000.0, "asyncua": 4_000.0, "node-opcua": 20_000.0}


def run(bench: Bench) -> None:
    """1,000 variables that count up, all subscribed by one client."""
    makers = (
        opcua_peers.server("opcua_ml", _VARIABLES),
        opcua_peers.server("asyncua", _VARIABLES),
        opcua_peers.node_opcua(_VARIABLES),
    )
    with bench.servers():
        peers = {peer.name: peer for peer in map(bench.start, makers) if peer is not None}
        _cost(bench, peers)
        _most(bench, peers)


def _cost(bench: Bench, peers: dict[str, OpcuaPeer]) -> None:
    """All that the server takes, and what is left of it without the timer by which its values change."""
    seconds = 0.5 if bench.quick else 2
    turns = {}
    for name, peer in peers.items():
        nodes = peer.variables(_VARIABLES)
        turns[name] = partial(deliver, peer, nodes, _RATE, seconds)
        turns[_idle(name)] = partial(deliver, peer, nodes, _IDLE_RATE, seconds)
    found = in_turn(turns, 2 * bench.few)
    for name in peers:
        if any(not delivery.held for delivery in found[name]):
            bench.note(f"{name} did not hold {_RATE:,} changes/s in every turn")
    total = {name: [delivery.cpu_us for delivery in found[name]] for name in peers}
    beyond = {name: list(map(_beyond, found[name], found[_idle(name)])) for name in peers}
    for figures, what in (
        (total, f"server CPU per changed value at {_RATE:,}/s, µs"),
        (beyond, "the same beyond the ticks of its timer, µs"),
    ):
        for name in [peer for peer in peers if peer != "opcua_ml"]:
            goal = Goal(0.05) if name == "asyncua" else None
            bench.rows.append(compare((CASE, what), figures["opcua_ml"], name, figures[name], goal))


def _idle(name: str) -> str:
    return f"{name}, idle"


def _beyond(busy: Delivery, idle: Delivery) -> float:
    """Processor time per change, without what as many ticks take that change one group each."""
    spent = busy.cpu_us * busy.changes - idle.cpu_us * idle.changes
    return max(0.0, spent / (busy.changes - idle.changes))


def _most(bench: Bench, peers: dict[str, OpcuaPeer]) -> None:
    seconds, steps = (0.4, 1) if bench.quick else (2.0, 4)
    held = {
        name: most_held(peer, peer.variables(_VARIABLES), _FIRST_RATES[name], seconds, steps)
        for name, peer in peers.items()
    }
    what = "most changes held, 1/s"
    bench.rows.append(Row(CASE, what, held["opcua_ml"], goal=Goal(300_000, at_least=True)))
    for name in [peer for peer in peers if peer != "opcua_ml"]:
        if held[name]:
            bench.rows.append(compare((CASE, what), [held["opcua_ml"]], name, [held[name]]))
