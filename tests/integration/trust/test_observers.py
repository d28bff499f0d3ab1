"""Who observes the server's services is told of what clients do, done or refused, and of nothing else.

Source: OPC UA Part 4, 6.5 (Auditing).
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from asyncua import ua
from asyncua.ua.attribute_ids import AttributeIds
from asyncua.ua.status_codes import StatusCodes

from tests.integration.trust.requests import call, double, int32, read_request, refused, write
from tests.integration.trust.test_repeated_calls import placed

if TYPE_CHECKING:
    from opcua_ml.opcua.trust.access.identity import Caller
    from opcua_ml.opcua.trust.sessions.session import PlantSession
    from tests.integration.trust.target import Target

pytestmark = pytest.mark.asyncio(loop_scope="module")


class Told:
    """Keeps what it is told; misses no Call of some Methods."""

    def __init__(self, *wanted: ua.NodeId) -> None:
        self.writes: list[tuple[Any, Any, int]] = []
        self.calls: list[tuple[ua.NodeId, int]] = []
        self.sessions: list[tuple[str, ua.NodeId]] = []
        self.callers: set[ua.NodeId] = set()
        self._wanted = wanted

    def written(
        self, caller: Caller, item: ua.WriteValue, before: ua.Variant | None, result: ua.StatusCode
    ) -> None:
        """Old value, new value, StatusCode."""
        self.callers.add(caller.session_id)
        self.writes.append((before.Value if before else None, item.Value.Value.Value, int(result.value)))

    def misses_none_of(self, method_id: ua.NodeId) -> bool:
        """Of those that are wanted."""
        return method_id in self._wanted

    def called(self, caller: Caller, request: ua.CallMethodRequest, result: ua.CallMethodResult) -> None:
        """The Method and the StatusCode."""
        self.callers.add(caller.session_id)
        self.calls.append((request.MethodId, int(result.StatusCode.value)))

    def created(self, session: PlantSession) -> None:
        """Its id."""
        self.sessions.append(("created", session.session_id))

    def closed(self, session: PlantSession) -> None:
        """Its id."""
        self.sessions.append(("closed", session.session_id))


async def test_every_write_of_a_client_is_told_with_what_was_before(plant: Target) -> None:
    """Refused ones and those of unknown nodes, too; the server's own are not."""
    told, service = Told(), plant.server.iserver.attribute_service
    service.observers.append(told)
    try:
        await plant.write("count", 3, ua.VariantType.Int32)
        async with plant.session() as client:
            assert await write(client, plant.id("count"), int32(4)) == StatusCodes.Good
            assert await write(client, plant.id("count"), int32(5)) == StatusCodes.Good
            assert await write(client, plant.id("constant"), int32(6)) == StatusCodes.BadNotWritable
            nowhere = ua.NodeId.from_string("ns=2;s=nowhere")
            assert await write(client, nowhere, int32(7)) == StatusCodes.BadNodeIdUnknown
            assert told.callers == {client.session.session_id}
        assert told.writes == [
            (3, 4, StatusCodes.Good),
            (4, 5, StatusCodes.Good),
            (7, 6, StatusCodes.BadNotWritable),
            (None, 7, StatusCodes.BadNodeIdUnknown),
        ]
    finally:
        service.observers.remove(told)


async def test_a_write_that_is_stopped_while_it_waits_is_told_like_those_before_it(plant: Target) -> None:
    """Nobody knows whether it was done; the one behind it was not."""
    told, iserver = Told(), plant.server.iserver
    service, begun = iserver.attribute_service, asyncio.Event()

    async def waits(*_: object) -> None:
        begun.set()
        await asyncio.Event().wait()

    items = [
        ua.WriteValue(NodeId=plant.id(name), AttributeId=AttributeIds.Value, Value=ua.DataValue(value))
        for name, value in (("speed", double(8.0)), ("count", int32(9)), ("speed", double(10.0)))
    ]
    await plant.write("speed", 7.0)
    await plant.write("count", 3, ua.VariantType.Int32)
    service.observers.append(told)
    iserver.set_attribute_value_setter(plant.id("count"), waits)
    try:
        async with plant.session() as client:
            (session,) = (one for one in iserver.sessions if one.session_id == client.session.session_id)
            writing = asyncio.ensure_future(service.write_for(session.caller, ua.WriteParameters(items)))
            await begun.wait()
            writing.cancel()
            with pytest.raises(asyncio.CancelledError):
                await writing
        assert told.writes == [(7.0, 8.0, StatusCodes.Good), (3, 9, StatusCodes.BadShutdown)]
    finally:
        service.observers.remove(told)
        iserver.set_attribute_value_setter(plant.id("count"), None)


@pytest.mark.parametrize("misses_none", [True, False])
async def test_a_method_of_which_no_call_is_missed_is_never_answered_in_passing(
    plant: Target, misses_none: bool
) -> None:
    """Each Call is told then; of another Method those that could not be answered in passing."""
    code, service = await placed(plant), plant.server.iserver.method_service
    told = Told(*([plant.id("sum")] if misses_none else []))
    service.observers.append(told)
    try:
        async with plant.session() as client:
            for number in range(4):
                await call(client, plant.id("adder"), plant.id("sum"), double(float(number)), double(1.0))
            await call(client, plant.id("pump"), plant.id("locked"), double(1.0), double(2.0))
            assert told.callers == {client.session.session_id}
        assert (code.awaited, code.asked) == ((4, 0) if misses_none else (1, 3))
        assert told.calls == [
            *[(plant.id("sum"), StatusCodes.Good)] * code.awaited,
            (plant.id("locked"), StatusCodes.BadNotExecutable),
        ]
    finally:
        service.observers.remove(told)


async def test_every_session_is_told_from_its_creation_to_its_end(plant: Target) -> None:
    """Whether the client closes it or asks for something before it has activated it."""
    told, registry = Told(), plant.server.iserver.sessions
    registry.observers.append(told)
    try:
        async with plant.session() as client:
            first = client.session.session_id
            await client.call(ua.CloseSessionRequest())
        async with plant.channel() as client:
            second = (await client.create_session()).session_id
            assert (
                await refused(client, read_request(plant.id("speed"))) == StatusCodes.BadSessionNotActivated
            )
        assert told.sessions == [
            ("created", first),
            ("closed", first),
            ("created", second),
            ("closed", second),
        ]
    finally:
        registry.observers.remove(told)
