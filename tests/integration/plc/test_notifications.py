"""Notifications that get lost, or come twice, on their way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opcua_ml.domain.signature import DataType
from opcua_ml.domain.status import Status
from tests.integration.plc.bench import connection_to, running, tag, until

if TYPE_CHECKING:
    from tests.integration.plc.bench import Plc, Recorder


async def test_a_lost_notification_is_had_again(shared_plc: Plc, recorder: Recorder) -> None:
    """The gap in the sequence is seen, Republish fills it, and the values are in order."""
    await shared_plc.do("add", name="lost", type="Int32", value=0)
    connection = connection_to(shared_plc, recorder, tag("lost", data_type=DataType.INT32), queue_size=50)
    async with running(connection):
        await until(lambda: recorder.value() == 0)
        await until(lambda: connection.snapshot().notifications > 0)
        await shared_plc.do("set", lose=2, forget=False)
        await shared_plc.do("write_many", names=["lost"], value=1, rounds=50, pause=0.01)
        await until(lambda: recorder.value() == 50)
        snapshot = connection.snapshot()
    assert (snapshot.republished, snapshot.gaps) == (2, 0)
    assert [one.value for one in recorder.all() if one.value is not None] == list(range(51))


async def test_what_can_not_be_had_again_is_counted_and_read_anew(
    shared_plc: Plc, recorder: Recorder
) -> None:
    """A loss for good costs values but never leaves an old one standing."""
    await shared_plc.do("add", name="gone", type="Int32", value=0)
    connection = connection_to(shared_plc, recorder, tag("gone", data_type=DataType.INT32), recheck=60)
    async with running(connection):
        await until(lambda: recorder.value() == 0)
        await until(lambda: connection.snapshot().notifications > 0)
        await shared_plc.do("set", lose=1, forget=True)
        await shared_plc.do("write", name="gone", value=1)
        # Nothing follows it: the keep-alive's number tells that something is missing.
        await until(lambda: recorder.value() == 1)
        snapshot = connection.snapshot()
    assert (snapshot.republished, snapshot.gaps) == (0, 1)


async def test_a_notification_sent_twice_is_passed_on_once(shared_plc: Plc, recorder: Recorder) -> None:
    """A replay is known by its number; time never runs backwards."""
    await shared_plc.do("add", name="twice", type="Int32", value=0)
    connection = connection_to(shared_plc, recorder, tag("twice", data_type=DataType.INT32), queue_size=50)
    async with running(connection):
        await until(lambda: recorder.value() == 0)
        await until(lambda: connection.snapshot().notifications > 0)
        await shared_plc.do("set", repeat=3)
        await shared_plc.do("write_many", names=["twice"], value=1, rounds=50, pause=0.01)
        await until(lambda: recorder.value() == 50)
        assert connection.snapshot().replayed == 3
    assert [one.value for one in recorder.all() if one.value is not None] == list(range(51))


async def test_a_subscription_that_the_plc_forgets_is_made_anew(shared_plc: Plc, recorder: Recorder) -> None:
    """Though the PLC answers everything else: Bad meanwhile, and its values come again by themselves."""
    await shared_plc.do("add", name="forgotten", value=1.0)
    async with running(connection_to(shared_plc, recorder, tag("forgotten"), silence=1.0)) as connection:
        await until(lambda: recorder.value() == 1.0)
        await shared_plc.do("drop_subscriptions")
        await shared_plc.do("write", name="forgotten", value=2.0)
        await until(lambda: recorder.value() == 2.0)
        assert Status.BadNoCommunication in [sample.status for sample in recorder.all()]
        assert connection.snapshot().reconnects == 1
