"""Joining samples: quality rules as tables."""

import math
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opcua_ml.domain.input_policy import InputPolicy, JoinPolicy, SourceTime, WhenBad
from opcua_ml.domain.sample import Sample, Value
from opcua_ml.domain.signature import DataType, Input, Output, Range, Signature, Statistics, Window
from opcua_ml.domain.status import Severity, Status, severity
from opcua_ml.domain.tag_memory import TagMemory, Used
from opcua_ml.domain.value_range import OutOfRange, OutsideTraining, RangePolicy, within_range
from opcua_ml.domain.vector import Join, join

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
    value, code, _ = within_range(item, (1.0, math.nan, 2.0), RangePolicy())
    assert (value, code) == (None, Status.BadOutOfRange)


@pytest.mark.parametrize(
    ("choice", "main", "seconds"),
    [
        (SourceTime.NEWEST, "", 3.0),
        (SourceTime.OLDEST, "", 1.0),
        (SourceTime.MAIN, "pressure", 2.0),
    ],
)
def test_the_outputs_carry_the_time_of_the_input_that_was_chosen(
    choice: SourceTime, main: str, seconds: float
) -> None:
    """The newest, the oldest or that of a main input."""
    samples = [sample(1.0, seconds=3), sample(2.0, seconds=2), sample("a", seconds=1)]
    policy = JoinPolicy(source_time=choice, main_input=main)
    vector = join(SIGNATURE, samples, now=NOON, monotonic=0, policy=policy)
    assert vector.source_timestamp == NOON + timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("seconds", "ignored", "status", "offending"),
    [
        ((5.0, 4.6, 5.0), (), Status.Good, ""),
        ((5.0, 4.4, 5.0), (), Status.BadInvalidTimestamp, "pressure"),
        ((5.0, 4.4, 0.0), ("mode",), Status.BadInvalidTimestamp, "pressure"),
        ((5.0, 4.6, 0.0), ("mode",), Status.Good, ""),
    ],
)
def test_inputs_whose_times_lie_too_far_apart_make_no_row(
    seconds: tuple[float, ...], ignored: tuple[str, ...], status: Status, offending: str
) -> None:
    """The oldest is named; what rarely changes can be left out of that."""
    values: tuple[Value, ...] = (1.0, 2.0, "a")
    samples = [sample(value, seconds=at) for value, at in zip(values, seconds, strict=True)]
    policy = JoinPolicy({name: InputPolicy(ignore_skew=True) for name in ignored}, max_skew=0.5)
    vector = join(SIGNATURE, samples, now=NOON, monotonic=5, policy=policy)
    assert (vector.status, vector.offending_input) == (status, offending)
    assert (vector.row is None) is (status != Status.Good)


def test_the_age_of_the_offending_tag_is_that_of_its_last_usable_value() -> None:
    """What an operator asks first: since when."""
    memory = TagMemory(SIGNATURE.inputs[0])
    memory.take(sample(1.0, seconds=2))
    memory.take(sample(None, Status.BadNoCommunication, seconds=7))
    others = [Used(sample(2.0), "", 0.0), Used(sample("a"), "", 0.0)]
    vector = Join(SIGNATURE).vector([memory.at(9.0), *others], now=NOON, monotonic=9.0)
    assert (vector.offending_input, vector.offending_age) == ("flow", 7.0)


CODES = st.sampled_from([*Status, 0x80FF0000, 0x40FF0000])
POLICIES = st.builds(
    InputPolicy,
    when_bad=st.sampled_from(WhenBad),
    hold=st.floats(0, 5),
    substitute=st.just(1.0),
    max_age=st.none() | st.floats(0.1, 5),
    treat_uncertain_as_bad=st.booleans(),
    ignore_skew=st.booleans(),
)
HISTORY = st.lists(st.tuples(CODES, st.floats() | st.none(), st.floats(0, 2)), max_size=3)


@given(
    st.lists(st.tuples(POLICIES, HISTORY), min_size=3, max_size=3),
    st.builds(RangePolicy, declared=st.sampled_from(OutOfRange), training=st.sampled_from(OutsideTraining)),
    st.none() | st.floats(0.1, 5),
    st.floats(0, 10),
)
def test_no_good_vector_ever_comes_from_what_is_not_good_and_fresh(
    drawn: list[tuple[InputPolicy, list[tuple[int, float | None, float]]]],
    ranges: RangePolicy,
    max_skew: float | None,
    later: float,
) -> None:
    """The rule that the whole project exists for, over all codes, values, ages and policies."""
    seen = Statistics(9, 0, 0.0, 1.0, -5.0, 5.0)
    items = tuple(Input(f"x{i}", range=Range(-10, 10), statistics=seen) for i in range(3))
    policies = dict(zip((item.name for item in items), (policy for policy, _ in drawn), strict=True))
    policy = JoinPolicy(policies, ranges=ranges, max_skew=max_skew)
    memories, newest = [TagMemory(item, policy.of(item.name)) for item in items], []
    for memory, (_, history) in zip(memories, drawn, strict=True):
        at = 0.0
        for code, value, pause in history:
            at += pause
            memory.take(sample(value, code, at))
        newest.append(sample(history[-1][1], history[-1][0], at) if history else None)
    now = 6.0 + later
    wanted = Signature(items, (Output("y"),))
    vector = Join(wanted, policy).vector([one.at(now) for one in memories], now=NOON, monotonic=now)
    span = 10.0 if ranges.training is OutsideTraining.IGNORE else 5.0
    flawless = all(
        one is not None
        and severity(one.status) is Severity.GOOD
        and isinstance(one.value, float)
        and -span <= one.value <= span
        and (rule.max_age is None or now < one.received + rule.max_age)
        for one, rule in zip(newest, policies.values(), strict=True)
    )
    stamps = [
        one.received
        for one, rule in zip(newest, policies.values(), strict=True)
        if one is not None and not rule.ignore_skew
    ]
    apart = max(stamps, default=0.0) - min(stamps, default=0.0)
    together = max_skew is None or round(apart, 6) <= max_skew
    if severity(vector.status) is Severity.GOOD:
        assert flawless
        assert together
    elif flawless:
        assert vector.status == Status.BadInvalidTimestamp
        assert round(apart, 6) >= (max_skew or 0.0) - 1e-6
    assert (vector.row is None) is (severity(vector.status) is Severity.BAD)
    assert (vector.reason == "") is (severity(vector.status) is Severity.GOOD)
