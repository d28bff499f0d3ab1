"""Call: arguments held against the Method's signature, faults as StatusCodes, and nobody kept waiting.

Source: OPC UA Part 4, 5.12.2.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from asyncua import ua
from asyncua.ua.status_codes import StatusCodes

from opcua_ml.opcua.trust import Limits, calling_session
from opcua_ml.opcua.trust.ground.ua_values import node_id
from tests.integration.trust.requests import call, call_request, double, int32, read_code, refused
from tests.integration.trust.subscriber import Subscriber
from tests.integration.trust.target import Target, started, until, weak_in_asyncua

if TYPE_CHECKING:
    from collections.abc import Sequence

pytestmark = pytest.mark.asyncio(loop_scope="module")
Code = StatusCodes
NULL = ua.Variant(None)


@pytest.mark.parametrize(
    ("method", "arguments", "code", "results"),
    [
        ("add", [double(1.0)], Code.BadArgumentsMissing, []),
        ("add", [], Code.BadArgumentsMissing, []),
        ("add", [double(1.0)] * 3, Code.BadTooManyArguments, []),
        ("add", [int32(1), double(2.0)], Code.BadInvalidArgument, [Code.BadTypeMismatch, Code.Good]),
        ("add", [double(1.0), ua.Variant("2")], Code.BadInvalidArgument, [Code.Good, Code.BadTypeMismatch]),
        ("add", [NULL, double(2.0)], Code.BadInvalidArgument, [Code.BadTypeMismatch, Code.Good]),
        ("add", [double([1.0]), NULL], Code.BadInvalidArgument, [Code.BadTypeMismatch, Code.BadTypeMismatch]),
        ("total", [double(1.0)], Code.BadInvalidArgument, [Code.BadTypeMismatch]),
        ("total", [double([[1.0], [2.0]])], Code.BadInvalidArgument, [Code.BadTypeMismatch]),
        ("fail", [double(1.0)], Code.BadTooManyArguments, []),
    ],
    ids=str,
)
@weak_in_asyncua
async def test_arguments_that_do_not_fit_are_named(
    target: Target, method: str, arguments: Sequence[ua.Variant], code: int, results: Sequence[int]
) -> None:
    """Too few, too many, and per argument what is wrong with it."""
    async with target.session() as client:
        answer = await call(client, target.id("pump"), target.id(method), *arguments)
        assert answer.StatusCode.value == code
        assert [result.value for result in answer.InputArgumentResults or []] == list(results)
        assert not answer.OutputArguments


async def test_arguments_that_fit_are_passed_on(plant: Target) -> None:
    """Scalars and arrays reach the code; the outputs come back."""
    async with plant.session() as client:
        assert (
            await call(client, plant.id("pump"), plant.id("add"), double(1.0), double(2.0))
        ).OutputArguments[0] == double(3.0)
        assert (await call(client, plant.id("pump"), plant.id("total"), double([1.0, 2.0]))).OutputArguments[
            0
        ] == double(3.0)
        empty = ua.Variant([], ua.VariantType.Double, is_array=True)
        assert (await call(client, plant.id("pump"), plant.id("total"), empty)).OutputArguments[0] == double(
            0.0
        )


@weak_in_asyncua
async def test_a_fault_inside_a_method_is_an_internal_error(target: Target) -> None:
    """The client learns that it failed, and nothing of how."""
    async with target.session() as client:
        answer = await call(client, target.id("pump"), target.id("fail"))
        assert answer.StatusCode.value == Code.BadInternalError
        assert not answer.OutputArguments
        assert not answer.InputArgumentResults


async def test_unknown_objects_and_methods_are_told_apart(plant: Target) -> None:
    """BadNodeIdUnknown for the object, BadMethodInvalid for the method."""
    async with plant.session() as client:
        nothing = node_id("nothing", plant.index)
        assert (await call(client, nothing, plant.id("add"))).StatusCode.value == Code.BadNodeIdUnknown
        assert (await call(client, plant.id("pump"), nothing)).StatusCode.value == Code.BadMethodInvalid
        assert (
            await call(client, plant.id("pump"), plant.id("speed"))
        ).StatusCode.value == Code.BadMethodInvalid


@weak_in_asyncua
async def test_a_slow_call_holds_up_nothing_on_its_connection(target: Target) -> None:
    """While a Method runs, the same connection reads, writes and gets its notifications."""
    async with target.session() as client:
        subscriber = await Subscriber.create(client)
        await subscriber.monitor(target.id("speed"))
        waiting = await subscriber.send_publish()
        target.released.clear()
        slow = await client.send(call_request(target.id("pump"), target.id("wait")))
        try:
            async with asyncio.timeout(30):
                await client.answer(waiting)
                assert await read_code(client, target.id("speed")) == Code.Good
                await target.write("speed", 17.0)
                assert [value.Value.Value for value in await subscriber.values(1)] == [17.0]
        finally:
            target.released.set()
        assert (await client.answer(slow)).Results[0].StatusCode.value == Code.Good


async def test_calls_of_one_connection_run_side_by_side(plant: Target) -> None:
    """A quick Call overtakes a slow one; responses are told apart by their request ids."""
    plant.released.clear()
    async with plant.session() as client:
        slow = await client.send(call_request(plant.id("pump"), plant.id("wait")))
        quick = await call(client, plant.id("pump"), plant.id("add"), double(1.0), double(1.0))
        assert quick.OutputArguments[0].Value == 2.0
        plant.released.set()
        assert (await client.answer(slow)).Results[0].OutputArguments[0].Value == 1.0


async def test_a_session_runs_no_more_calls_than_allowed() -> None:
    """The cap answers at once; earlier calls go on, and the place is free again after them."""
    async with (
        started("plant", Limits(max_concurrent_calls_per_session=2)) as plant,
        plant.session() as client,
    ):
        request = call_request(plant.id("pump"), plant.id("wait"))
        running = [await client.send(request) for _ in range(2)]
        assert await refused(client, request) == Code.BadResourceUnavailable
        plant.released.set()
        for number in running:
            assert (await client.answer(number)).Results[0].StatusCode.value == Code.Good
        assert await refused(client, request) == 0


async def test_a_method_knows_who_calls(plant: Target) -> None:
    """The session is told to the code, in the loop and in a thread, and to nobody else's."""
    seen = []

    def threaded(_parent: ua.NodeId) -> list[ua.Variant]:
        session = calling_session.get()
        assert session is not None
        seen.append(session.session_id)
        return []

    node = await plant.nodes["pump"].add_method(plant.index, "who", threaded, [], [])
    async with plant.session() as one, plant.session() as two:
        for client in (one, two):
            answer = await call(client, plant.id("pump"), node.nodeid)
            assert answer.StatusCode.value == Code.Good
        assert one.session is not None
        assert two.session is not None
        assert seen == [one.session.session_id, two.session.session_id]
    assert calling_session.get() is None


async def test_a_types_method_called_on_an_object_runs_the_objects_own(plant: Target) -> None:
    """MethodId may name the Method of the ObjectType (Part 4, 5.12.2.2)."""
    pump_type = await plant.server.nodes.base_object_type.add_object_type(plant.index, "PumpType")
    called = []

    def code(name: str) -> Any:
        async def run(_parent: ua.NodeId) -> list[ua.Variant]:
            called.append(name)
            return []

        return run

    declared = await pump_type.add_method(plant.index, "Start", code("type"), [], [])
    await declared.set_modelling_rule(True)
    instance = await plant.server.nodes.objects.add_object(plant.index, "Pump2", pump_type.nodeid)
    own = await instance.get_child(f"{plant.index}:Start")
    plant.server.link_method(own, code("instance"))
    async with plant.session() as client:
        for method in (declared, own):
            assert (await call(client, instance.nodeid, method.nodeid)).StatusCode.value == Code.Good
    assert called == ["instance", "instance"]


async def test_stopping_during_a_call_waits_for_it_and_then_cancels() -> None:
    """A Method that never ends does not keep the server from stopping."""
    limits = Limits(call_deadline_s=0.1)
    async with asyncio.timeout(30):
        async with started("plant", limits) as plant, plant.session() as client:
            await client.send(call_request(plant.id("pump"), plant.id("wait")))
            await until(lambda: len(plant.server.iserver.calls))
    assert not len(plant.server.iserver.calls)
