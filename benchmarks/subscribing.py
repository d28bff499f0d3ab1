"""Turns of subscriptions: a server changes its variables, the load generator counts what arrives."""

from __future__ import annotations

import json
import subprocess
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from benchmarks.bodies import node_list
from benchmarks.environments import Unavailable
from benchmarks.load import load_generator

if TYPE_CHECKING:
    from collections.abc import Sequence

    from asyncua import ua

    from benchmarks.opcua_peers import OpcuaPeer

INTERVAL_MS = 100
_QUEUE = 900  # per monitored item
_PATIENCE_S = 30.0
_LATE = 1.05  # a writer that takes longer than its time does not hold the rate


class Delivery(NamedTuple):
    """What one turn delivered.

    Attributes:
        changes: that the server made.
        values: that arrived.
        lost: jumps of counters, queue overflows and missing messages.
        cpu_us: processor time of the server per change.
        held: whether all changes were made in time and arrived.
    """

    changes: int
    values: int
    lost: int
    cpu_us: float
    held: bool


def deliver(
    peer: OpcuaPeer, nodes: Sequence[ua.NodeId], rate: float, seconds: float, *, queue: int = _QUEUE
) -> Delivery:
    """Subscribe to the nodes, have the server change `rate` values a second among them, and count.

    Args:
        peer: the server, whose variables are changed one after the other, from the first to its last.
        nodes: that are subscribed.
        rate: of all its changes, 1/s.
        seconds: how long.
        queue: length that is asked for each monitored item.

    Raises:
        Unavailable: the server refused, or died.
    """
    with tempfile.NamedTemporaryFile() as file:
        file.write(node_list(nodes))
        file.flush()
        watched = [word for pid in peer.process.pids for word in ("--watch", str(pid))]
        command = [str(load_generator()), "subscribe", "--port", str(peer.port), "--url", peer.url]
        command += ["--policy", peer.policy, "--body", str(Path(file.name)), "--queue", str(queue)]
        command += ["--interval", str(INTERVAL_MS), "--outstanding", "10", "--seconds", str(_PATIENCE_S)]
        with subprocess.Popen(
            [*command, *watched],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as loader:
            return _counted(peer, loader, rate, seconds)


def _counted(peer: OpcuaPeer, loader: subprocess.Popen[str], rate: float, seconds: float) -> Delivery:
    pipe = loader.stdout
    subscribed = pipe is not None and pipe.readline().strip() == "subscribed"
    made = peer.process.ask("change", rate=rate, seconds=seconds) if subscribed else {}
    time.sleep(2.5 * INTERVAL_MS / 1e3)
    out, err = loader.communicate("stop\n", timeout=_PATIENCE_S)
    if loader.returncode or not made:
        raise Unavailable(f"subscriptions to {peer.name}: {err.strip()}")
    said = json.loads(out)
    changes, values = int(made["changes"]), int(said["values"])
    lost = int(said["lost"] + said["overflows"] + said["gaps"])
    held = lost == 0 and values >= changes >= rate * seconds * 0.999
    return Delivery(
        changes=changes,
        values=values,
        lost=lost,
        cpu_us=said["server_cpu_s"] * 1e6 / max(1, changes),
        held=held and made["seconds"] <= _LATE * seconds,
    )


def most_held(peer: OpcuaPeer, nodes: Sequence[ua.NodeId], first: float, seconds: float, steps: int) -> float:
    """The highest rate that is held: doubled while it is, then halved in.

    Args:
        peer: the server.
        nodes: that change.
        first: rate to begin with, 1/s.
        seconds: of each try.
        steps: tries after the first rate that was not held.
    """
    held, rate = 0.0, first
    while rate < 2e6 and deliver(peer, nodes, rate, seconds).held:
        held, rate = rate, rate * 2
    low, high = held, rate
    for _ in range(steps):
        middle = (low + high) / 2
        if deliver(peer, nodes, middle, seconds).held:
            low = middle
        else:
            high = middle
    return low
