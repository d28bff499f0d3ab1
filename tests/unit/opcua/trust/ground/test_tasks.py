"""Tasks have an owner, a name and an end."""

from __future__ import annotations

import asyncio

from structlog.testing import capture_logs

from opcua_ml.opcua.trust.ground.tasks import OwnedTasks


async def test_closing_waits_and_then_cancels() -> None:
    """Quick tasks finish, slow ones are cancelled at the deadline and awaited."""
    tasks = OwnedTasks("test")
    ended: list[str] = []

    async def work(name: str, seconds: float) -> None:
        try:
            await asyncio.sleep(seconds)
        finally:
            ended.append(name)

    quick = tasks.start(work("quick", 0.01), name="quick")
    slow = tasks.start(work("slow", 60), name="slow")
    assert {quick.get_name(), slow.get_name()} == {"test: quick", "test: slow"}
    await tasks.close(0.2)
    assert ended == ["quick", "slow"]
    assert slow.cancelled()
    assert not quick.cancelled()
    assert len(tasks) == 0


async def test_what_a_task_raises_is_logged_once() -> None:
    """Nobody awaits these tasks; their errors must not be silent."""

    async def fail() -> None:
        raise ZeroDivisionError

    tasks = OwnedTasks("test")
    with capture_logs() as lines:
        tasks.start(fail(), name="fail")
        await tasks.close(1)
        await asyncio.sleep(0)
    assert [line["task"] for line in lines] == ["test: fail"]
