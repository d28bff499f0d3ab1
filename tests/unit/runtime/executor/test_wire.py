"""Messages between service and model process carry rows and errors as they are."""

import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opcua_ml.domain.computation import Computation
from opcua_ml.domain.errors import ArtifactUntrusted, InferenceFailed, OpcuaMlError
from opcua_ml.runtime.contract.model import Origin
from opcua_ml.runtime.contract.trust import Trust
from opcua_ml.runtime.executor import wire

scalars = st.one_of(
    st.booleans(), st.integers(-(2**63), 2**64 - 1), st.floats(allow_nan=False), st.text(max_size=20)
)
values = st.one_of(scalars, st.lists(scalars, min_size=1, max_size=4).map(tuple))


@given(st.lists(st.lists(values, min_size=1, max_size=5).map(tuple), max_size=5))
def test_rows_arrive_as_they_were_sent(rows: list[tuple[object, ...]]) -> None:
    """Bit for bit for numbers, and windows as tuples again."""
    stream = io.BytesIO()
    wire.send(stream, wire.of_rows(rows))  # type: ignore[arg-type]
    stream.seek(0)
    assert repr(wire.rows_in(wire.receive(stream))) == repr(rows)


def test_a_missing_number_arrives_as_one() -> None:
    """NaN, which JSON proper does not have."""
    stream = io.BytesIO()
    wire.send(stream, wire.of_rows([(float("nan"),)]))
    stream.seek(0)
    assert repr(wire.rows_in(wire.receive(stream))) == "[(nan,)]"


def test_a_computation_arrives_with_its_times() -> None:
    """As they were measured where it was made."""
    stream = io.BytesIO()
    made = Computation([(1.0, "a")], 0.25, 0.125)
    wire.send(stream, wire.of_computation(made))
    stream.seek(0)
    assert wire.computation_in(wire.receive(stream)) == made


def test_half_a_message_is_the_end() -> None:
    """The other side died while it wrote."""
    stream = io.BytesIO()
    wire.send(stream, {"rows": [[1.0]]})
    with pytest.raises(EOFError):
        wire.receive(io.BytesIO(stream.getvalue()[:-1]))


def test_an_origin_arrives_with_its_trust() -> None:
    """The process may load what the service may, and no more."""
    origin = Origin(Path("there").absolute(), "ab", "joblib", Trust(frozenset({"cd"}), joblib=True))
    assert wire.origin_in(wire.of_origin(origin)) == origin


@pytest.mark.parametrize("error", [ArtifactUntrusted("no", where="x", found=1), InferenceFailed("no")])
def test_an_error_arrives_with_its_class_and_sentence(error: OpcuaMlError) -> None:
    """What the service tells is what the process found."""
    with pytest.raises(type(error)) as raised:
        wire.raise_error_in(wire.of_error(error))
    assert raised.value.sentence == error.sentence


def test_only_errors_of_models_can_be_raised_by_a_message() -> None:
    """Whatever else a process writes is a failure of the model."""
    with pytest.raises(InferenceFailed):
        wire.raise_error_in(
            {"error": "ConfigurationError", "what": "w", "where": "", "found": 1, "wanted": None}
        )
