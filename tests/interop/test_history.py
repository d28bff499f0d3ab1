"""A historian of another stack reads what the service recorded, across an end that nobody foresaw.

The service is a real process that a simulated PLC feeds; it is ended as a power cut would, while it records.
"""

from __future__ import annotations

import asyncio
import resource
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from tests.integration.service.hmi import connected
from tests.integration.service.processes import Command, configuration, simulator, started

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.integration.service.hmi import Hmi
    from tests.interop.node_process import NodeProcess

SITE = "urn:test:site"
OUTPUT, INPUT = f"nsu={SITE};s=flow.Outputs.flow", f"nsu={SITE};s=flow.Inputs.MotorSpeed"
STOPPED = "MachineLearning.Alarms.HistoryStopped.ActiveState.Id"
Value = dict[str, Any]


def moment(offset: float = 0.0) -> str:
    """Now, and so many seconds later."""
    return (datetime.now(UTC) + timedelta(seconds=offset)).isoformat()


async def recorded(client: NodeProcess, node: str, since: str, **more: Any) -> list[Value]:
    """Everything up to now."""
    found = await client.request("history_raw", node=node, start=since, end=moment(), **more)
    values: list[Value] = found["values"]
    return values


async def recorded_at_least(client: NodeProcess, node: str, since: str, count: int) -> list[Value]:
    """Once there is so much.

    Raises:
        TimeoutError: it took too long.
    """
    async with asyncio.timeout(60):
        while len(found := await recorded(client, node, since)) < count:  # noqa: ASYNC110 - a server's state
            await asyncio.sleep(0.1)
    return found


async def connect(client: NodeProcess, service: Command, certificates: Path) -> None:
    """Log in."""
    await client.request("connect", endpoint=service.first_line, folder=str(certificates))


async def test_what_a_historian_has_read_is_there_after_a_kill(
    start_script: Callable[[str], Any], certificates: Path, tmp_path: Path
) -> None:
    """Every value, none of them changed, none twice; and what comes after follows."""
    since = moment(-1)
    async with simulator() as (_, plc):
        file = configuration(tmp_path, plc)
        async with started("serve", str(file)) as service:
            client = await start_script("client.js")
            await connect(client, service, certificates)
            before = {node: await recorded_at_least(client, node, since, 30) for node in (OUTPUT, INPUT)}
            service.process.kill()
            await service.process.wait()
        async with started("serve", str(file)) as service:
            client = await start_script("client.js")
            await connect(client, service, certificates)
            for node, known in before.items():
                after = await recorded_at_least(client, node, since, len(known) + 20)
                assert after[: len(known)] == known
                sources = [one["source"] for one in after if one["status"] == "Good"]
                assert sources == sorted(set(sources))
            found = await client.request("history_raw", node=OUTPUT, start=since, end=moment(), number=7)
            assert (found["pages"] > 5, len(found["values"]) >= len(before[OUTPUT]) + 20) == (True, True)
            await aggregates(client, since)


async def aggregates(client: NodeProcess, since: str) -> None:
    """By node-opcua's own call."""
    end = moment()
    for name in ("Average", "Minimum", "Count", "TimeAverage", "PercentGood"):
        result = await client.request(
            "history_processed", node=OUTPUT, start=since, end=end, interval=1000, aggregate=name
        )
        assert result["status"] == "Good"
        assert any(one["value"] is not None for one in result["values"])
    (good, none) = await client.request("history_at", node=OUTPUT, times=[end, "2001-01-01T00:00:00Z"])
    assert good["value"] is not None
    assert none["status"] == "BadNoData"


async def test_events_are_in_the_history_after_a_restart(
    ua_client: NodeProcess, certificates: Path, tmp_path: Path
) -> None:
    """The alarm of a PLC that was never there."""
    since = moment(-1)
    file = configuration(tmp_path, "opc.tcp://127.0.0.1:9")
    text = file.read_text(encoding="utf-8") + "\n[alarms.plc_lost]\non_delay_ms = 100\n"
    file.write_text(text, encoding="utf-8")
    async with started("serve", str(file)) as service, connected(service.first_line) as hmi:
        await hmi.until("MachineLearning.Sources.pump.Alarms.ConnectionLost.ActiveState.Id", is_true)
        await hmi.until("MachineLearning.History.Waiting", lambda found: not value(found))
        await service.end()
    async with started("serve", str(file)) as service:
        await connect(ua_client, service, certificates)
        fields = ["ConditionName", "Severity", "Message"]
        arguments = {"start": since, "end": moment(), "fields": fields}
        for node in ("i=2253", f"nsu={SITE};s=MachineLearning"):
            events = await ua_client.request("history_events", node=node, **arguments)
            lost = [event for event in events if event[0] == "ConnectionLost"]
            assert lost
            assert lost[0][1] == 700
            assert lost[0][2]["text"].startswith("PLC pump is not connected: ")


async def test_a_full_disk_stops_history_and_no_prediction(
    ua_client: NodeProcess, certificates: Path, tmp_path: Path
) -> None:
    """Files of the process may not grow until there is room again; then history goes on by itself."""
    async with simulator() as (_, plc):
        file = configuration(tmp_path, plc)
        text = file.read_text(encoding="utf-8") + "\n[alarms.history_stopped]\non_delay_ms = 0\n"
        file.write_text(text, encoding="utf-8")
        async with started("serve", str(file)) as service, connected(service.first_line) as hmi:
            await connect(ua_client, service, certificates)
            since = moment(-1)
            known = await recorded_at_least(ua_client, OUTPUT, since, 5)
            resource.prlimit(service.pid, resource.RLIMIT_FSIZE, (1, resource.RLIM_INFINITY))
            await hmi.until("MachineLearning.History.Problem", lambda found: bool(value(found)))
            await hmi.until(STOPPED, is_true)
            problems = value(await hmi.read("MachineLearning.Problems"))
            assert any("history" in one for one in problems)
            await predicts(hmi)
            assert (await recorded(ua_client, OUTPUT, since))[: len(known)] == known
            resource.prlimit(service.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
            await hmi.until("MachineLearning.History.Recording", is_true)
            await hmi.until(STOPPED, lambda one: not is_true(one))
            after = await recorded_at_least(ua_client, OUTPUT, since, len(known) + 20)
            assert after[: len(known)] == known


async def predicts(hmi: Hmi) -> None:
    """The output goes on, Good."""
    first = await hmi.read("flow.Outputs.flow")

    def goes_on(found: Any) -> bool:
        fresh = found.SourceTimestamp != first.SourceTimestamp
        return fresh and value(found) is not None and found.StatusCode.value == 0

    await hmi.until("flow.Outputs.flow", goes_on)


async def test_a_folder_that_can_t_be_written_keeps_nobody_from_predicting(tmp_path: Path) -> None:
    """A file stands in its place."""
    (tmp_path / "history").write_text("in the way", encoding="utf-8")
    async with simulator() as (_, plc):
        file = configuration(tmp_path, plc)
        async with started("serve", str(file)) as service, connected(service.first_line) as hmi:
            await hmi.until("MachineLearning.History.Problem", lambda found: "folder" in str(value(found)))
            await predicts(hmi)
            code, _, _ = await service.end()
            assert code == 0


def value(found: Any) -> Any:
    """Of a DataValue."""
    return found.Value.Value if found.Value is not None else None


def is_true(found: Any) -> bool:
    """A Boolean that is true."""
    return value(found) is True
