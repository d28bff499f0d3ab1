"""Tasks that were asked to end."""

import asyncio

from structlog.testing import capture_logs

from opcua_ml.service.ending import end


async def _deaf(times: int) -> None:
    """Take the first `times` cancellations for somebody else's, as a library with a bug does."""
    for _ in range(times):
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            continue
    await asyncio.Event().wait()


async def test_tasks_end_at_the_first_word() -> None:
    """And nothing is logged of it."""
    with capture_logs() as logs:
        async with asyncio.timeout(5), asyncio.TaskGroup() as group:
            tasks = [group.create_task(_deaf(0), name=f"task {number}") for number in range(3)]
            await asyncio.sleep(0)
            await end(tasks)
    assert all(task.cancelled() for task in tasks)
    assert logs == []


async def test_a_task_that_did_not_hear_is_asked_again_and_named() -> None:
    """Else the service would hang for ever, and nobody would know on what."""
    with capture_logs() as logs:
        async with asyncio.timeout(5), asyncio.TaskGroup() as group:
            task = group.create_task(_deaf(2), name="plc.pump")
            await asyncio.sleep(0)
            await end([task], patience_s=0.01)
    assert task.cancelled()
    assert [log["tasks"] for log in logs] == [["plc.pump"], ["plc.pump"]]


async def test_no_task_needs_no_waiting() -> None:
    """A service without PLCs ends, too."""
    async with asyncio.timeout(5):
        await end([])
