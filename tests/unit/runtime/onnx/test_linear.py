"""Linear graphs: single rows from the weights are what onnxruntime gives, or are not used."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper
from sklearn.decomposition import PCA
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge, SGDClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, PolynomialFeatures, StandardScaler
from sklearn.svm import LinearSVC

from opcua_ml.domain.errors import InferenceFailed
from opcua_ml.runtime.loading.load import load
from opcua_ml.runtime.onnx.linear_graph import Best, Link, NotLinear, Scores, linear_results
from opcua_ml.runtime.package.golden import difference
from opcua_ml.runtime.packing.pack import pack
from tests.unit.runtime.data import plant

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from opcua_ml.domain.row import Row
    from opcua_ml.runtime.contract.model import LoadedModel
    from opcua_ml.runtime.package.package import Package

DATA = plant()
ESTIMATORS = {
    "three classes": (make_pipeline(StandardScaler(), LogisticRegression()), DATA.state),
    "two classes": (make_pipeline(StandardScaler(), LogisticRegression()), DATA.runs),
    "one score": (make_pipeline(StandardScaler(), SGDClassifier(loss="log_loss", random_state=0)), DATA.runs),
    "discriminants": (LinearDiscriminantAnalysis(), DATA.state),
    "decisions of one": (make_pipeline(StandardScaler(), LinearSVC()), DATA.runs),
    "decisions of three": (make_pipeline(StandardScaler(), LinearSVC()), DATA.state),
    "fills": (make_pipeline(SimpleImputer(), StandardScaler(), LogisticRegression()), DATA.state),
    "value": (make_pipeline(StandardScaler(), LinearRegression()), DATA.power),
    "scaled value": (make_pipeline(MinMaxScaler(), Ridge()), DATA.power),
    "projected value": (make_pipeline(StandardScaler(), PCA(2), LinearRegression()), DATA.power),
    "two values": (make_pipeline(StandardScaler(), LinearRegression()), DATA.pair),
}


def packed_estimator(name: str, path: Path) -> Package:
    """A package of it, with the ONNX graph alone."""
    estimator, target = ESTIMATORS[name]
    fitted = estimator.fit(DATA.x, target)
    return pack(fitted, DATA.x, target, name="linear", version="1.0.0", path=path, artifacts=("onnx",))


@pytest.mark.parametrize("name", ESTIMATORS)
def test_single_rows_are_onnxruntimes(name: str, tmp_path: Path) -> None:
    """Near the training data, far from it, and where scores are so great that exp has no number for them."""
    package = packed_estimator(name, tmp_path / "package")
    folded, plain = load(package), load(package, fold=False)
    assert "from the graph's weights" in folded.reason
    assert "from the graph's weights" not in plain.reason
    centre, random = DATA.x.mean(axis=0), np.random.default_rng(3)
    rows = [
        tuple(row)
        for spread in (1.0, 100.0, 1e6)
        for row in (centre + random.normal(size=(40, 4)) * DATA.x.std(axis=0) * spread).tolist()
    ]
    one = folded.one_row()

    met = difference(folded.signature, plain.predict(rows), [one(row) for row in rows])

    assert not met.discrete
    assert met.greatest < 1e-9


def test_what_is_missing_is_onnxruntimes_to_fill(tmp_path: Path) -> None:
    """The weights know no fills."""
    package = packed_estimator("fills", tmp_path / "package")
    row = (math.nan, 3.0, 1500.0, 60.0)
    assert load(package).one_row()(row) == load(package, fold=False).predict([row])[0]


def test_what_has_no_finite_answer_is_refused_alike(tmp_path: Path) -> None:
    """An endless input gives no number to tell."""
    package = packed_estimator("value", tmp_path / "package")
    with pytest.raises(InferenceFailed, match="not finite"):
        load(package).one_row()((math.inf, 3.0, 1500.0, 60.0))


@pytest.mark.parametrize("name", ["two classes", "three classes"])
@pytest.mark.parametrize("first", [math.inf, -math.inf, 1.7e308, -1.7e308])
def test_what_overflows_is_onnxruntimes_to_answer(name: str, first: float, tmp_path: Path) -> None:
    """A score without an end would make a probability of exactly 1, which nobody computed."""
    package = packed_estimator(name, tmp_path / "package")
    row = (first, first, 1500.0, 60.0)
    assert answer(load(package), row) == answer(load(package, fold=False), row)


def answer(model: LoadedModel, row: Row) -> Row | None:
    """To this row, alone; None where the model has none."""
    try:
        return model.one_row()(row)
    except InferenceFailed:
        return None


def test_many_rows_go_through_onnxruntime(tmp_path: Path) -> None:
    """It is quicker for them."""
    package = packed_estimator("two classes", tmp_path / "package")
    rows = [tuple(row) for row in DATA.x.tolist()]
    assert load(package).predict(rows) == load(package, fold=False).predict(rows)


def test_what_is_not_linear_stays_as_it_is(tmp_path: Path) -> None:
    """Powers of inputs are no sums of them."""
    fitted = make_pipeline(PolynomialFeatures(2), Ridge()).fit(DATA.x, DATA.power)
    package = pack(fitted, DATA.x, DATA.power, name="curve", version="1.0.0", path=tmp_path / "package")
    assert "from the graph's weights" not in load(package).reason


def graph(nodes: Sequence[Any], constants: dict[str, Any], element: int = TensorProto.DOUBLE) -> Any:
    """A model that takes `x`, two doubles per row, and gives `y`."""
    given = helper.make_tensor_value_info("x", element, [None, 2])
    made = helper.make_tensor_value_info("y", element, [None, None])
    arrays = [numpy_helper.from_array(np.array(value), name) for name, value in constants.items()]
    return helper.make_model(helper.make_graph(list(nodes), "g", [given], [made], arrays))


node = helper.make_node
NOT_LINEAR: dict[str, tuple[list[Any], dict[str, Any]]] = {
    "a product of inputs": ([node("Mul", ["x", "x"], ["y"])], {}),
    "one divided by inputs": ([node("Div", ["one", "x"], ["y"])], {"one": 1.0}),
    "a constant less inputs": ([node("Sub", ["one", "x"], ["y"])], {"one": 1.0}),
    "a size": ([node("Abs", ["x"], ["y"])], {}),
    "the best row": ([node("ArgMax", ["x"], ["y"], axis=0)], {}),
    "the last best": ([node("ArgMax", ["x"], ["y"], axis=1, select_last_index=1)], {}),
    "softmax of rows": ([node("Softmax", ["x"], ["y"], axis=0)], {}),
    "softmax twice": ([node("Softmax", ["x"], ["z"]), node("Softmax", ["z"], ["y"])], {}),
    "another sum": (
        [
            node("Sigmoid", ["x"], ["a"]),
            node("Mul", ["x", "two"], ["b"]),
            node("Sigmoid", ["b"], ["c"]),
            node("ReduceSum", ["c", "axis"], ["d"]),
            node("Div", ["a", "d"], ["y"]),
        ],
        {"two": 2.0, "axis": [1]},
    ),
    "the sum of shifted shares": (
        [
            node("Sigmoid", ["x"], ["a"]),
            node("Add", ["x", "two"], ["b"]),
            node("Sigmoid", ["b"], ["c"]),
            node("ReduceSum", ["c", "axis"], ["d"]),
            node("Div", ["a", "d"], ["y"]),
        ],
        {"two": 2.0, "axis": [1]},
    ),
    "a fill where a shifted one is missing": (
        [
            node("Add", ["x", "two"], ["z"]),
            node("IsNaN", ["z"], ["m"]),
            node("Where", ["m", "f", "x"], ["y"]),
        ],
        {"two": 2.0, "f": [1.0, 2.0]},
    ),
    "a fill where another is missing": (
        [
            node("Mul", ["x", "two"], ["z"]),
            node("IsNaN", ["z"], ["m"]),
            node("Where", ["m", "f", "x"], ["y"]),
        ],
        {"two": 2.0, "f": [1.0, 2.0]},
    ),
    "single precision": ([node("Cast", ["x"], ["y"], to=TensorProto.FLOAT)], {}),
    "constants of single precision": ([node("Add", ["x", "c"], ["y"])], {"c": np.array([1, 2], np.float32)}),
    "a row turned on its side": ([node("Gemm", ["x", "w"], ["y"], transA=1)], {"w": np.eye(2)}),
    "a column of the row": (
        [node("ArrayFeatureExtractor", ["x", "place"], ["y"], domain="ai.onnx.ml")],
        {"place": [1]},
    ),
    "an unknown name": ([node("Add", ["x", "nowhere"], ["y"])], {}),
    "an unknown operator": ([node("Tanh", ["x"], ["y"])], {}),
}


@pytest.mark.parametrize("name", NOT_LINEAR)
def test_other_graphs_are_not_taken_for_linear(name: str) -> None:
    """Each differs from a linear one in one thing."""
    with pytest.raises(NotLinear):
        linear_results(graph(*NOT_LINEAR[name]), 2)


def test_a_label_of_shifted_scores_is_not_of_the_probabilities_scores() -> None:
    """A moved threshold: the same weights, another intercept."""
    nodes = [
        node("Softmax", ["x"], ["y"], axis=1),
        node("Add", ["x", "shift"], ["t"]),
        node("ArgMax", ["t"], ["label"], axis=1),
    ]
    made = graph(nodes, {"shift": [0.0, 3.0]})
    made.graph.output.append(helper.make_tensor_value_info("label", TensorProto.INT64, [None]))
    found = linear_results(made, 2)
    label, probabilities = found["label"], found["y"]
    assert isinstance(label, Best)
    assert isinstance(probabilities, Scores)
    assert not probabilities.same_scores(label.of)
    assert probabilities.same_scores(probabilities.linked(Link.IDENTITY))


def test_single_precision_is_left_to_onnxruntime() -> None:
    """Doubles in its place would be other numbers."""
    with pytest.raises(NotLinear):
        linear_results(graph([node("Identity", ["x"], ["y"])], {}, TensorProto.FLOAT), 2)
