"""What a connection remembers of its requests, and how much at most."""

from __future__ import annotations

import tracemalloc
from typing import Any

import pytest
from asyncua import ua

from opcua_ml.opcua.hot import DECLINED, ReadRequest, RequestDecoder
from opcua_ml.opcua.hot.call import CallReader
from opcua_ml.opcua.hot.header import read_request_head
from opcua_ml.opcua.hot.nodeid import NodeIds
from opcua_ml.opcua.hot.read import ReadReader
from tests.unit.opcua.hot.messages import HOSTILE_LENGTHS, VT, build, wire
from tests.unit.opcua.hot.test_hot_request import HEADER, assert_read_alike, call, decoded, read


def test_a_poll_repeated_shares_its_plan() -> None:
    """The same bytes after the header give the same object; other bytes do not."""
    decoder = RequestDecoder()
    first, again, other = (
        decoded(body, decoder) for body in (read("a", "b"), read("a", "b"), read("a", "c"))
    )
    assert isinstance(first, ReadRequest)
    assert isinstance(again, ReadRequest)
    assert isinstance(other, ReadRequest)
    assert again.plan is first.plan
    assert other.plan is not first.plan
    assert other.plan.wire != first.plan.wire


def read_plan(reader: ReadReader, body: bytes) -> Any:
    """Read a Read's plan with a reader of chosen bounds."""
    head, pos = read_request_head(body, NodeIds())
    return reader.read(head, body, pos).plan


@pytest.mark.parametrize("bounds", [{"capacity": 2}, {"budget": 100}])
def test_read_plans_are_kept_in_bounds(bounds: dict[str, Any]) -> None:
    """Past the count or the bytes allowed the memory starts anew, and reading goes on."""
    reader = ReadReader(NodeIds(), **bounds)
    first = read_plan(reader, read("tag_1"))
    assert read_plan(reader, read("tag_1")) is first
    for number in range(2, 6):
        assert read_plan(reader, read(f"tag_{number}")).items[0].node_id.Identifier == f"tag_{number}"
    assert read_plan(reader, read("tag_1")) is not first


def test_a_read_larger_than_the_memory_is_not_kept() -> None:
    """It is read anew each time, and does not drive out the others."""
    reader = ReadReader(NodeIds(), budget=100)
    small = read_plan(reader, read("a"))
    large = read(*"abcdefgh")
    assert read_plan(reader, large) is not read_plan(reader, large)
    assert read_plan(reader, read("a")) is small


def test_calls_beyond_the_capacity_are_still_read() -> None:
    """The memory of calls starts anew when full."""
    reader = CallReader(NodeIds(), capacity=2)
    for _ in range(2):
        for number in range(5):
            body = call([build.Variant(float(number))], f"Predict{number}")
            head, pos = read_request_head(body, NodeIds())
            assert_read_alike(reader.read(head, body, pos), body)


def test_huge_calls_leave_nothing_behind() -> None:
    """Thousands of arguments are read, and cost no memory once answered."""
    decoder = RequestDecoder()
    bodies = [call([build.Variant(1, VT.Byte)] * (2000 + number)) for number in range(20)]
    decoder.decode(bodies[0])
    tracemalloc.start()
    try:
        for body in bodies:
            assert decoder.decode(body) is not DECLINED
        assert tracemalloc.get_traced_memory()[0] < 50_000
    finally:
        tracemalloc.stop()


def test_a_client_that_never_repeats_itself_fills_little() -> None:
    """Thousands of long NodeIds, a hundred shapes of Call, large Reads: three megabytes at most."""
    one = build.NodeId(1)
    bodies = [
        wire(build.CallRequest(Parameters=build.CallParameters([build.CallMethodRequest(target, one, [])])))
        for target in (build.NodeId(b"%0120d" % number) for number in range(3000))
    ]
    bodies += [call([build.Variant(1, VT.Byte)] * (100 + number)) for number in range(100)]
    bodies += [
        wire(build.ReadRequest(Parameters=build.ReadParameters(NodesToRead=items)))
        for items in ([build.ReadValueId(one, 1000 + number)] * 6000 for number in range(3))
    ]
    decoder = RequestDecoder()
    tracemalloc.start()
    try:
        for body in bodies:
            assert decoder.decode(body) is not DECLINED
        assert tracemalloc.get_traced_memory()[0] < 3_000_000
    finally:
        tracemalloc.stop()


def test_claimed_lengths_allocate_nothing() -> None:
    """Every four bytes of each request replaced by hostile lengths: under a megabyte, no exception."""
    write = build.WriteParameters(
        [build.WriteValue(build.NodeId(1), 13, None, build.DataValue(build.Variant([1.0] * 4)))]
    )
    bodies = [
        call([build.Variant([1.0, 2.0]), build.Variant("text"), build.Variant([b"x"])]),
        read("a", "b"),
        wire(build.WriteRequest(RequestHeader=HEADER, Parameters=write)),
        wire(build.PublishRequest(RequestHeader=HEADER)),
    ]
    decoder = RequestDecoder()
    tracemalloc.start()
    try:
        for body in bodies:
            for place in range(len(body) - 3):
                for length in HOSTILE_LENGTHS:
                    decoder.decode(body[:place] + length + body[place + 4 :])
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()


def test_remembered_nodeids_are_bounded() -> None:
    """By count, and long ones are not remembered at all."""
    known = NodeIds(capacity=3, longest=16)
    for number in range(10):
        known.read(bytes((0, number)), 0)
        assert len(known) <= 3
    before = len(known)
    long = bytes(ua.ua_binary.nodeid_to_binary(build.NodeId("x" * 17)))
    assert known.read(long, 0)[0].Identifier == "x" * 17
    assert len(known) == before


@pytest.mark.parametrize(("items", "glances"), [(1, 0), (127, 0), (300, 2)])
def test_others_are_looked_at_between_two_parts_of_a_long_read(items: int, glances: int) -> None:
    """After each 128 nodes; what is read is the same."""
    looks: list[int] = []
    reader = ReadReader(NodeIds(), glance=lambda: looks.append(1))
    plan = read_plan(reader, read(*(f"tag_{number}" for number in range(items))))
    assert [item.node_id.Identifier for item in plan.items] == [f"tag_{number}" for number in range(items)]
    assert len(looks) == glances
