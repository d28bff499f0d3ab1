"""Honest clients in a process of their own: what they see while the service is attacked.

Each has a SignAndEncrypt session with a password, reads at a steady pace, and subscribes to every input of
the model. The first six also write, each its own input, values that count up, so that every subscriber can
tell whether one was lost.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import struct
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.siege.channel import Channel, Closed
from benchmarks.siege.policy import POLICIES
from benchmarks.siege.session import Session, changes, node, service_result
from benchmarks.siege.site import INPUTS, NAMESPACE, PASSWORD, ROW, known_application

STEP = 1e-6
"""Between two values that a writer writes."""
_OUTSTANDING = 3
_LOGINS_AT_ONCE = 4
_PUBLISHING_MS = 100.0
_KEEP_ALIVES = 20
_UNTIL_STOPPED = 1e5
"""Seconds; who asks for so many will say when it is enough."""
_FIRST = asyncio.FIRST_COMPLETED


@dataclass
class Seen:
    """What one phase showed."""

    latencies: list[float] = field(default_factory=list)
    lateness: list[float] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    values: int = 0
    writes: int = 0
    lost: int = 0

    def figures(self) -> dict[str, Any]:
        """As one line of JSON: times in milliseconds."""
        return {
            "reads": len(self.latencies),
            "p50_ms": percentile(self.latencies, 0.5),
            "p99_ms": percentile(self.latencies, 0.99),
            "max_ms": percentile(self.latencies, 1.0),
            "own_lateness_p99_ms": percentile(self.lateness, 0.99),
            "values": self.values,
            "writes": self.writes,
            "lost": self.lost,
            "failures": self.failures[:20],
        }


def percentile(values: list[float], share: float) -> float:
    """In milliseconds, of seconds; 0 of none."""
    ranked = sorted(values)
    return round(1000 * ranked[min(len(ranked) - 1, int(share * len(ranked)))], 3) if ranked else 0.0


class HonestClient:
    """One of them.

    Args:
        session: activated.
        index: of the site's namespace.
        number: of the client; those below six write.
        crowd: all of them, and what they see.
    """

    def __init__(self, session: Session, index: int, number: int, crowd: Crowd) -> None:
        self._session = session
        self._nodes = [node(index, f"flow.Inputs.{name}") for name in INPUTS]
        self.number = number
        self._crowd = crowd
        self._last: dict[int, int] = {}
        self.subscription = 0

    async def prepare(self) -> None:
        """Subscribe to every input."""
        self.subscription = await self._session.subscribe(_PUBLISHING_MS, keep_alive=_KEEP_ALIVES)
        codes = await self._session.monitor(self.subscription, self._nodes)
        if any(codes):
            raise ValueError(f"items were refused: {codes}")

    async def read(self, pace_s: float) -> None:
        """Read all inputs, over and over, and note how long it takes."""
        loop, channel = asyncio.get_running_loop(), self._session.channel
        body = self._session.read_body(self._nodes)
        chance = random.Random(self.number)  # noqa: S311 - spreads the clients in time
        while not self._crowd.over:
            await asyncio.sleep(pace_s * chance.uniform(0.5, 1.5))
            begun = loop.time()
            answer = await channel.call(body)
            self._crowd.seen.latencies.append(channel.came_at - begun)
            if code := service_result(answer):
                self._crowd.failed(f"read: {code:#010x}")

    async def write(self, pace_s: float) -> None:
        """Write the next value, over and over."""
        place = self.number
        body = self._session.write_body(self._nodes[place], 0.0)[:-8]
        while not self._crowd.over:
            value = ROW[place] + STEP * (self._crowd.written[place] + 1)
            answer = await self._session.channel.call(body + struct.pack("<d", value))
            if code := service_result(answer) or int.from_bytes(answer[-8:-4], "little"):
                self._crowd.failed(f"write: {code:#010x}")
                continue
            self._crowd.written[place] += 1
            self._crowd.seen.writes += 1
            await asyncio.sleep(pace_s)

    async def listen(self) -> None:
        """Publish, acknowledge, and check that each input counts on."""
        first, later = self._session.publish_body(), self._session.publish_body((0, 0))[:-8]
        acknowledge: tuple[int, int] | None = None
        waiting = [self._session.channel.ask(first) for _ in range(_OUTSTANDING)]
        while True:
            answer = await asyncio.wait_for(waiting.pop(0), 30.0)
            if code := service_result(answer):
                raise ConnectionError(f"publish: {code:#010x}")
            subscription, number, found = changes(answer)
            self._take(found)
            acknowledge = (subscription, number) if found else None
            body = first if acknowledge is None else later + struct.pack("<II", *acknowledge)
            waiting.append(self._session.channel.ask(body))

    @property
    def up_to_date(self) -> bool:
        """Whether the last value of every writer has come."""
        return all(
            self._last.get(place, 0) >= written for place, written in self._crowd.written.items() if written
        )

    def _take(self, found: list[tuple[int, Any]]) -> None:
        seen = self._crowd.seen
        for place, value in found:
            if not isinstance(value, float):
                if self._last.get(place):
                    self._crowd.failed(f"client {self.number}, input {place}: status {value}")
                continue
            number, before = round((value - ROW[place]) / STEP), self._last.get(place)
            if before is not None and number > before + 1:
                seen.lost += number - before - 1
                self._crowd.failed(f"client {self.number}, input {place}: {number} after {before}")
            # An older one is no loss: an input shows again what a prediction was made of.
            self._last[place] = max(number, before or 0)
            seen.values += 1


class Crowd:
    """All honest clients.

    Args:
        folder: of the service.
        port: of its endpoint.
        size: how many.
    """

    def __init__(self, folder: Path, port: int, size: int) -> None:
        self._folder, self._port, self._size = folder, port, size
        self.seen = Seen()
        self.written = dict.fromkeys(range(len(INPUTS)), 0)
        self.over = False
        self.dropped: list[str] = []
        self.clients: list[HonestClient] = []
        self.sessions: list[Session] = []
        self._gate = asyncio.Semaphore(_LOGINS_AT_ONCE)

    def failed(self, what: str) -> None:
        """Remember what must not be."""
        self.seen.failures.append(what)

    async def come(self) -> None:
        """Connect, log in and subscribe."""
        await asyncio.gather(*(self._one(number) for number in range(self._size)))

    async def _one(self, number: int) -> None:
        server = (self._folder / "pki" / "own" / "certs" / "opcua-ml.der").read_bytes()
        policy = list(POLICIES.values())[number % len(POLICIES)]
        channel = Channel(known_application(self._folder, "honest"), policy, server)
        session = Session(channel, f"honest {number}")
        async with self._gate:
            await channel.connect(self._port)
            await channel.open()
            await session.create()
            await session.activate("operator", PASSWORD)
        client = HonestClient(session, await session.index(NAMESPACE), number, self)
        await client.prepare()
        self.sessions.append(session)
        self.clients.append(client)

    async def live(self, read_s: float, write_s: float) -> None:
        """Until `over`; whoever is dropped is remembered."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._lateness(), name="lateness")
            listeners = [
                group.create_task(self._kept(client.listen()), name="listen") for client in self.clients
            ]
            others = [
                group.create_task(self._kept(client.read(read_s)), name="read") for client in self.clients
            ] + [
                group.create_task(self._kept(client.write(write_s)), name="write")
                for client in self.clients
                if write_s and client.number < len(INPUTS)
            ]
            for one in others:
                await one
            await self._caught_up()
            for one in listeners:
                one.cancel()

    async def _caught_up(self) -> None:
        try:
            async with asyncio.timeout(5.0):
                while not all(client.up_to_date for client in self.clients):  # noqa: ASYNC110 - many conditions
                    await asyncio.sleep(0.05)
        except TimeoutError:
            late = sum(not client.up_to_date for client in self.clients)
            self.seen.lost += late
            self.failed(f"{late} clients never got the last values")

    async def _kept(self, work: Any) -> None:
        try:
            await work
        except (Closed, ConnectionError, TimeoutError) as error:
            self.dropped.append(f"{type(error).__name__}: {error}")

    async def _lateness(self) -> None:
        """How late this process itself is: the share of the latencies that is not the service's."""
        loop = asyncio.get_running_loop()
        while not self.over:
            due = loop.time() + 0.02
            await asyncio.sleep(0.02)
            self.seen.lateness.append(loop.time() - due)


async def _serve(crowd: Crowd, read_s: float, write_s: float) -> None:
    """Do what standard input says: measure a number of seconds, or end."""
    loop = asyncio.get_running_loop()
    await crowd.come()
    tokens = [session.token.Identifier.hex() for session in crowd.sessions]
    subscriptions = [client.subscription for client in crowd.clients]
    _say({"clients": len(crowd.clients), "tokens": tokens, "subscriptions": subscriptions})
    living = loop.create_task(crowd.live(read_s, write_s), name="honest clients")
    while asked := await _asked():
        if asked["do"] == "end":
            break
        crowd.seen = Seen()
        stop = loop.create_task(_asked(), name="stop") if asked["seconds"] >= _UNTIL_STOPPED else None
        await asyncio.wait([living, *([stop] if stop else [])], timeout=asked["seconds"], return_when=_FIRST)
        if living.done():
            await living
        measured, crowd.seen = crowd.seen, Seen()
        _say({**measured.figures(), "dropped": crowd.dropped})
    crowd.over = True
    await living
    _say({**crowd.seen.figures(), "dropped": crowd.dropped, "written": sum(crowd.written.values())})
    for session in crowd.sessions:
        session.channel.close()


async def _asked() -> dict[str, Any]:
    line = await asyncio.to_thread(sys.stdin.readline)
    asked: dict[str, Any] = json.loads(line) if line else {}
    return asked


def _say(what: dict[str, Any]) -> None:
    print(json.dumps(what), flush=True)


def _come_first() -> None:
    """Wait for no other process of this machine, where the system permits: these stand for fifty machines."""
    if sys.platform == "linux":
        with suppress(OSError):
            os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))


def main() -> None:
    """Connect as many clients as asked for, and do what standard input says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--clients", type=int, default=50)
    parser.add_argument("--read-ms", type=float, default=250.0)
    parser.add_argument("--write-ms", type=float, default=100.0, help="0: nobody writes")
    given = parser.parse_args()
    crowd = Crowd(given.folder, given.port, given.clients)
    _come_first()
    asyncio.run(_serve(crowd, given.read_ms / 1000, given.write_ms / 1000))


if __name__ == "__main__":
    main()
