"""What stands for a tag at a moment: policies as tables."""

import math
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opcua_ml.domain.input_policy import InputPolicy, WhenBad
from opcua_ml.domain.sample import Sample, Value
from opcua_ml.domain.signature import DataType, Input
from opcua_ml.domain.status import Severity, Status, severity
from opcua_ml.domain.tag_memory import TagMemory

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
FLOW = Input("flow")
HOLD = InputPolicy(WhenBad.HOLD, hold=5.0)
FROZEN = InputPolicy(max_unchanged=3.0)
SUBSTITUTE = InputPolicy(WhenBad.SUBSTITUTE, substitute=7.5)


def sample(value: Value | None, seconds: float = 0.0, status: int = Status.Good) -> Sample:
    """A sample that came, and was stamped, so many seconds after noon."""
    return Sample(value, status, NOON + timedelta(seconds=seconds), None, seconds)


def told(policy: InputPolicy, *samples: Sample, item: Input = FLOW) -> TagMemory:
    """The memory of a tag that told these samples."""
    memory = TagMemory(item, policy)
    for one in samples:
        memory.take(one)
    return memory


LOST = sample(None, 10.0, Status.BadNoCommunication)


@pytest.mark.parametrize(
    ("policy", "samples", "at", "value", "status"),
    [
        (InputPolicy(), (), 0.0, None, Status.BadWaitingForInitialData),
        (InputPolicy(), (sample(1.0),), 1e6, 1.0, Status.Good),
        (InputPolicy(), (sample(1.0), LOST), 10.0, None, Status.BadNoCommunication),
        (InputPolicy(), (sample(1.0), LOST, sample(2.0, 11.0)), 11.0, 2.0, Status.Good),
        (InputPolicy(), (sample(None),), 0.0, None, Status.BadNoData),
        (InputPolicy(), (sample(math.nan),), 0.0, None, Status.BadOutOfRange),
        (InputPolicy(max_age=2.0), (sample(1.0),), 1.99, 1.0, Status.Good),
        (InputPolicy(max_age=2.0), (sample(1.0),), 2.0, None, Status.BadTimeout),
        (InputPolicy(max_age=2.0), (sample(1.0), sample(1.0, 1.5)), 3.0, 1.0, Status.Good),
        (FROZEN, (sample(1.0), sample(1.0, 2.5)), 2.9, 1.0, Status.Good),
        (FROZEN, (sample(1.0), sample(1.0, 2.5)), 3.0, None, Status.BadSensorFailure),
        (FROZEN, (sample(1.0), sample(2.0, 2.5)), 5.4, 2.0, Status.Good),
        (FROZEN, (sample(1.0), LOST, sample(2.0, 11.0)), 13.9, 2.0, Status.Good),
        (FROZEN, (sample(1.0, 8.0), LOST, sample(1.0, 11.0)), 11.9, 1.0, Status.Good),
        (FROZEN, (sample(1.0, 8.0), LOST, sample(1.0, 11.0)), 12.0, None, Status.BadSensorFailure),
        (FROZEN, (sample(1.0), LOST, sample(1.0, 11.0)), 11.0, None, Status.BadSensorFailure),
        (InputPolicy(max_age=2.0, max_unchanged=1.0), (sample(1.0),), 2.0, None, Status.BadTimeout),
        (InputPolicy(WhenBad.HOLD, 5.0, max_unchanged=3.0), (sample(1.0),), 7.9, 1.0, 0x40900000),
        (InputPolicy(WhenBad.HOLD, 5.0, max_unchanged=3.0), (sample(1.0),), 8.0, None, 0x808C0000),
        (HOLD, (), 0.0, None, Status.BadWaitingForInitialData),
        (HOLD, (sample(1.0), LOST), 14.99, 1.0, Status.UncertainLastUsableValue),
        (HOLD, (sample(1.0), LOST), 15.0, None, Status.BadNoCommunication),
        (HOLD, (sample(1.0), LOST, sample(None, 14.0, Status.BadTimeout)), 15.0, None, Status.BadTimeout),
        (InputPolicy(WhenBad.HOLD, 5.0, max_age=2.0), (sample(1.0),), 6.9, 1.0, 0x40900000),
        (InputPolicy(WhenBad.HOLD, 5.0, max_age=2.0), (sample(1.0),), 7.0, None, Status.BadTimeout),
        (SUBSTITUTE, (), 0.0, 7.5, Status.UncertainSubNormal),
        (SUBSTITUTE, (sample(1.0), LOST), 1e6, 7.5, Status.UncertainSubNormal),
        (SUBSTITUTE, (sample(1.0),), 0.0, 1.0, Status.Good),
        (
            InputPolicy(),
            (sample(1.0, status=Status.UncertainSensorNotAccurate),),
            0.0,
            1.0,
            Status.UncertainSensorNotAccurate,
        ),
        (
            InputPolicy(treat_uncertain_as_bad=True),
            (sample(1.0, status=Status.UncertainSensorNotAccurate),),
            0.0,
            None,
            Status.Bad,
        ),
        (
            InputPolicy(WhenBad.HOLD, 5.0, treat_uncertain_as_bad=True),
            (sample(1.0), sample(9.0, 1.0, Status.UncertainSubNormal)),
            2.0,
            1.0,
            Status.UncertainLastUsableValue,
        ),
    ],
)
def test_what_stands_for_a_tag_follows_from_its_policy(
    policy: InputPolicy, samples: tuple[Sample, ...], at: float, value: float | None, status: int
) -> None:
    """Rejected, held for a time that begins with the loss, or replaced; never Good but by itself."""
    used = told(policy, *samples).at(at)
    assert (used.sample.value, used.sample.status) == (value, status)
    assert (used.why == "") is any(used.sample is one for one in samples)


def test_the_time_of_holding_begins_with_the_loss_and_not_with_the_last_value() -> None:
    """A tag that stood still for an hour may still be held for its five seconds."""
    memory = told(HOLD, sample(1.0, -3600.0), LOST)
    assert memory.at(12.0).sample.status == Status.UncertainLastUsableValue


def test_a_held_value_keeps_the_time_of_its_source() -> None:
    """Nobody takes an old value for a new one."""
    used = told(HOLD, sample(1.0, 3.0), LOST).at(11.0)
    assert used.sample.source_timestamp == sample(1.0, 3.0).source_timestamp
    assert used.heard == 3.0


def test_a_text_that_is_no_category_is_as_bad_as_none() -> None:
    """And may be held or replaced like any other loss."""
    valve = Input("valve", DataType.STRING, categories=("open", "shut"))
    policy = InputPolicy(WhenBad.SUBSTITUTE, substitute="shut")
    assert told(InputPolicy(), sample("ajar"), item=valve).at(0.0).sample.status == Status.BadOutOfRange
    assert told(policy, sample("ajar"), item=valve).at(0.0).sample.value == "shut"


@pytest.mark.parametrize(
    ("policy", "samples", "moments"),
    [
        (InputPolicy(), (sample(1.0),), []),
        (InputPolicy(max_age=2.0), (), []),
        (InputPolicy(max_age=2.0), (sample(1.0),), [2.0]),
        (InputPolicy(WhenBad.HOLD, 5.0, max_age=2.0), (sample(1.0),), [2.0, 7.0]),
        (HOLD, (sample(1.0), LOST), [15.0]),
        (FROZEN, (sample(1.0), sample(1.0, 2.5)), [3.0]),
        (FROZEN, (sample(1.0), sample(2.0, 2.5)), [5.5]),
        (InputPolicy(max_age=2.0, max_unchanged=3.0), (sample(1.0),), [2.0]),
        (SUBSTITUTE, (sample(1.0), LOST), []),
    ],
)
def test_a_memory_tells_when_it_will_change_its_mind(
    policy: InputPolicy, samples: tuple[Sample, ...], moments: list[float]
) -> None:
    """So that somebody can look at that moment, though nothing comes."""
    memory, found, now = told(policy, *samples), [], 0.0 if not samples else samples[-1].received
    while (moment := memory.changes_at(now)) is not None:
        before, after = memory.at(math.nextafter(moment, 0.0)), memory.at(moment)
        assert (before.sample.status, before.why) != (after.sample.status, after.why)
        found.append(moment)
        now = moment
    assert found == moments


CODES = st.sampled_from([*Status, 0x80FF0000, 0x40FF0000, 0x00300000])
SAMPLES = st.lists(
    st.tuples(st.none() | st.floats(), CODES, st.floats(0.01, 10)).map(
        lambda drawn: (drawn[0], int(drawn[1]), drawn[2])
    ),
    max_size=6,
)
POLICIES = st.builds(
    InputPolicy,
    when_bad=st.sampled_from(WhenBad),
    hold=st.floats(0, 20),
    substitute=st.just(7.5),
    max_age=st.none() | st.floats(0.01, 20),
    treat_uncertain_as_bad=st.booleans(),
)


@given(POLICIES, SAMPLES, st.floats(0, 40))
def test_nothing_is_good_but_the_tag_s_own_newest_fresh_good_value(
    policy: InputPolicy, drawn: list[tuple[float | None, int, float]], later: float
) -> None:
    """Over all policies and histories; what stands in is Uncertain, and Bad has no value."""
    memory, now, newest = TagMemory(FLOW, policy), 0.0, None
    for value, status, pause in drawn:
        now += pause
        newest = sample(value, now, status)
        memory.take(newest)
    now += later
    used = memory.at(now).sample
    if severity(used.status) is Severity.GOOD:
        assert newest is not None
        assert used is newest
        assert isinstance(used.value, float)
        assert math.isfinite(used.value)
        assert policy.max_age is None or now < newest.received + policy.max_age
    assert (used.value is None) is (severity(used.status) is Severity.BAD)
    if used.value is not None and used is not newest:
        assert used.status in (Status.UncertainLastUsableValue, Status.UncertainSubNormal)
