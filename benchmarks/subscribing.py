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

_PATIENCE_S = 30.0
_LATE = 1.05  # a writer that takes longer than its time does not hold the rate


class Watching(NamedTuple):
    """How the variables are subscribed.

    Args:
        interval: of the subscriptions, in ms.
        sampling: interval of each monitored item, in ms; 0 for every change.
        band: absolute dead band of each monitored item; 0 for none.
        trigger: of each monitored item, as ua.DataChangeTrigger.
        queue: length that is asked for each monitored item.
        clients: each with a subscription to all of the variables.
    """

    interval: float = 100
    sampling: float = 0
    band: float = 0
    trigger: int = 1
    queue: int = 900
    clients: int = 1

    def options(self) -> list[str]:
        """Of the load generator."""
        named = self._asdict()
        named["connections"] = named.pop("clients")
        return [word for name, value in named.items() for word in (f"--{name}", str(value))]


EVERY_CHANGE = Watching()


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
    peer: OpcuaPeer,
    nodes: Sequence[ua.NodeId],
    rate: float,
    seconds: float,
    watching: Watching = EVERY_CHANGE,
) -> Delivery:
    """Subscribe to the nodes, have the server change `rate` values a second among them, and count.

    Args:
        peer: the server, whose variables are changed one after the other, from the first to its last.
        nodes: that are subscribed.
        rate: of all its changes, 1/s.
        seconds: how long.
        watching: how they are subscribed; of sampled values or within a dead band not all changes arrive.

    Raises:
        Unavailable: the server refused, or died.
    """
    with tempfile.NamedTemporaryFile() as file:
        file.write(node_list(nodes))
        file.flush()
        watched = [word for pid in peer.process.pids for word in ("--watch", str(pid))]
        command = [str(load_generator()), "subscribe", "--port", str(peer.port), "--url", peer.url]
        command += ["--policy", peer.policy, "--body", str(Path(file.name)), *watching.options()]
        command += ["--outstanding", "10", "--seconds", str(_PATIENCE_S)]
        with subprocess.Popen(
            [*command, *watched],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as loader:
            return _counted(peer, loader, rate, seconds, watching.interval)


def _counted(
    peer: OpcuaPeer, loader: subprocess.Popen[str], rate: float, seconds: float, interval: float
) -> Delivery:
    pipe = loader.stdout
    subscribed = pipe is not None and pipe.readline().strip() == "subscribed"
    made = peer.process.ask("change", rate=rate, seconds=seconds) if subscribed else {}
    time.sleep(2.5 * interval / 1e3)
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
