"""The fuzzer: messages of every kind at the real socket of a service process, every answer accounted for.

A message is answered (by a response, or by a ServiceFault), or ends its connection; a request that gets
neither while later ones are answered is a hang, unless it is a Publish, which waits by its nature.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import struct
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from asyncua import ua
from asyncua.common.utils import Buffer
from asyncua.ua.ua_binary import nodeid_from_binary, struct_to_binary

from benchmarks.siege.channel import Channel, Closed
from benchmarks.siege.mutation import mutated, nested, requests, write_of
from benchmarks.siege.policy import NONCE_LENGTH, POLICIES
from benchmarks.siege.session import Refused, Session, node, service_result
from benchmarks.siege.site import INPUTS, NAMESPACE, PASSWORD, known_application

if TYPE_CHECKING:
    from benchmarks.siege.policy import Application, Policy

BATCH = 24
_PATIENCE_S = 20.0
_PUBLISH = 826
_READ = 631
_ua: Any = ua


class Fuzzer:
    """One connection after the other.

    Args:
        folder, port: of the service.
        seed: of all chances.
        policy: of its channels; None for channels without security.
    """

    def __init__(self, folder: Path, port: int, seed: int, policy: Policy | None) -> None:
        self._chance = random.Random(seed)  # noqa: S311 - a repeatable fuzzer
        self._port, self._policy = port, policy
        self._application: Application | None = known_application(folder, "hostile") if policy else None
        self._server = (folder / "pki" / "own" / "certs" / "opcua-ml.der").read_bytes()
        self.sent: Counter[str] = Counter()
        self.answers: Counter[str] = Counter()
        self.hangs: list[str] = []
        self.left = 0
        self._bodies: dict[str, list[bytes]] = {}
        self._all: list[bytes] = []
        self._nodes: list[Any] = []

    async def run(self, messages: int) -> None:
        """Send so many."""
        self.left = messages
        while self.left > 0:
            kind = self._chance.random()
            if kind < 0.15:
                await self._greetings()
            elif kind < 0.6:
                await self._openings()
            else:
                await self._services()

    # Hello

    async def _greetings(self) -> None:
        """Mutated Hello messages, one per connection."""
        body = struct_to_binary(
            _ua.Hello(EndpointUrl="opc.tcp://a", ReceiveBufferSize=65_535, SendBufferSize=65_535)
        )
        for _ in range(min(8, self.left)):
            wrong = mutated(body, self._chance, [body])[:5_000]
            size = self._chance.choice((len(wrong) + 8, len(wrong) + 8, 0, 7, 2**32 - 1))
            kind = self._chance.choice((b"HELF", b"HELF", b"HELC", b"RHEF", b"ACKF", b"ERRF", b"\0\0\0\0"))
            self._count("Hello")
            await self._thrown(kind + struct.pack("<I", size) + wrong)

    async def _thrown(self, data: bytes) -> None:
        """Bytes on a connection of their own; what comes back, and then the connection is dropped."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        try:
            writer.write(data)
            if writer.can_write_eof():
                writer.write_eof()
            async with asyncio.timeout(_PATIENCE_S):
                back = await reader.read(64)
            self.answers[_told(back)] += 1
        except TimeoutError:
            self._hung("a greeting was not answered", data)
        except OSError:  # closed before its end was sent, too
            self.answers["closed"] += 1
        finally:
            writer.transport.abort()

    # OpenSecureChannel

    async def _openings(self) -> None:
        """A mutated OpenSecureChannel: before signing, after encrypting, or in its security header."""
        channel = Channel(self._application, self._policy, self._server)
        request = ua.OpenSecureChannelRequest()
        request.Parameters.SecurityMode = ua.MessageSecurityMode(3 if self._policy else 1)
        request.Parameters.ClientNonce = bytes(NONCE_LENGTH if self._policy else 0)
        request.Parameters.RequestedLifetime = 60_000
        body = struct_to_binary(request)
        self._count("OpenSecureChannel")
        try:
            await channel.connect(self._port)
            way = self._chance.randrange(3)
            if way == 0:
                data = channel.opening(mutated(body, self._chance, [body])[:3_000])
            else:
                data = channel.opening(body)
                head = 12 if way == 1 else min(60, len(data))
                tail = bytearray(mutated(data[head:], self._chance, [data])[:50_000])
                data = data[:4] + struct.pack("<I", head + len(tail)) + data[8:head] + bytes(tail)
            await self._outcome(channel, data)
        except Closed as closed:
            self._closed(closed)
        finally:
            channel.close()

    async def _outcome(self, channel: Channel, data: bytes) -> None:
        """Of a message that opens a channel, or ends the connection."""
        try:
            async with asyncio.timeout(_PATIENCE_S):
                await channel.exchange(data)
            self.answers["answered: Good"] += 1
        except TimeoutError:
            self._hung("an OpenSecureChannel was not answered", data)

    # Services

    async def _session(self) -> Session:
        channel = Channel(self._application, self._policy, self._server)
        await channel.connect(self._port)
        await channel.open()
        session = Session(channel, "fuzz")
        await session.create()
        await session.activate(*(("intruder", PASSWORD) if self._policy else ()))
        index = await session.index(NAMESPACE)
        self._nodes = [node(index, f"flow.Inputs.{name}") for name in INPUTS]
        model, method = node(index, "flow"), node(index, "flow.Predict")
        self._bodies = requests(session.token, self._nodes, model, method)
        self._all = [body for several in self._bodies.values() for body in several]
        return session

    async def _services(self) -> None:
        """Mutated requests in a session, until the connection or the session ends."""
        try:
            session = await self._session()
        except (Closed, Refused) as refused:
            self.answers[f"no session: {type(refused).__name__}"] += 1
            await asyncio.sleep(0.05)
            return
        channel = session.channel
        sentinel = session.read_body([ua.NodeId(ua.Int32(2258))])
        try:
            for _ in range(20):
                if self.left <= 0 or not await self._batch(channel, sentinel):
                    break
            if self.left > 0 and self._chance.random() < 0.5:
                await self._broken_chunk(channel)
        except Closed as closed:
            self._closed(closed)
        finally:
            channel.close()

    async def _batch(self, channel: Channel, sentinel: bytes) -> bool:
        """Some requests at once; False if the session is over."""
        asked = []
        for _ in range(min(BATCH, self.left)):
            name, body = self._next()
            self._count(name)
            asked.append((name, body, channel.ask(body)))
        last = channel.ask(sentinel)
        done, _ = await asyncio.wait([last], timeout=_PATIENCE_S)
        if not done:
            self._hung("a Read after a batch was not answered", b"")
            return False
        await self._settle(asked)
        result = last.result()
        await asyncio.sleep(0)
        return service_result(result) == 0

    async def _settle(self, asked: list[tuple[str, bytes, asyncio.Future[bytes]]]) -> None:
        late = [one for _, body, one in asked if not one.done() and not _may_wait(body)]
        if late:
            await asyncio.wait(late, timeout=_PATIENCE_S)
        for name, body, one in asked:
            if not one.done():
                if _may_wait(body):
                    self.answers["waits: Publish"] += 1
                    one.cancel()
                else:
                    self._hung(f"{name} was not answered", body)
            elif (error := one.exception()) is not None:
                raise error
            else:
                code = service_result(one.result())
                self.answers[f"answered: {_name(code)}"] += 1

    def _next(self) -> tuple[str, bytes]:
        chance = self._chance
        if chance.random() < 0.04:
            head = self._bodies["Write"][0][:-4]
            variant = nested(chance.randrange(5), chance.choice((1, 50, 99, 100, 101, 3_000)))
            return "nested Write", write_of(head, self._nodes[0], variant)
        name = chance.choice(list(self._bodies))
        if name == "CloseSession" and chance.random() < 0.9:
            name = "Read"
        body = chance.choice(self._bodies[name])
        return name, mutated(body, chance, self._all)

    async def _broken_chunk(self, channel: Channel) -> None:
        """A chunk with wrong numbers, type, size or seal: it ends the connection, or waits for its rest."""
        chance, body = self._chance, chance_body(self._all, self._chance)
        channel.request_id += 1
        way = chance.randrange(6)
        self._count("broken chunk")
        if way == 0:
            channel.number += chance.choice((1, -1, 1_000, 2**31))
            channel.number %= 2**32 - 1
            data = channel.chunk(body)
        elif way == 1:
            channel.token_id = (channel.token_id + 1) % 2**32
            data = channel.chunk(body)
        elif way == 2:
            data = channel.chunk(body, chance.choice((b"A", b"X", b"\0")))
        elif way == 3:
            data = channel.chunk(body, b"F", chance.choice((b"CLO", b"OPN", b"HEL", b"XXX")))
        else:
            sealed = bytearray(channel.chunk(body))
            at = chance.randrange(8 if way == 4 else 0, len(sealed))
            sealed[at] ^= chance.randrange(1, 256)
            data = bytes(sealed)
        channel.send(data)
        answer = channel.ask(self._bodies["Read"][0])
        done, _ = await asyncio.wait([answer], timeout=0.25)
        if not done:
            self.answers["waits: unfinished message"] += 1
        elif (error := answer.exception()) is not None:
            raise error
        else:
            self.answers["answered: after a broken chunk"] += 1

    # Accounts

    def _count(self, kind: str) -> None:
        self.sent[kind] += 1
        self.left -= 1

    def _closed(self, closed: Closed) -> None:
        self.answers[f"closed: {_name(closed.code)}" if closed.code else "closed"] += 1

    def _hung(self, what: str, data: bytes) -> None:
        self.hangs.append(f"{what}: {data[:200].hex()}")


def chance_body(bodies: list[bytes], chance: random.Random) -> bytes:
    """One of them."""
    return chance.choice(bodies)


def _may_wait(body: bytes) -> bool:
    """Whether it is a Publish, after all that was done to it."""
    try:
        return nodeid_from_binary(Buffer(body)).Identifier == _PUBLISH
    except Exception:  # noqa: BLE001 - asyncua's decoder raises anything on a mutated body, which is then no Publish
        return False


def _told(back: bytes) -> str:
    if back[:3] == b"ERR":
        return f"closed: {_name(int.from_bytes(back[8:12], 'little'))}"
    return "answered: Acknowledge" if back[:3] == b"ACK" else "closed"


def _name(code: int) -> str:
    return str(ua.StatusCode(ua.UInt32(code)).name) if code else "Good"


async def _run(folder: Path, port: int, messages: int, seed: int, anonymous: bool) -> dict[str, Any]:
    policies: list[Policy | None] = [*POLICIES.values(), *([None] if anonymous else [])]
    fuzzers = [Fuzzer(folder, port, seed + n, policy) for n, policy in enumerate(policies)]
    begun = time.monotonic()
    async with asyncio.TaskGroup() as group:
        for number, fuzzer in enumerate(fuzzers):
            share = messages // len(fuzzers) + (number < messages % len(fuzzers))
            group.create_task(fuzzer.run(share), name=f"fuzzer {number}")
    sent: Counter[str] = sum((fuzzer.sent for fuzzer in fuzzers), Counter())
    answers: Counter[str] = sum((fuzzer.answers for fuzzer in fuzzers), Counter())
    return {
        "messages": sent.total(),
        "seconds": round(time.monotonic() - begun, 1),
        "sent": dict(sent.most_common()),
        "answers": dict(answers.most_common()),
        "hangs": [hang for fuzzer in fuzzers for hang in fuzzer.hangs],
    }


def main() -> None:
    """Fuzz a service; the accounts are one line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--messages", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--anonymous", action="store_true")
    given = parser.parse_args()
    print(
        json.dumps(asyncio.run(_run(given.folder, given.port, given.messages, given.seed, given.anonymous))),
        flush=True,
    )


if __name__ == "__main__":
    main()
