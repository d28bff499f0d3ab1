"""A model that computes for a third of a second holds up nobody else: measured by clients, over the wire."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import numpy as np
import pytest
import pytest_asyncio
from asyncua import ua

from opcua_ml import pack
from tests.integration.service.hmi import Hmi, connected
from tests.integration.service.processes import Command, started
from tests.stopwatch import Stopwatch
from tests.unit.runtime.executor.busy import Busy

SLOW = 0.3
FLOW_INPUTS = (1.5, 4.2, 1450.0, 60.0, 9.5, 70.0)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def service(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Command]:
    """A service with a slow model beside a quick one."""
    folder = tmp_path_factory.mktemp("slow")
    rows = np.arange(20.0).reshape(10, 2)
    package = pack(
        Busy(SLOW).fit(rows, rows[:, 0]),
        rows,
        rows[:, 0],
        name="busy",
        version="1.0.0",
        path=folder / "busy",
        artifacts=("joblib",),
        golden_rows=1,
    )
    (artifact,) = package.manifest.artifacts
    file = folder / "plant.toml"
    file.write_text(
        f"""
        [server]
        endpoint = "opc.tcp://127.0.0.1:0/opcua-ml"
        namespace_uri = "urn:test:site"
        [server.security]
        policies = ["None"]
        anonymous = "operator"
        [models.flow]
        package = "pump_flow"
        [models.slow]
        package = "./busy"
        trust = {{ format = "joblib", sha256 = "{artifact.sha256}" }}
        """,
        encoding="utf-8",
    )
    async with started("serve", str(file)) as command:
        yield command


async def predict(hmi: Hmi, model: str, *inputs: float) -> float:
    """Call a model's Predict; its first output."""
    arguments = [ua.Variant(value, ua.VariantType.Double) for value in inputs]
    method = hmi.node_id(f"{model}.Predict")
    first, *_ = await hmi.client.get_node(hmi.node_id(model)).call_method(method, *arguments)
    return float(first)


async def longest(
    act: Callable[[], Awaitable[object]], meanwhile: asyncio.Task[float], watch: Stopwatch
) -> tuple[float, float]:
    """How often a second something could be done while a task ran, and the seconds of the longest time."""
    taken: list[float] = []
    while not meanwhile.done():
        watch.restart()
        await act()
        taken.append(watch.seconds)
    return len(taken) / sum(taken), max(taken)


@pytest.mark.parametrize("same_connection", [False, True])
async def test_a_read_is_answered_meanwhile(service: Command, *, same_connection: bool) -> None:
    """On another connection, and on the very connection that waits for the slow model's answer."""
    async with connected(service.first_line) as caller, connected(service.first_line) as other:
        reader = caller if same_connection else other
        call: asyncio.Task[float] = asyncio.create_task(predict(caller, "slow", 3.0, 4.0))
        rate, worst = await longest(
            lambda: reader.read("flow.Identification.ActiveVersion"), call, Stopwatch(service.pid)
        )
        assert await call == 3.0
    assert rate > 10 / SLOW
    assert worst < SLOW / 2


async def test_another_model_answers_meanwhile(service: Command) -> None:
    """Many times, and with its own result."""
    async with connected(service.first_line) as caller, connected(service.first_line) as other:
        alone = await predict(other, "flow", *FLOW_INPUTS)
        call: asyncio.Task[float] = asyncio.create_task(predict(caller, "slow", 5.0, 6.0))
        rate, worst = await longest(
            lambda: predict(other, "flow", *FLOW_INPUTS), call, Stopwatch(service.pid)
        )
        assert await call == 5.0
        assert await predict(other, "flow", *FLOW_INPUTS) == alone
    assert rate > 10 / SLOW
    assert worst < SLOW / 2


async def shown(hmi: Hmi, name: str) -> str:
    """A value below the slow model's Diagnostics, in words."""
    found = (await hmi.read(f"slow.Diagnostics.{name}")).Value
    assert found is not None
    return str(found.Value)


def children(pid: int) -> list[int]:
    """Processes that this one has started, as the model's: it computes while the service waits for it."""
    told = (task.read_text() for task in Path("/proc", str(pid), "task").glob("*/children"))
    return [int(child) for text in told for child in text.split()]


async def test_callers_who_wait_are_answered_together(service: Command) -> None:
    """Eight calls take the model's time of two or three; each has its own answer, and Diagnostics tell."""
    async with connected(service.first_line) as caller, connected(service.first_line) as other:
        watch = Stopwatch(service.pid, *children(service.pid))
        answers = await asyncio.gather(
            *(predict(hmi, "slow", float(n), 1.0) for n in range(4) for hmi in (caller, other))
        )
        assert answers == [float(n) for n in range(4) for _ in range(2)]
        assert watch.seconds < 6 * SLOW
        async with asyncio.timeout(10):
            while float(await shown(caller, "MeanBatchSize")) <= 1.0:  # noqa: ASYNC110 - a client polls
                await asyncio.sleep(0.1)
        reason = await shown(caller, "BackendReason")
        assert "rows that wait are computed together" in reason
