"""What each class of hostile clients does once."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from asyncua import ua
from asyncua.ua.attribute_ids import AttributeIds
from asyncua.ua.ua_binary import struct_to_binary

from benchmarks.siege.attacker import POLICY
from benchmarks.siege.certificates import application
from benchmarks.siege.channel import Channel, Closed
from benchmarks.siege.fuzz import Fuzzer
from benchmarks.siege.session import Refused, Session, node, service_result
from benchmarks.siege.site import INPUTS, NAMESPACE, PASSWORD

if TYPE_CHECKING:
    from benchmarks.siege.attacker import Attacker

_TIME: Final = ua.NodeId(ua.Int32(2258))
_ua: Any = ua


async def half_open(hostile: Attacker) -> None:
    """Connections that greet at most, half an OpenSecureChannel, and then nothing until they are cut off."""
    reader, writer = await asyncio.open_connection("127.0.0.1", hostile.port)
    try:
        writer.write(hostile.chance.choice((b"", b"HELF\x40\0\0\0", b"HEL", b"OPNF\xff\xff\0\0" + bytes(60))))
        async with asyncio.timeout(15):
            await reader.read(64)
        hostile.count("half open: cut off")
    finally:
        writer.transport.abort()


async def slow_reader(hostile: Attacker) -> None:
    """Asks for much and reads nothing of it."""
    async with hostile.session() as session:
        channel = session.channel
        body = session.read_body([ua.NodeId(ua.Int32(2255)), ua.NodeId(ua.Int32(2256))] * 100)
        channel.transport.pause_reading()
        try:
            while True:
                channel.send(channel.message(body))
                hostile.count("slow reader: requests")
                async with asyncio.timeout(60):
                    await channel.drained()
        except Closed:
            hostile.count("slow reader: cut off")


async def slow_writer(hostile: Attacker) -> None:
    """A right message, a few bytes at a time."""
    async with hostile.session() as session:
        channel = session.channel
        data = channel.message(session.read_body([_TIME] * 50))
        for at in range(0, len(data), 7):
            channel.send(data[at : at + 7])
            await asyncio.sleep(0.02)
        hostile.count("slow writer: messages")


async def huge_messages(hostile: Attacker) -> None:
    """As large as the service takes them, and larger: many operations, long arrays, chunks without end."""
    async with hostile.session() as session:
        channel, index = session.channel, await session.index(NAMESPACE)
        inputs = [node(index, f"flow.Inputs.{name}") for name in INPUTS]
        browse, write = ua.BrowseRequest(), ua.WriteRequest()
        one = ua.BrowseDescription(NodeId=ua.NodeId(ua.Int32(2253)), IncludeSubtypes=True, ResultMask=63)
        browse.Parameters.NodesToBrowse = [one] * 100
        array = ua.DataValue(ua.Variant([1.0] * 200_000, ua.VariantType.Double))
        write.Parameters.NodesToWrite = [
            ua.WriteValue(NodeId=inputs[0], AttributeId=AttributeIds.Value, Value=array)
        ]
        path = _ua.RelativePathElement(TargetName=ua.QualifiedName("Server", 0), IncludeSubtypes=True)
        translate = ua.TranslateBrowsePathsToNodeIdsRequest()
        translate.Parameters.BrowsePaths = [
            ua.BrowsePath(ua.NodeId(ua.Int32(84)), ua.RelativePath([path] * 5))
        ] * 100
        requests = [session.read_body([_TIME] * 1_000), session.read_body([*inputs] * 1_600)]
        for request in (browse, write, translate):
            request.RequestHeader.AuthenticationToken = session.token
            requests.append(struct_to_binary(request))
        for _ in range(6):
            body = hostile.chance.choice(requests)
            code = service_result(await channel.call(body))
            hostile.count(f"huge message: {code_name(code)}")
        if hostile.chance.random() < 0.3:
            while True:
                channel.request_id = 77
                channel.send(channel.chunk(bytes(60_000), b"C"))
                await channel.drained()


async def wrong_tokens(hostile: Attacker) -> None:
    """Requests under made-up session tokens, and channel numbers that are not ours."""
    async with hostile.session() as session:
        channel, right = session.channel, session.token
        for _ in range(50):
            session.token = _ua.NodeId(hostile.chance.randbytes(32))
            if service_result(await channel.call(session.read_body([_TIME]))) == 0:
                hostile.breach("a made-up token was served")
            hostile.count("wrong token: refused")
        session.token = right
        channel.token_id ^= hostile.chance.randrange(1, 2**32)
        await channel.call(session.read_body([_TIME]))
        hostile.breach("a made-up channel token was served")


async def session_stealing(hostile: Attacker) -> None:
    """The honest sessions' own tokens, on a channel of another application: read, close, activate them."""
    async with hostile.channel() as channel:
        session = Session(channel, "thief")
        for token in hostile.chance.sample(hostile.tokens, min(20, len(hostile.tokens))):
            session.token = _ua.NodeId(token)
            close = ua.CloseSessionRequest(DeleteSubscriptions=True)
            close.RequestHeader.AuthenticationToken = session.token
            for body in (session.read_body([_TIME]), struct_to_binary(close), session.publish_body()):
                if service_result(await channel.call(body)) == 0:
                    hostile.breach("a foreign session was used")
            session.nonce = bytes(32)
            with suppress(Refused):
                await session.activate("intruder", PASSWORD)
                hostile.breach("a foreign session was activated")
            hostile.count("session stealing: refused")


async def foreign_subscriptions(hostile: Attacker) -> None:
    """Deletes, changes, takes over and acknowledges what honest clients subscribed to."""
    async with hostile.session() as session:
        delete, transfer = ua.DeleteSubscriptionsRequest(), ua.TransferSubscriptionsRequest()
        ids = [*hostile.subscriptions, *range(1, 50)]
        delete.Parameters.SubscriptionIds = transfer.Parameters.SubscriptionIds = ids
        for _ in range(20):
            for request in (delete, transfer):
                for result in _results(await session.service(request)):
                    if result == 0:
                        hostile.breach("a foreign subscription was deleted or taken over")
            for subscription in hostile.subscriptions[:20]:
                modify = ua.ModifySubscriptionRequest()
                modify.Parameters.SubscriptionId = subscription
                republish = ua.RepublishRequest()
                republish.Parameters.SubscriptionId = subscription
                for touched in (modify, republish):
                    with suppress(Refused):
                        await session.service(touched)
                        hostile.breach("a foreign subscription was changed or read")
            hostile.count("foreign subscriptions: refused")


async def brute_force(hostile: Attacker) -> None:
    """Passwords, one after the other."""
    async with hostile.channel() as channel:
        session = Session(channel, "brute force")
        await session.create()
        for _ in range(10):
            user = hostile.chance.choice(("operator", "observer", "admin", "root"))
            try:
                await session.activate(user, f"password {hostile.chance.random()}")
            except Refused as refused:
                hostile.count(f"brute force: {code_name(refused.code)}")
            else:
                hostile.breach("a wrong password was right")


async def hoarding(hostile: Attacker) -> None:
    """As many continuation points, subscriptions, items and queue places as there are to be had."""
    async with hostile.session() as session:
        browse = ua.BrowseRequest()
        browse.Parameters.RequestedMaxReferencesPerNode = 1
        browse.Parameters.NodesToBrowse = [
            ua.BrowseDescription(NodeId=ua.NodeId(ua.Int32(2253)), IncludeSubtypes=True, ResultMask=63)
        ] * 50
        for result in (await session.service(browse)).Results:
            hostile.count(f"hoarding: continuation point {code_name(result.StatusCode.value)}")
        index = await session.index(NAMESPACE)
        nodes = [*(node(index, f"flow.Inputs.{name}") for name in INPUTS), _TIME]
        while True:
            try:
                subscription = await session.subscribe(10.0)
            except Refused as refused:
                hostile.count(f"hoarding: subscription {code_name(refused.code)}")
                break
            hostile.count("hoarding: subscription Good")
            codes = await session.monitor(subscription, nodes * 20, queue=10_000)
            for code in codes:
                hostile.count(f"hoarding: item {code_name(code)}")
        for _ in range(40):
            session.channel.ask(session.publish_body())
        await asyncio.sleep(5)


async def reconnect_storm(hostile: Attacker) -> None:
    """Channel, session, gone; and again, without a pause."""
    async with hostile.channel() as channel:
        session = Session(channel, "storm")
        with suppress(Refused):
            await session.create()
        hostile.count("reconnect storm: connections")


async def certificate_flood(hostile: Attacker) -> None:
    """Ever new certificates that nobody knows."""
    stranger = application(f"stranger {hostile.chance.random()}", hostile.application.key)
    channel = Channel(stranger, POLICY, hostile.server)
    try:
        await channel.connect(hostile.port)
        await channel.open()
        hostile.breach("an unknown certificate was trusted")
    except Closed as closed:
        hostile.count(f"certificate flood: {code_name(closed.code)}")
    finally:
        channel.close()


async def fuzzing(hostile: Attacker) -> None:
    """Mutated messages."""
    fuzzer = Fuzzer(hostile.folder, hostile.port, hostile.chance.randrange(2**32), POLICY)
    try:
        await fuzzer.run(2_000)
    finally:
        for what, number in fuzzer.answers.items():
            hostile.counts[f"fuzz: {what}"] += number
        for hang in fuzzer.hangs:
            hostile.breach(f"hang: {hang}")


def _results(response: Any) -> list[int]:
    results = response.Parameters.Results if hasattr(response, "Parameters") else response.Results
    return [int(getattr(result, "StatusCode", result).value) for result in results]


def code_name(code: int) -> str:
    """Of a StatusCode, as outcomes are counted."""
    return str(ua.StatusCode(ua.UInt32(code)).name) if code else "Good"
