"""Clients that come and log in, in a process of their own: one now and then, or hundreds at once.

Each opens a SignAndEncrypt channel, logs in by password and reads once. How long that takes is measured from
the connection to the arrival of the value. Those of a storm stay; the others leave, as one who looks
something up does.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from benchmarks.siege.channel import Channel, Closed
from benchmarks.siege.honest import percentile
from benchmarks.siege.policy import POLICIES
from benchmarks.siege.session import Refused, Session, node, service_result
from benchmarks.siege.site import INPUTS, NAMESPACE, PASSWORD, known_application

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

_KNOWN: Final = ("operator", "observer", "intruder")
"""Users of the site; `guest0` and so on are others, who have not been there."""
_AT_ONCE: Final = 20
"""Of those who come now and then: somebody who is not served for so long is one of them."""


@dataclass
class Arrivals:
    """How long it took them, in seconds, and what became of the others."""

    taken: list[float] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    steps: dict[str, list[float]] = field(default_factory=dict)

    def figures(self) -> dict[str, Any]:
        """As one line of JSON: times in milliseconds."""
        return {
            "logins": len(self.taken),
            "failed": len(self.failures),
            "failures": sorted(set(self.failures))[:10],
            "p50_ms": percentile(self.taken, 0.5),
            "p99_ms": percentile(self.taken, 0.99),
            "max_ms": percentile(self.taken, 1.0),
            "p50_ms_of_steps": {step: percentile(taken, 0.5) for step, taken in self.steps.items()},
        }


class Newcomers:
    """All of them.

    Args:
        folder: of the service.
        port: of its endpoint.
    """

    def __init__(self, folder: Path, port: int) -> None:
        self._port = port
        self._application = known_application(folder, "honest")
        self._server = (folder / "pki" / "own" / "certs" / "opcua-ml.der").read_bytes()
        self._guests = count()
        self._stayed: list[Channel] = []
        self._index = 0

    async def one_by_one(self, seconds: float, every_s: float) -> dict[str, Any]:
        """One each so often, who leaves again: in turn a user who is there already, and a new one."""
        loop = asyncio.get_running_loop()
        begun, known, new = loop.time(), Arrivals(), Arrivals()
        gate = asyncio.Semaphore(_AT_ONCE)
        async with asyncio.TaskGroup() as group:
            for number in range(max(1, int(seconds / every_s))):
                await asyncio.sleep(max(0.0, begun + number * every_s - loop.time()))
                await gate.acquire()
                user = f"guest{next(self._guests)}" if number % 2 else _KNOWN[0]
                coming = group.create_task(self._visit(user, new if number % 2 else known), name="newcomer")
                coming.add_done_callback(lambda _: gate.release())
        return {"known": known.figures(), "new": new.figures()}

    async def storm(self, clients: int, users: int) -> dict[str, Any]:
        """All at once, of so many guests, or of the site's three users where that is 0; they stay."""
        arrivals = Arrivals()
        names = [f"guest{number}" for number in range(users)] or _KNOWN
        async with asyncio.TaskGroup() as group:
            for number in range(clients):
                group.create_task(self._stay(names[number % len(names)], arrivals), name="newcomer")
        return arrivals.figures()

    async def hang_up(self) -> dict[str, Any]:
        """Drop all connections at once, as a switch does that loses its power."""
        dropped, self._stayed = self._stayed, []
        for channel in dropped:
            channel.close()
        return {"dropped": len(dropped), "gone before": sum(one.closed is not None for one in dropped)}

    async def _visit(self, user: str, arrivals: Arrivals) -> None:
        channel = await self._come(user, arrivals)
        if channel is not None:
            channel.close()

    async def _stay(self, user: str, arrivals: Arrivals) -> None:
        channel = await self._come(user, arrivals)
        if channel is not None:
            self._stayed.append(channel)

    async def _come(self, user: str, arrivals: Arrivals) -> Channel | None:
        """The connection of one who is in; None where that failed."""
        loop = asyncio.get_running_loop()
        channel = Channel(self._application, POLICIES["Basic256Sha256"], self._server)
        session = Session(channel, f"newcomer {user}")
        steps: dict[str, Callable[[], Awaitable[None]]] = {
            "connect": lambda: channel.connect(self._port),
            "open": channel.open,
            "create": session.create,
            "activate": lambda: session.activate(user, PASSWORD),
            "read": lambda: self._read(session),
        }
        begun = last = loop.time()
        for step, do in steps.items():
            try:
                await do()
            except (Closed, Refused, ConnectionError, TimeoutError) as error:
                arrivals.failures.append(f"{step}: {type(error).__name__} {error}")
                channel.close()
                return None
            arrivals.steps.setdefault(step, []).append(channel.came_at - last)
            last = channel.came_at
        arrivals.taken.append(last - begun)
        return channel

    async def _read(self, session: Session) -> None:
        index = self._index = self._index or await session.index(NAMESPACE)
        answer = await session.channel.call(session.read_body([node(index, f"flow.Inputs.{INPUTS[0]}")]))
        if code := service_result(answer):
            raise Refused(code)


async def _serve(newcomers: Newcomers) -> None:
    """Do what standard input says."""
    print(json.dumps({"ready": True}), flush=True)
    while line := await asyncio.to_thread(sys.stdin.readline):
        asked: dict[str, Any] = json.loads(line)
        if asked["do"] == "measure":
            found = await newcomers.one_by_one(asked["seconds"], asked["every_s"])
        elif asked["do"] == "storm":
            found = await newcomers.storm(asked["clients"], asked["users"])
        else:
            found = await newcomers.hang_up()
        print(json.dumps(found), flush=True)


def main() -> None:
    """Do what standard input says until it ends."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--port", type=int, required=True)
    given = parser.parse_args()
    asyncio.run(_serve(Newcomers(given.folder, given.port)))


if __name__ == "__main__":
    main()
