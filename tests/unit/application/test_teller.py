"""What is told of a row: numbers in one line, and quality and reason of now."""

from __future__ import annotations

import pytest

from opcua_ml.application.serving import RowAnswer, Serving
from opcua_ml.application.statistics import StatisticsRecorder
from opcua_ml.application.teller import SEQUENCE_LIMIT, Teller
from opcua_ml.domain.status import Status
from opcua_ml.domain.vector import Vector, join
from tests.unit.application.stand_ins import CARD, Adder, HandClock, tag


@pytest.fixture
def statistics() -> StatisticsRecorder:
    """All zero."""
    return StatisticsRecorder()


@pytest.fixture
def teller(statistics: StatisticsRecorder, clock: HandClock) -> Teller:
    """Of the adder."""
    return Teller("adder", "r", clock, statistics)


def vector(b: int = Status.Good) -> Vector:
    """Of the inputs 1 and 2, the second with a status."""
    samples = [tag(1.0), tag(2.0 if b == Status.Good else None, 0.0, b)]
    return join(CARD.signature, samples, now=tag(0.0).source_timestamp, monotonic=0.0)  # type: ignore[arg-type]


def test_numbers_begin_anew_after_the_last_of_a_uint32(teller: Teller) -> None:
    """And never with 0, which clients take for none."""
    teller.sequence = SEQUENCE_LIMIT - 1
    assert [teller.next_id() for _ in range(2)] == [
        (f"adder-r-{SEQUENCE_LIMIT}", SEQUENCE_LIMIT),
        ("adder-r-1", 1),
    ]


def test_an_answer_carries_the_version_that_made_it_and_a_failure_that_of_now(teller: Teller) -> None:
    """A row may have been under way at a swap."""
    made = teller.scored(vector(), "2.0.0", RowAnswer((3.0,), 0.5, serving=Serving(CARD, Adder())))
    assert (made.version, made.outputs, made.status, made.inference_seconds) == (
        "1.2.0",
        (3.0,),
        Status.Good,
        0.5,
    )
    failed = teller.scored(vector(), "2.0.0", RowAnswer(None, 0.0, Status.BadInternalError, "it broke"))
    assert (failed.version, failed.outputs, failed.reason) == ("2.0.0", (), "it broke")
    assert failed.sequence == made.sequence + 1


def test_what_is_told_again_is_no_better_and_has_no_outputs_where_it_is_bad(
    teller: Teller, statistics: StatisticsRecorder
) -> None:
    """Inputs that are lost stand as None; the rejection is counted by its StatusCode."""
    made = teller.scored(vector(), "1.2.0", RowAnswer((3.0,), 0.0, serving=Serving(CARD, Adder())))
    again = teller.again(made, vector(Status.BadNoCommunication), "1.2.0")
    assert (again.outputs, again.status) == ((), Status.BadNoCommunication)
    assert (again.inputs, again.offending_input) == ((1.0, None), "b")
    assert statistics.snapshot().rejected_by_reason == {"BadNoCommunication": 1}
