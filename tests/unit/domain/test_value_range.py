"""Declared and training ranges: each with its own choice."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opcua_ml.domain.sample import Value
from opcua_ml.domain.signature import DataType, Input, Range, Statistics
from opcua_ml.domain.status import Severity, Status, severity
from opcua_ml.domain.value_range import OutOfRange, OutsideTraining, RangePolicy, within_range

FLOW = Input("flow", unit="MQH", range=Range(0, 100), statistics=Statistics(9, 0, 50.0, 5.0, 40.0, 60.0))
COUNT = Input("count", DataType.INT32, range=Range(0.5, 9.5))
MARK, CLAMP, REFUSE = OutOfRange.MARK, OutOfRange.CLAMP, OutOfRange.REFUSE
EXCEEDED = Status.UncertainEngineeringUnitsExceeded


@pytest.mark.parametrize(
    ("item", "value", "policy", "wanted"),
    [
        (FLOW, 50.0, RangePolicy(), (50.0, Status.Good)),
        (FLOW, 80.0, RangePolicy(), (80.0, Status.Good)),
        (FLOW, 80.0, RangePolicy(training=OutsideTraining.MARK), (80.0, EXCEEDED)),
        (FLOW, 80.0, RangePolicy(training=OutsideTraining.CLAMP), (60.0, EXCEEDED)),
        (FLOW, 20.0, RangePolicy(training=OutsideTraining.CLAMP), (40.0, EXCEEDED)),
        (FLOW, 80.0, RangePolicy(training=OutsideTraining.REFUSE), (None, Status.BadOutOfRange)),
        (FLOW, 120.0, RangePolicy(MARK), (120.0, EXCEEDED)),
        (FLOW, 120.0, RangePolicy(CLAMP), (100.0, EXCEEDED)),
        (FLOW, 120.0, RangePolicy(REFUSE), (None, Status.BadOutOfRange)),
        (FLOW, 120.0, RangePolicy(CLAMP, OutsideTraining.CLAMP), (60.0, EXCEEDED)),
        (FLOW, 120.0, RangePolicy(CLAMP, OutsideTraining.REFUSE), (None, Status.BadOutOfRange)),
        (FLOW, 120.0, RangePolicy(MARK, OutsideTraining.IGNORE), (120.0, EXCEEDED)),
        (COUNT, 0, RangePolicy(CLAMP), (1, EXCEEDED)),
        (COUNT, 12, RangePolicy(CLAMP), (9, EXCEEDED)),
    ],
)
def test_each_range_has_its_own_choice(
    item: Input, value: float, policy: RangePolicy, wanted: tuple[float | None, Status]
) -> None:
    """A clamped integer stays an integer within the range."""
    held, code, why = within_range(item, value, policy)
    assert (held, code) == wanted
    assert type(held) is type(value) or held is None
    assert bool(why) is (code != Status.Good)


def test_the_reason_names_the_range_that_was_left_and_its_unit() -> None:
    """What training saw is told as such."""
    declared = within_range(FLOW, 120.0, RangePolicy(MARK))[2]
    training = within_range(FLOW, 80.0, RangePolicy(training=OutsideTraining.MARK))[2]
    assert declared == "120 is outside 0 to 100 m³/h"
    assert training == "80 is outside what training saw, 40 to 60 m³/h"


@pytest.mark.parametrize("policy", [RangePolicy(declared) for declared in OutOfRange])
@pytest.mark.parametrize("value", [1e39, -1e308])
def test_a_number_beyond_what_models_compute_with_is_bad_whatever_the_policy(
    policy: RangePolicy, value: float
) -> None:
    """scikit-learn's trees refuse it, and an ONNX graph would answer something."""
    for item in (FLOW, Input("any")):
        held, code, why = within_range(item, value, policy)
        assert (held, code) == (None, Status.BadOutOfRange)
        assert "beyond 3.40282e+38" in why


@given(
    st.one_of(st.floats(), st.tuples(st.floats(), st.floats())),
    st.builds(RangePolicy, declared=st.sampled_from(OutOfRange), training=st.sampled_from(OutsideTraining)),
)
def test_a_value_that_passes_is_good_only_within_every_range_that_counts(
    value: Value, policy: RangePolicy
) -> None:
    """Whatever the policy, for one value and for arrays."""
    held, code, _ = within_range(FLOW, value, policy)
    span = FLOW.range if policy.training is OutsideTraining.IGNORE else Range(40.0, 60.0)
    assert span is not None
    items = value if isinstance(value, tuple) else (value,)
    inside = all(isinstance(one, float) and one in span for one in items)
    assert (severity(code) is Severity.GOOD) is inside
    assert (held is None) is (severity(code) is Severity.BAD)
