"""What a model's parts tell and what engineers read of it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from opcua_ml.application.latency import LatencyWindow
from opcua_ml.application.statistics import StatisticsRecorder, StreamState
from opcua_ml.domain.queue_state import Overflow, QueueState

SECONDS = st.floats(0, 1e3)


@given(st.lists(SECONDS, max_size=40))
def test_calls_in_passing_are_in_what_is_shown(durations: list[float]) -> None:
    """Counted at once, and their times as if each had been told; one that could not be written is not."""
    recorder, wanted = StatisticsRecorder(), LatencyWindow()
    for one in durations:
        recorder.passed(one)
        wanted.add(one)
        if one > 500:
            assert recorder.snapshot().inference == wanted.summary()
    recorder.predicted(3, calls=1)
    found = recorder.snapshot()
    assert (found.calls, found.predictions) == (len(durations) + 1, len(durations) + 3)
    assert (found.inference, found.answer) == (wanted.summary(),) * 2
    assert recorder.snapshot() == found
    recorder.passed(0.1)
    recorder.not_told()
    assert (recorder.calls, recorder.predictions) == (found.calls, found.predictions)


def test_queues_are_asked_when_somebody_looks_and_refusals_are_no_drops() -> None:
    """The worker's queue before the stream's; of a queue that refuses the newest nothing is dropped."""
    calls = QueueState("Calls", 4, Overflow.NEWEST_IS_REFUSED, depth=1, dropped=5)
    streams = [StreamState(8, 1, QueueState("Vectors", 4, Overflow.OLDEST_GOES, depth=2, dropped=3))]
    recorder = StatisticsRecorder(waiting=lambda: calls)
    assert recorder.snapshot().queues == (calls,)
    recorder.fed_by(lambda: streams[-1])
    shown = recorder.snapshot()
    assert [queue.name for queue in shown.queues] == ["Calls", "Vectors"]
    assert (shown.dropped, shown.queue_depth, shown.window_memory, shown.missed_periods) == (3, 3, 8, 1)
    streams.append(StreamState(16, 2))
    shown = recorder.snapshot()
    assert (shown.queues, shown.window_memory, shown.missed_periods) == ((calls,), 16, 2)
