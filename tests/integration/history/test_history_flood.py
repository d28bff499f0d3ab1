"""Who floods the server with HistoryReads slows down himself, and nobody who reads what is now."""

from __future__ import annotations

import asyncio
import time
from contextlib import AsyncExitStack, asynccontextmanager
from statistics import median, quantiles
from typing import TYPE_CHECKING, Any

from asyncua import ua
from asyncua.ua.object_ids import ObjectIds

from opcua_ml.application.history.record import Column, Layout, ValueRecord
from opcua_ml.domain.signature import DataType
from opcua_ml.opcua.space.standard import standard_id
from tests.integration.history.site import at, raw_details
from tests.integration.service.hmi import Hmi
from tests.integration.service.processes import configuration, started
from tests.patient_client import Client
from tests.unit.history.stores import SqliteStore

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

OUTPUT = "flow.Outputs.flow"
LAYOUT = Layout((Column(OUTPUT, DataType.DOUBLE),))
NOON = 134_168_400_000_000_000  # of `at`, as filetime
SECONDS = 50_000
AT_ONCE = 6
READS, SHORTEST_S = 200, 1.0
MOST = 20.0
"""How many times as long the median may take; of twenty Reads all but one may take three times that."""


def filled(folder: Path) -> None:
    """A value for each second of fourteen hours."""
    writer = SqliteStore(folder).writer()
    writer.open()
    server = NOON + 10_000_000 * 86_400 * 365
    rows = [ValueRecord(LAYOUT, NOON + 10_000_000 * n, server, (float(n),), (0,)) for n in range(SECONDS)]
    writer.append(1, rows)
    writer.close()


def history_read(node: ua.NodeId, details: Any) -> ua.HistoryReadRequest:
    """Of one node."""
    request = ua.HistoryReadRequest()
    request.Parameters.HistoryReadDetails = details
    request.Parameters.TimestampsToReturn = ua.TimestampsToReturn.Both
    request.Parameters.ReleaseContinuationPoints = False
    request.Parameters.NodesToRead = [ua.HistoryReadValueId(NodeId=node)]
    return request


async def flood(client: Client, node: ua.NodeId, answers: list[int], *, raw: bool) -> None:
    """One after the other, until cancelled; what comes back is counted and not decoded."""
    processed = ua.ReadProcessedDetails(
        StartTime=at(0),
        EndTime=at(SECONDS),
        ProcessingInterval=10_000.0,
        AggregateType=[standard_id(ObjectIds.AggregateFunction_TimeAverage)],
    )
    details = raw_details(0, SECONDS) if raw else processed
    connection = client.uaclient.protocol
    assert connection is not None
    while True:
        answer = await connection.send_request(history_read(node, details))
        answers.append(len(answer))


async def latencies(client: Client, node: ua.NodeId) -> list[float]:
    """Seconds of each of many Reads."""
    found: list[float] = []
    begun = time.perf_counter()
    variable = client.get_node(node)
    while len(found) < READS or time.perf_counter() - begun < SHORTEST_S:
        sent = time.perf_counter()
        await variable.read_data_value(raise_on_bad_status=False)
        found.append(time.perf_counter() - sent)
        await asyncio.sleep(0.002)
    return found


@asynccontextmanager
async def flooded_by(endpoint: str, node: ua.NodeId) -> AsyncIterator[list[int]]:
    """Clients that ask without end; the sizes of what they get, once each of them got something."""
    answers: list[int] = []
    async with AsyncExitStack() as clients, asyncio.TaskGroup() as group:
        tasks = []
        for number in range(AT_ONCE):
            client = await clients.enter_async_context(Client(endpoint))
            tasks.append(group.create_task(flood(client, node, answers, raw=number % 2 == 0)))
        async with asyncio.timeout(30):
            while len(answers) < AT_ONCE:  # noqa: ASYNC110 - a server's state
                await asyncio.sleep(0.01)
        yield answers
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)


async def test_a_flood_of_history_reads_leaves_reads_quick(tmp_path: Path) -> None:
    """Raw and processed ones, many at once; beside what the same Reads take when it is quiet.

    Each answer alone takes hundreds of times as long as a Read. The best of three pairs counts, as others use
    the machine too.
    """
    await asyncio.to_thread(filled, tmp_path / "history")
    file = configuration(tmp_path, "opc.tcp://127.0.0.1:9")
    file.write_text(f"{file.read_text()}\n[history]\nmax_age_days = 36500\n", encoding="utf-8")
    async with started("serve", str(file)) as service, Client(service.first_line) as reader:
        node = Hmi(reader, await reader.get_namespace_index("urn:test:site")).node_id(OUTPUT)
        ratios: list[float] = []
        while len(ratios) < 3 and min(ratios, default=MOST) >= MOST:
            quiet = await latencies(reader, node)
            async with flooded_by(service.first_line, node) as answers:
                before = len(answers)
                flooded = await latencies(reader, node)
                assert len(answers) > before
                assert max(answers) > 100_000
            slowest = quantiles(flooded, n=20)[-1]
            ratios.append(max(median(flooded), slowest / 3) / median(quiet))
        assert min(ratios) < MOST
