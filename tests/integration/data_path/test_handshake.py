"""Requests and answers by words, on our own nodes and on a PLC's tags; every part a process of its own."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

import pytest
from asyncua import ua
from asyncua.ua.uaerrors import UaStatusCodeError

from opcua_ml.domain.status import Status
from tests.integration.data_path.plant import (
    VALUES,
    Model,
    Pump,
    configuration,
    predicted,
    running,
    serving,
    until_status,
)

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.service.hmi import Hmi

WORDS = (
    {"name": "RequestId", "value": 0, "type": "UInt32"},
    {"name": "DoneId", "value": 0, "type": "UInt32"},
    {"name": "ResultCode", "value": 0, "type": "UInt32"},
    {"name": "Flow", "value": 0.0},
)
_TAGS = 'request_id = "pump:s=RequestId", done_id = "pump:s=DoneId", result_code = "pump:s=ResultCode"'
ON_PLC = Model(
    (f'trigger = {{ kind = "handshake", {_TAGS}, timeout_ms = 2000 }}',),
    outputs={"flow": '"pump:s=Flow"'},
)


def on_nodes(*keys: str) -> Model:
    """A model that clients ask by writing our nodes."""
    trigger = ", ".join(('kind = "handshake"', *keys))
    return Model((f"trigger = {{ {trigger} }}",), inputs=None)


async def write(hmi: Hmi, **values: ua.Variant) -> None:
    """Write words and inputs of the model, in this order, by one request."""
    nodes = [hmi.client.get_node(hmi.node_id(f"flow.{path.replace('__', '.')}")) for path in values]
    results = await hmi.client.write_values(nodes, list(values.values()))
    assert all(result.is_good() for result in results)


def number(value: int) -> ua.Variant:
    """A word."""
    return ua.Variant(value, ua.VariantType.UInt32)


def row(values: dict[str, float]) -> dict[str, ua.Variant]:
    """Inputs by their paths."""
    return {f"Inputs__{name}": ua.Variant(value, ua.VariantType.Double) for name, value in values.items()}


async def word(hmi: Hmi, name: str) -> int:
    """A word of the handshake."""
    return int(await hmi.text(f"flow.Handshake.{name}"))


async def until_word(hmi: Hmi, name: str, wanted: int) -> None:
    """Read a word until it is so."""
    await hmi.until(
        f"flow.Handshake.{name}", lambda one: one.Value is not None and one.Value.Value == wanted, seconds=10
    )


async def test_a_program_that_only_writes_and_reads_asks_our_own_nodes(tmp_path: Path) -> None:
    """Once per id, with the inputs of the same Write; missed and repeated ids are seen, 0 begins anew."""
    async with serving(configuration(tmp_path, "opc.tcp://127.0.0.1:9", flow=on_nodes())) as hmi:
        rows = [VALUES | {"MotorSpeed": 1400.0 + step} for step in range(3)]
        wanted = await predicted(hmi, "flow", *rows)
        assert await word(hmi, "DoneId") == 0
        for request_id, values, answer in zip((1, 2, 5), rows, wanted, strict=True):
            await write(hmi, **row(values), Handshake__RequestId=number(request_id))
            await until_word(hmi, "DoneId", request_id)
            assert await word(hmi, "ResultCode") == Status.Good
            assert await until_status(hmi, Status.Good, "flow") == pytest.approx(answer)
        await write(hmi, Handshake__RequestId=number(5))
        await until_word(hmi, "Repeated", 1)
        counted = [await word(hmi, name) for name in ("Requests", "Answered", "Missed", "Superseded")]
        assert counted == [3, 3, 2, 0]
        bad = row({"MotorSpeed": float("nan")})
        await write(hmi, **bad, Handshake__RequestId=number(6))
        await until_word(hmi, "DoneId", 6)
        assert await word(hmi, "ResultCode") == Status.BadOutOfRange
        assert await until_status(hmi, Status.BadOutOfRange, "flow") is None
        await write(hmi, Handshake__RequestId=number(0))
        await until_word(hmi, "DoneId", 0)
        await write(hmi, **row(rows[0]), Handshake__RequestId=number(1))
        await until_word(hmi, "DoneId", 1)
        assert await until_status(hmi, Status.Good, "flow") == pytest.approx(wanted[0])


async def test_words_of_the_service_are_its_own_and_silence_is_bad(tmp_path: Path) -> None:
    """Clients can't write what we write; our heart beats; a client that stops beating turns outputs Bad."""
    model = on_nodes("heartbeat_ms = 50", "client_timeout_ms = 500")
    async with serving(configuration(tmp_path, "opc.tcp://127.0.0.1:9", flow=model)) as hmi:
        for name in ("DoneId", "ResultCode", "ServiceHeartbeat", "Requests"):
            node = hmi.client.get_node(hmi.node_id(f"flow.Handshake.{name}"))
            with pytest.raises(UaStatusCodeError):
                await node.write_value(number(1))
        beats = await word(hmi, "ServiceHeartbeat")
        await until_word(hmi, "ServiceHeartbeat", beats + 3)
        await write(hmi, **row(VALUES), Handshake__ClientHeartbeat=number(1), Handshake__RequestId=number(1))
        await until_status(hmi, Status.Good, "flow")
        started = time.monotonic()
        await until_status(hmi, Status.BadOutOfService, "flow", seconds=3)
        assert time.monotonic() - started > 0.2
        assert "sign of life" in await hmi.text("flow.Reason")
        assert await word(hmi, "ResultCode") == Status.BadOutOfService, (
            "it says Good of no outputs that are Bad"
        )
        await write(hmi, Handshake__RequestId=number(2))
        await until_word(hmi, "DoneId", 2)
        assert await word(hmi, "ResultCode") == Status.BadOutOfService
        assert await until_status(hmi, Status.BadOutOfService, "flow") is None
        await write(hmi, Handshake__ClientHeartbeat=number(2), Handshake__RequestId=number(3))
        await until_word(hmi, "DoneId", 3)
        assert await word(hmi, "ResultCode") == Status.Good
        await until_status(hmi, Status.Good, "flow")


async def heard(pump: Pump, least: int, seconds: float = 30.0) -> list[dict[str, Any]]:
    """What the PLC's program took for answers, as soon as there are so many."""
    async with asyncio.timeout(seconds):
        while len(answers := await pump.do("heard")) < least:  # noqa: ASYNC110 - another process's state
            await asyncio.sleep(0.05)
    found: list[dict[str, Any]] = answers
    return found


async def test_a_plc_s_program_gets_the_answer_to_its_own_question_every_time(tmp_path: Path) -> None:
    """A hundred requests with other inputs each, as fast as it can: none is answered with older inputs."""
    requests = 100
    pump = Pump(*WORDS)
    async with running(pump), serving(configuration(tmp_path, pump.endpoint, flow=ON_PLC)) as hmi:
        await hmi.until("MachineLearning.Sources.pump.GoodTags", lambda one: one.Value.Value == 8)  # type: ignore[union-attr]
        await pump.do(
            "converse", requests=requests, inputs={"MotorSpeed": [1000, 10], "MotorPower": [2, 0.1]}
        )
        answers = await heard(pump, requests)
        rows = [VALUES | {"MotorSpeed": 1000 + 10 * n, "MotorPower": 2 + 0.1 * n} for n in range(requests)]
        wanted = await predicted(hmi, "flow", *rows)
        assert [answer["code"] for answer in answers] == [Status.Good] * requests
        assert [answer["flow"] for answer in answers] == pytest.approx(wanted, rel=1e-5)
        counted = [await word(hmi, name) for name in ("Missed", "Superseded", "TimedOut")]
        assert counted == [0, 0, 0]
        await until_word(hmi, "Answered", requests)
        # A Bad input is an answer, too; the program sees it in the result code and not in the value.
        await pump.do("write", name="MotorTorque", value=1.0, status=int(Status.BadSensorFailure))
        await pump.do("converse", requests=1, inputs={"MotorSpeed": [1100, 0]})
        assert (await heard(pump, requests + 1))[-1]["code"] == Status.BadSensorFailure


async def test_a_request_raised_while_the_service_was_away_is_answered_when_it_is_back(
    tmp_path: Path,
) -> None:
    """And one that was answered is not answered again: the done id tells them apart."""
    pump = Pump(*WORDS)
    file = configuration(tmp_path, pump.endpoint, flow=ON_PLC)
    async with running(pump):
        await pump.do("write", name="RequestId", value=41)
        async with serving(file) as hmi, asyncio.timeout(20):
            while (await pump.do("read", name="DoneId"))["value"] != 41:  # noqa: ASYNC110 - another process
                await asyncio.sleep(0.05)
            await until_status(hmi, Status.Good, "flow")
        async with serving(file) as hmi:
            await hmi.until("MachineLearning.Sources.pump.GoodTags", lambda one: one.Value.Value == 8)  # type: ignore[union-attr]
            await pump.do("write", name="RequestId", value=42)
            await until_word(hmi, "DoneId", 42)
            await until_word(hmi, "Requests", 1)
