"""Damaged messages, side by side with asyncua: what is accepted here is accepted there, and says the same."""

from __future__ import annotations

import random
from typing import Any

import pytest
from asyncua import ua
from hypothesis import given, settings
from hypothesis import strategies as st

from opcua_ml.opcua.hot import DECLINED, RequestDecoder, decode_publish_response
from tests.unit.opcua.hot.messages import (
    HOSTILE_LENGTHS,
    VT,
    build,
    mutated,
    portrait,
    publish_responses,
    read_by_asyncua,
    requests,
    wire,
)
from tests.unit.opcua.hot.test_hot_notification import changed, response, said, said_by_asyncua


def assert_declined_or_alike(decoder: RequestDecoder, body: bytes) -> None:
    """Hold our reading of a request against asyncua's, unless we declined."""
    request = decoder.decode(body)
    if request is not DECLINED:
        header, parameters, left = read_by_asyncua(body)
        assert left == 0
        assert portrait(request.head.as_header()) == portrait(header)
        assert portrait(request.as_parameters()) == portrait(parameters)


@settings(max_examples=400)
@given(requests, st.data())
def test_a_damaged_request_is_declined_or_read_alike(request_: Any, data: st.DataObject) -> None:
    """By a fresh decoder, and by one that remembers the undamaged request."""
    body = wire(request_)
    remembering = RequestDecoder()
    remembering.decode(body)
    damaged = data.draw(mutated(body))
    assert_declined_or_alike(remembering, damaged)
    assert_declined_or_alike(RequestDecoder(), damaged)


@settings(max_examples=400)
@given(publish_responses(), st.data())
def test_a_damaged_notification_is_declined_or_read_alike(
    message: ua.PublishResponse, data: st.DataObject
) -> None:
    """As a client's."""
    damaged = data.draw(mutated(wire(message)))
    decoded = decode_publish_response(damaged)
    if decoded is not DECLINED:
        assert said(decoded) == said_by_asyncua(damaged)


@given(st.binary(max_size=64))
def test_noise_raises_nothing(noise: bytes) -> None:
    """Bytes of no message, bare and behind each known type."""
    decoder = RequestDecoder()
    for kind in (b"", *(wire(one())[:4] for one in SERVICES), wire(build.PublishResponse())[:4]):
        assert_declined_or_alike(decoder, kind + noise)
        decode_publish_response(kind + noise)


SERVICES = (ua.CallRequest, ua.ReadRequest, ua.WriteRequest, ua.PublishRequest)
TARGET = build.NodeId("Models/Kiln", 2), build.NodeId("Models/Kiln/Predict", 2)
TYPICAL = {
    "Call": build.CallRequest(
        Parameters=build.CallParameters(
            [build.CallMethodRequest(*TARGET, [build.Variant(float(n)) for n in range(8)])]
        )
    ),
    "Call with others": build.CallRequest(
        Parameters=build.CallParameters(
            [
                build.CallMethodRequest(
                    *TARGET,
                    [
                        build.Variant([1.0, 2.0]),
                        build.Variant("text"),
                        build.Variant(True),
                        build.Variant(["a", None], VT.String),
                    ],
                )
            ]
        )
    ),
    "Read": build.ReadRequest(
        Parameters=build.ReadParameters(
            NodesToRead=[build.ReadValueId(build.NodeId(f"Tag{n}", 2), 13) for n in range(4)]
        )
    ),
    "Write": build.WriteRequest(
        Parameters=build.WriteParameters(
            [
                build.WriteValue(build.NodeId("Tag", 2), 13, None, build.DataValue(build.Variant(value)))
                for value in (1.5, "x", 7)
            ]
        )
    ),
    "Publish": build.PublishRequest(
        Parameters=build.PublishParameters([build.SubscriptionAcknowledgement(1, 2)])
    ),
}


def damage(source: random.Random, body: bytes) -> bytes:
    """Return `body` with a few damages, drawn fast."""
    damaged = bytearray(body)
    for _ in range(source.randint(1, 3)):
        place = source.randrange(max(len(damaged), 1))
        kind = source.randrange(4)
        if kind == 0:
            damaged[place : place + 1] = bytes((source.randrange(256),))
        elif kind == 1:
            damaged[place : place + 4] = source.choice(HOSTILE_LENGTHS)
        elif kind == 2:
            del damaged[place : place + source.randint(1, 4)]
        else:
            damaged[place:place] = source.randbytes(source.randint(1, 4))
    return bytes(damaged)


@pytest.mark.parametrize("name", TYPICAL)
def test_thousands_of_damaged_typical_requests_are_declined_or_read_alike(name: str) -> None:
    """Repeatable, and with some accepted and some declined, so that the comparison is not empty."""
    source = random.Random(name)  # noqa: S311 - repeatable damage, no secret
    body = wire(TYPICAL[name])
    decoder = RequestDecoder()
    accepted = 0
    for _ in range(2000):
        damaged = damage(source, body)
        assert_declined_or_alike(decoder, damaged)
        accepted += decoder.decode(damaged) is not DECLINED
    assert 0 < accepted < 2000


def test_thousands_of_damaged_runs_are_declined_or_read_alike() -> None:
    """The short way through runs of one shape, under the same damage."""
    source = random.Random("run")  # noqa: S311 - repeatable damage, no secret
    body = response(changed(*[build.DataValue(build.Variant(float(n)), None) for n in range(20)]))
    accepted = 0
    for _ in range(2000):
        damaged = damage(source, body)
        decoded = decode_publish_response(damaged)
        if decoded is not DECLINED:
            accepted += 1
            assert said(decoded) == said_by_asyncua(damaged)
    assert 0 < accepted < 2000
