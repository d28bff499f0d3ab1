"""How long a server takes to start, and how that grows with its nodes."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from benchmarks import opcua_peers
from benchmarks.figures import Curve, Goal, Row

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.bench import Bench

Points = dict[str, list[tuple[float, float]]]

CASE = "start"
MANY = 100_000
_SIZES = {"opcua_ml": (0, 1_000, 3_000, 10_000, 30_000, MANY), "asyncua": (0, 1_000, 3_000, 10_000)}
_QUICK_SIZES = {"opcua_ml": (0, 1_000, 2_000, MANY), "asyncua": (0, 1_000, 2_000)}
_LONGEST_S, _LONGEST_QUICK_S = 60.0, 10.0


def run(bench: Bench) -> None:
    """From the process's start to the open endpoint, with flat variables; one start per size."""
    points: Points = {}
    memory: Points = {}
    longest = _LONGEST_QUICK_S if bench.quick else _LONGEST_S
    for stack, sizes in (_QUICK_SIZES if bench.quick else _SIZES).items():
        points[stack], memory[stack] = [], []
        for size in sizes:
            if (expected := _expected(points[stack], size)) > longest:
                bench.note(f"{stack} would start with {size:,} nodes in about {expected:,.0f} s; not tried")
                break
            with bench.servers():
                peer = bench.start(opcua_peers.server(stack, size))
                if peer is None:
                    break
                points[stack].append((size, peer.process.started_in))
                memory[stack].append((size, peer.process.resident_bytes() / 1e6))
    reached = dict(points["opcua_ml"])
    if MANY in reached:
        bench.rows.append(Row(CASE, f"start with {MANY:,} nodes, s", reached[MANY], goal=Goal(5)))
    bench.curves.append(Curve(CASE, "start, s", "nodes", points))
    bench.curves.append(Curve(CASE, "memory, MB", "nodes", memory))


def _expected(points: Sequence[tuple[float, float]], size: float) -> float:
    """From the last two points, how long a start of this size takes beyond that of the smallest, s."""
    if len(points) < 3:
        return 0.0
    least = points[0][1]
    (small, one), (large, other) = ((amount, max(0.01, took - least)) for amount, took in points[-2:])
    power = math.log(other / one) / math.log(large / small)
    return float(other * (size / large) ** min(2.0, max(1.0, power)))
