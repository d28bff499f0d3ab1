"""Windows over the last values of an input."""

from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from opcua_ml.domain.sample import Sample, Value
from opcua_ml.domain.signature import DataType, Window, WindowStatistic
from opcua_ml.domain.status import Status
from opcua_ml.domain.window import WindowBuffer

NUMBERS = st.lists(st.floats(-1e4, 1e4), min_size=1, max_size=40)


def sample(value: Value | None, status: int = Status.Good) -> Sample:
    """A sample of now."""
    return Sample(value, status, datetime(2026, 1, 1, tzinfo=UTC), None, 0.0)


def test_a_window_is_not_ready_before_it_is_full_and_then_slides() -> None:
    """The newest stands last, and one leaves for each that comes."""
    buffer = WindowBuffer(Window(3))
    taken = [buffer.take(sample(float(number))) for number in range(5)]
    assert [one.value if one else None for one in taken] == [None, None, (0, 1, 2), (1, 2, 3), (2, 3, 4)]


def test_a_bad_sample_keeps_the_window_bad_until_it_has_left() -> None:
    """No statistic hides a hole."""
    buffer = WindowBuffer(Window(2, statistic=WindowStatistic.MEAN))
    codes = []
    for one in (sample(1.0), sample(None, Status.BadSensorFailure), sample(1.0), sample(3.0)):
        taken = buffer.take(one)
        codes.append((taken.value, taken.status) if taken else None)
    bad = (None, Status.BadSensorFailure)
    assert codes == [None, bad, bad, (2.0, Status.Good)]


def test_an_uncertain_sample_makes_the_window_uncertain() -> None:
    """Worst-of, as everywhere."""
    buffer = WindowBuffer(Window(2))
    buffer.take(sample(1.0, Status.UncertainSubNormal))
    taken = buffer.take(sample(2.0))
    assert taken is not None
    assert (taken.value, taken.status) == ((1.0, 2.0), Status.UncertainSubNormal)


def test_an_array_tag_passes_as_the_window_that_it_is() -> None:
    """A PLC may keep the window by itself."""
    array = sample((1.0, 2.0))
    assert WindowBuffer(Window(2)).take(array) is array


@pytest.mark.parametrize(
    ("statistic", "reference"),
    [
        (WindowStatistic.MEAN, np.mean),
        (WindowStatistic.MINIMUM, np.min),
        (WindowStatistic.MAXIMUM, np.max),
        (WindowStatistic.STANDARD_DEVIATION, np.std),
        (WindowStatistic.LAG, lambda v: v[0]),
        (
            WindowStatistic.SLOPE,
            lambda v: np.polyfit(np.arange(len(v)) * 0.5, v, 1)[0] if len(v) > 1 else 0.0,
        ),
    ],
)
@given(values=NUMBERS)
def test_statistics_agree_with_numpy(
    statistic: WindowStatistic, reference: object, values: list[float]
) -> None:
    """Over any values and any length; the slope is per second."""
    buffer = WindowBuffer(Window(len(values), period=0.5, statistic=statistic))
    taken = None
    for value in values:
        taken = buffer.take(sample(value))
    assert taken is not None
    assert callable(reference)
    assert taken.value == pytest.approx(float(reference(np.array(values))), rel=1e-6, abs=1e-4)
    assert taken._replace(value=None) == sample(0.0)._replace(value=None)


def test_what_is_held_of_texts_and_whole_numbers_stays_what_it_is() -> None:
    """A window of an integer input has integers, one of a text texts."""
    counts, words = WindowBuffer(Window(2), DataType.INT32), WindowBuffer(Window(2), DataType.STRING)
    for number in (2**53 + 1, 7):
        taken = counts.take(sample(number))
        told = words.take(sample(str(number)))
    assert taken is not None
    assert taken.value == (2**53 + 1, 7)
    assert told is not None
    assert told.value == (str(2**53 + 1), "7")


def test_memory_is_taken_once() -> None:
    """However long the plant runs."""
    buffer = WindowBuffer(Window(100, statistic=WindowStatistic.MEAN))
    before = buffer.nbytes
    for number in range(1000):
        buffer.take(sample(float(number)))
    assert buffer.nbytes == before < 10_000
