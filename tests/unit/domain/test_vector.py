"""Joining samples: quality rules as tables."""

import math
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opcua_ml.domain.sample import Sample, Value
from opcua_ml.domain.signature import DataType, Input, Output, Range, Signature, Window
from opcua_ml.domain.status import Severity, Status, severity
from opcua_ml.domain.vector import OutOfRange, join, within_range

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
SIGNATURE = Signature(
    (
        Input("flow", range=Range(0, 100), unit="MQH"),
        Input("pressure"),
        Input("mode", DataType.STRING, categories=("a", "b")),
    ),
    (Output("y"),),
)


def sample(value: Value | None, status: int = Status.Good, seconds: float = 0) -> Sample:
    """A sample that the PLC stamped so many seconds after noon."""
    return Sample(value, status, NOON + timedelta(seconds=seconds), None, seconds)


def test_good_samples_make_a_good_row_stamped_with_the_newest_source_time() -> None:
    """Time and quality of the tags travel on."""
    vector = join(SIGNATURE, [sample(1.0), sample(2.0, seconds=3), sample("a")], now=NOON, monotonic=0)
    assert vector.row == (1.0, 2.0, "a")
    assert (vector.status, vector.reason) == (Status.Good, "")
    assert vector.source_timestamp == NOON + timedelta(seconds=3)
    assert vector.received == 3


@pytest.mark.parametrize(
    ("first", "policy", "status", "row"),
    [
        (None, OutOfRange.MARK, Status.BadWaitingForInitialData, None),
        (sample(None, Status.BadNoCommunication), OutOfRange.MARK, Status.BadNoCommunication, None),
        (sample(5.0, Status.BadSensorFailure), OutOfRange.MARK, Status.BadSensorFailure, None),
        (sample(None), OutOfRange.MARK, Status.BadNoData, None),
        (
            sample(5.0, Status.UncertainSensorNotAccurate),
            OutOfRange.MARK,
            Status.UncertainSensorNotAccurate,
            5.0,
        ),
        (sample(math.nan), OutOfRange.MARK, Status.BadOutOfRange, None),
        (sample(math.inf), OutOfRange.CLAMP, Status.BadOutOfRange, None),
        (sample(120.0), OutOfRange.MARK, Status.UncertainEngineeringUnitsExceeded, 120.0),
        (sample(120.0), OutOfRange.CLAMP, Status.UncertainEngineeringUnitsExceeded, 100.0),
        (sample(-1.0), OutOfRange.CLAMP, Status.UncertainEngineeringUnitsExceeded, 0.0),
        (sample(120.0), OutOfRange.REFUSE, Status.BadOutOfRange, None),
    ],
)
def test_one_tag_that_is_not_good_decides_the_whole_and_is_named(
    first: Sample | None, policy: OutOfRange, status: Status, row: float | None
) -> None:
    """The outputs' status is the worst of the inputs', and the reason names the input."""
    vector = join(SIGNATURE, [first, sample(2.0), sample("b")], now=NOON, monotonic=0, out_of_range=policy)
    assert vector.status == status
    assert vector.offending_input == "flow"
    assert vector.reason.startswith("flow: ")
    assert (vector.row[0] if vector.row else None) == row


def test_an_unknown_category_is_bad() -> None:
    """A text that the model never saw is no input."""
    vector = join(SIGNATURE, [sample(1.0), sample(2.0), sample("c")], now=NOON, monotonic=0)
    assert vector.status == Status.BadOutOfRange
    assert vector.offending_input == "mode"


def test_a_bad_tag_outweighs_an_uncertain_one_before_it() -> None:
    """Severity decides, not place."""
    samples = [sample(120.0), sample(None, Status.BadTimeout), sample("a")]
    assert join(SIGNATURE, samples, now=NOON, monotonic=0).offending_input == "pressure"


def test_one_value_of_a_window_that_is_not_finite_makes_the_window_bad() -> None:
    """No average hides a hole."""
    item = Input("flow", window=Window(3, 1.0))
    value, code, _ = within_range(item, (1.0, math.nan, 2.0), OutOfRange.MARK)
    assert (value, code) == (None, Status.BadOutOfRange)


CODES = st.sampled_from([*Status, 0x80FF0000, 0x40FF0000])


@given(
    st.lists(st.tuples(CODES, st.floats() | st.none()), min_size=3, max_size=3), st.sampled_from(OutOfRange)
)
def test_no_good_vector_ever_comes_from_a_sample_that_is_not(
    drawn: list[tuple[int, float | None]], policy: OutOfRange
) -> None:
    """The rule that the whole project exists for, over all codes, values and policies."""
    wanted = Signature(tuple(Input(f"x{i}", range=Range(-10, 10)) for i in range(3)), (Output("y"),))
    vector = join(
        wanted, [sample(value, code) for code, value in drawn], now=NOON, monotonic=0, out_of_range=policy
    )
    flawless = all(
        severity(code) is Severity.GOOD and value is not None and math.isfinite(value) and -10 <= value <= 10
        for code, value in drawn
    )
    assert (severity(vector.status) is Severity.GOOD) is flawless
    assert (vector.row is None) is (severity(vector.status) is Severity.BAD)
