"""Many encrypted sessions with many monitored items, held at once by clients that cost little.

Each session monitors so many distinct variables of the server; every item has to bring its first value, every
session a keep-alive within its time, and, when it is all there, changes of the model's inputs to all.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import struct
import time
from collections import Counter
from pathlib import Path
from typing import Any, Final

from asyncua import ua
from asyncua.ua.object_ids import ObjectIds

from benchmarks.processes import process_tree, resident_bytes
from benchmarks.siege.channel import Channel, Closed
from benchmarks.siege.policy import POLICIES
from benchmarks.siege.session import Session, changes, decoded, node, service_result
from benchmarks.siege.site import INPUTS, NAMESPACE, PASSWORD, ROW, known_application

_AT_ONCE: Final = 4
_USERS: Final = ("operator", "observer", "intruder")
"""Three, as one user may have 200 subscriptions."""
_PUBLISHING_MS: Final = 1_000.0
_KEEP_ALIVE_COUNT: Final = 5
_WRITES: Final = 5
_PATIENCE_S: Final = 60.0


class Holder:
    """One session and what it has seen."""

    def __init__(self, session: Session, items: int) -> None:
        self.session = session
        self.items = items
        self.heard: set[int] = set()
        self.keep_alives = 0
        self.inputs: Counter[int] = Counter()

    async def listen(self) -> None:
        """Publish until cancelled."""
        first, later = self.session.publish_body(), self.session.publish_body((0, 0))[:-8]
        waiting = [self.session.channel.ask(first) for _ in range(2)]
        while True:
            answer = await waiting.pop(0)
            if code := service_result(answer):
                raise ConnectionError(f"publish: {code:#010x}")
            subscription, number, found = changes(answer)
            self.keep_alives += not found
            for handle, value in found:
                self.heard.add(handle)
                if handle < len(INPUTS) and isinstance(value, float):
                    self.inputs[handle] += 1
            body = later + struct.pack("<II", subscription, number) if found else first
            waiting.append(self.session.channel.ask(body))


class Crowd:
    """All of them.

    Args:
        folder, port: of the service.
        sessions: how many.
        items: of each.
    """

    def __init__(self, folder: Path, port: int, sessions: int, items: int) -> None:
        self._folder, self._port, self._sessions, self._items = folder, port, sessions, items
        self._application = known_application(folder, "honest")
        self._server = (folder / "pki" / "own" / "certs" / "opcua-ml.der").read_bytes()
        self._gate = asyncio.Semaphore(_AT_ONCE)
        self.holders: list[Holder] = []
        self.dropped: list[str] = []
        self._nodes: list[Any] = []

    @property
    def size(self) -> tuple[int, int]:
        """Sessions, and items of each."""
        return self._sessions, self._items

    async def connect(self) -> None:
        """Open all sessions."""
        first = await self._open()
        self._nodes = await self._variables(first)
        self.holders.append(Holder(first, 0))
        opened = await asyncio.gather(*(self._open(number) for number in range(1, self._sessions)))
        self.holders += [Holder(session, 0) for session in opened]

    async def monitor(self) -> None:
        """Create all items."""
        await asyncio.gather(*(self._monitor(holder) for holder in self.holders))

    async def hold(self, seconds: float) -> None:
        """Let every session listen, and write the inputs meanwhile, a few times."""
        async with asyncio.TaskGroup() as group:
            listening = [group.create_task(self._kept(holder), name="listen") for holder in self.holders]
            await self._until(lambda: all(len(holder.heard) == holder.items for holder in self.holders))
            begun = time.monotonic()
            await self._write()
            wanted = dict.fromkeys(range(len(INPUTS)), _WRITES)
            await self._until(lambda: all(_at_least(holder.inputs, wanted) for holder in self.holders))
            before = [holder.keep_alives for holder in self.holders]
            await self._until(
                lambda: all(
                    holder.keep_alives > had for holder, had in zip(self.holders, before, strict=True)
                )
            )
            await asyncio.sleep(max(0.0, seconds - (time.monotonic() - begun)))
            for task in listening:
                task.cancel()

    async def _until(self, condition: Any) -> None:
        deadline = time.monotonic() + _PATIENCE_S
        while not condition() and time.monotonic() < deadline and not self.dropped:  # noqa: ASYNC110 - of many
            await asyncio.sleep(0.1)

    async def _open(self, number: int = 0) -> Session:
        channel = Channel(self._application, POLICIES["Basic256Sha256"], self._server)
        session = Session(channel, "hold")
        async with self._gate:
            await channel.connect(self._port)
            await channel.open()
            await session.create(600_000)
            await session.activate(_USERS[number % len(_USERS)], PASSWORD)
        return session

    async def _variables(self, session: Session) -> list[Any]:
        """The model's inputs, and as many variables of the standard that can be read as it takes."""
        index = await session.index(NAMESPACE)
        found = [node(index, f"flow.Inputs.{name}") for name in INPUTS]
        candidates = [ua.NodeId(ua.Int32(number)) for number in _standard_variables()]
        for at in range(0, len(candidates), 500):
            some = candidates[at : at + 500]
            response = decoded(await session.channel.call(session.read_body(some)))
            found += [
                one
                for one, value in zip(some, response.Results, strict=True)
                if value.StatusCode is None or value.StatusCode.is_good()
            ]
        return found[: self._items]

    async def _monitor(self, holder: Holder) -> None:
        async with self._gate:
            subscription = await holder.session.subscribe(_PUBLISHING_MS, keep_alive=_KEEP_ALIVE_COUNT)
            codes = await holder.session.monitor(subscription, self._nodes, queue=20)
        holder.items = codes.count(0)
        if holder.items < self._items:
            self.dropped.append(f"items refused: {Counter(codes)}")

    async def _write(self) -> None:
        session = self.holders[0].session
        for turn in range(_WRITES):
            for place, value in enumerate(ROW):
                body = session.write_body(self._nodes[place], value * (1 + 1e-6 * (turn + 1)))
                await session.channel.call(body)

    async def _kept(self, holder: Holder) -> None:
        try:
            await holder.listen()
        except (Closed, ConnectionError, TimeoutError) as error:
            self.dropped.append(f"{type(error).__name__}: {error}")


def _standard_variables() -> list[int]:
    """Numbers of nodes that most servers have and that change rarely: what they can do, and their types."""
    ends = ("_EnumStrings", "_EnumValues", "_NodeVersion", "_NamespaceUri", "_InputArguments", "_TrueState")
    names = [name for name in vars(ObjectIds) if name.startswith("Server_") or name.endswith(ends)]
    moving = ("Diagnostics", "ServerStatus", "CurrentTime")
    return [getattr(ObjectIds, name) for name in sorted(names) if not any(part in name for part in moving)]


def _at_least(found: Counter[int], wanted: dict[int, int]) -> bool:
    return all(found[place] >= number for place, number in wanted.items())


def _resident_mb(pid: int) -> float:
    return resident_bytes(process_tree(pid)) / 1e6


async def _run(crowd: Crowd, seconds: float, pid: int) -> dict[str, Any]:
    sessions, items = crowd.size
    empty, begun = _resident_mb(pid), time.monotonic()
    await crowd.connect()
    connected, connecting = _resident_mb(pid), time.monotonic() - begun
    begun = time.monotonic()
    await crowd.monitor()
    monitored, monitoring = _resident_mb(pid), time.monotonic() - begun
    await crowd.hold(seconds)
    holders = crowd.holders
    for holder in holders:
        holder.session.channel.close()
    return {
        "sessions": len(holders),
        "items": sum(holder.items for holder in holders),
        "items_with_a_value": sum(len(holder.heard) for holder in holders),
        "sessions_with_every_change": sum(
            _at_least(holder.inputs, dict.fromkeys(range(min(items, len(INPUTS))), _WRITES))
            for holder in holders
        ),
        "sessions_with_keep_alives": sum(holder.keep_alives > 0 for holder in holders),
        "dropped": crowd.dropped[:10],
        "connecting_s": round(connecting, 1),
        "monitoring_s": round(monitoring, 1),
        "empty_mb": round(empty, 1),
        "held_mb": round(_resident_mb(pid), 1),
        "kb_per_session": round((connected - empty) * 1e3 / sessions, 1),
        "kb_per_item": round((monitored - connected) * 1e3 / max(1, sessions * items), 2),
    }


def main() -> None:
    """Hold the sessions for a time; one line of JSON tells what came of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--sessions", type=int, default=500)
    parser.add_argument("--items", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--pid", type=int, required=True)
    given = parser.parse_args()
    crowd = Crowd(given.folder, given.port, given.sessions, given.items)
    found = asyncio.run(_run(crowd, given.seconds, given.pid))
    print(json.dumps(found), flush=True)


if __name__ == "__main__":
    main()
