"""What a model returns becomes outputs, or a failure; never an answer that means nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sklearn.cluster import KMeans
from sklearn.linear_model import LinearRegression

from opcua_ml.domain.errors import InferenceFailed
from opcua_ml.runtime.contract.contract import Contract
from opcua_ml.runtime.contract.derivation import Derivation
from opcua_ml.runtime.loading.load import load
from opcua_ml.runtime.package.parts import Method
from opcua_ml.runtime.packing.pack import pack
from tests.unit.runtime.data import plant

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from opcua_ml.domain.row import Row
    from opcua_ml.runtime.package.package import Package

LABELS = np.array(["low", "high"])
PROBABILITIES = np.array([[0.1, 0.7, 0.2], [0.8, 0.1, 0.1]])


@pytest.fixture
def derivation(packed: Package) -> Derivation:
    """Of a classifier with the classes high, low and normal: label, probabilities, confidence."""
    return Derivation(Contract.of(packed.manifest))


def test_a_label_is_an_index_and_its_probability_the_confidence(derivation: Derivation) -> None:
    """In Python's own types."""
    assert derivation.rows([LABELS, PROBABILITIES], 2) == [
        (1, (0.1, 0.7, 0.2), 0.7),
        (0, (0.8, 0.1, 0.1), 0.8),
    ]


def test_a_probability_keeps_within_0_and_1_whatever_the_rounding(derivation: Derivation) -> None:
    """Sums in single precision give -1e-8: an HMI that holds values against EURange would raise an alarm."""
    rounded = np.array([[-1.5e-8, 1.0000001, 0.0]])
    assert derivation.rows([LABELS[1:], rounded], 1) == [(0, (0.0, 1.0, 0.0), 0.0)]
    assert derivation.row([["high"], rounded.tolist()]) == (0, (0.0, 1.0, 0.0), 0.0)


@given(
    st.sampled_from(["high", "low", "normal", "broken"]),
    st.lists(
        st.floats(0.0, 1.0) | st.floats(-2e-4, 2e-4) | st.floats(0.9998, 1.0002) | st.floats(),
        min_size=2,
        max_size=4,
    ),
)
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_one_row_alone_becomes_what_it_becomes_among_many(
    derivation: Derivation, label: str, probabilities: list[float]
) -> None:
    """Whatever the model returned: the same outputs, or refused both times."""
    short = outcome(lambda: derivation.row([[label], [probabilities]]))
    assert short == outcome(lambda: derivation.rows([np.array([label]), np.array([probabilities])], 1)[0])


def outcome(make: Callable[[], Row]) -> Row | None:
    """The outputs; None where they were refused."""
    try:
        return make()
    except InferenceFailed:
        return None


@pytest.mark.parametrize(
    ("labels", "probabilities"),
    [
        (np.array(["low", "broken"]), PROBABILITIES),
        (LABELS, PROBABILITIES[:, :2]),
        (LABELS, PROBABILITIES[:1]),
        (LABELS[:1], PROBABILITIES),
        (LABELS, np.where(PROBABILITIES > 0.7, np.nan, PROBABILITIES)),
        (LABELS, np.where(PROBABILITIES > 0.7, np.inf, PROBABILITIES)),
        (LABELS, PROBABILITIES * 2.0),
        (LABELS, -PROBABILITIES),
        (np.array([[0.5]]), PROBABILITIES),
    ],
    ids=[
        "unknown class",
        "a class too few",
        "a row too few",
        "a label too few",
        "NaN",
        "infinity",
        "more than 1",
        "less than 0",
        "numbers",
    ],
)
def test_what_the_signature_does_not_allow_is_a_failure(
    derivation: Derivation, labels: Any, probabilities: Any
) -> None:
    """Whatever it is."""
    with pytest.raises(InferenceFailed, match="returned what its signature does not allow"):
        derivation.rows([labels, probabilities], 2)


@pytest.mark.parametrize(
    ("label", "probabilities"),
    [
        ("broken", [0.1, 0.7, 0.2]),
        ("low", [0.1, 0.7]),
        ("low", [0.1, float("nan"), 0.2]),
        ("low", [float("inf"), 0.7, 0.2]),
        (0.5, [0.1, 0.7, 0.2]),
        ("low", [0.1, 1.7, 0.2]),
        ("low", [-0.1, 0.7, 0.2]),
    ],
)
def test_one_row_alone_is_refused_as_it_is_among_many(
    derivation: Derivation, label: Any, probabilities: list[float]
) -> None:
    """The short way refuses what the long one refuses, and gives what it gives."""
    assert derivation.row([["low"], [[0.1, 0.7, 0.2]]]) == (1, (0.1, 0.7, 0.2), 0.7)
    assert derivation.row([[["low"]], [[0.1, 0.7, 0.2]]]) == (1, (0.1, 0.7, 0.2), 0.7)
    refused: list[list[Any]] = [[[label], [probabilities]], [["low"] * 2, [[0.1, 0.7, 0.2]] * 2], [[], []]]
    for raw in refused:
        with pytest.raises(InferenceFailed, match="returned what its signature does not allow"):
            derivation.row(raw)


def test_outputs_in_any_order_are_made(packed: Package) -> None:
    """What is made of a label may stand before it."""
    outputs = packed.manifest.outputs[::-1]
    contract = Contract(packed.manifest.features, packed.manifest.inputs, outputs)
    raw = {"predict": LABELS, "predict_proba": PROBABILITIES}
    made = Derivation(contract).rows([raw[method] for method in contract.methods], 2)
    assert made[0] == (0.7, (0.1, 0.7, 0.2), 1)
    ones = [[raw[method][0].tolist()] for method in contract.methods]
    assert Derivation(contract).row(ones) == made[0]


@pytest.mark.parametrize("artifact", ["onnx", "skops"])
def test_a_number_that_is_not_finite_is_a_failure_and_no_answer(tmp_path: Path, artifact: str) -> None:
    """A model that overflows must not be published as Good."""
    data = plant()
    steep = data.power * 1e6
    estimator = LinearRegression().fit(data.x, steep)
    package = pack(estimator, data.x, steep, name="m", version="1.0.0", path=tmp_path / "m")
    model = load(package, prefer=(artifact,))
    with np.errstate(over="ignore", invalid="ignore"), pytest.raises(InferenceFailed):
        model.predict([(1e308, -1e308, 1e308, 1e308)])
    with np.errstate(over="ignore", invalid="ignore"), pytest.raises(InferenceFailed):
        model.one_row()((1e308, -1e308, 1e308, 1e308))
    assert model.one_row()((1.0, 2.0, 3.0, 4.0)) == model.predict([(1.0, 2.0, 3.0, 4.0)])[0]


@pytest.mark.parametrize("cluster", [2.0**31, -(2.0**31) - 1, float("nan"), float("inf"), float("-inf")])
def test_a_cluster_that_is_no_int32_is_a_failure(tmp_path: Path, cluster: float) -> None:
    """Not an answer that can't be written."""
    data = plant()
    fitted = KMeans(2, n_init=1, random_state=0).fit(data.x)
    package = pack(fitted, data.x, None, name="m", version="1.0.0", path=tmp_path / "m")
    contract = Contract.of(package.manifest)
    derivation, methods = Derivation(contract), contract.methods
    raw = {method: [[0.5, 1.5]] for method in methods} | {Method.PREDICT: [1.0]}
    assert 1 in derivation.row([raw[method] for method in methods])
    raw[Method.PREDICT] = [cluster]
    with pytest.raises(InferenceFailed):
        derivation.row([raw[method] for method in methods])
    with pytest.raises(InferenceFailed):
        derivation.rows([np.array(raw[method]) for method in methods], 1)
