"""What `pack` infers, and what it lets the caller say."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from sklearn.cluster import DBSCAN
from sklearn.ensemble import IsolationForest
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.mixture import GaussianMixture
from sklearn.neighbors import KernelDensity
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from opcua_ml.domain.errors import PackageError
from opcua_ml.domain.signature import DataType, Range, Window, WindowStatistic
from opcua_ml.runtime.contract.trust import Trust
from opcua_ml.runtime.loading.load import load
from opcua_ml.runtime.packing.pack import pack
from tests.unit.runtime.data import COLUMNS, plant

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from opcua_ml.runtime.package.package import Package

    Pack = Callable[..., Package]

DATA = plant()


@pytest.fixture
def make(tmp_path: Path) -> Pack:
    """`pack` with what every call needs."""
    return partial(pack, name="m", version="1.0.0", path=tmp_path / "m", artifacts=["skops"])


def regression(columns: int = 4) -> Any:
    """Fitted on an array."""
    return LinearRegression().fit(DATA.x[:, :columns], DATA.power)


# Details


def test_details_and_languages_are_kept_in_the_manifest(make: Pack) -> None:
    """Of the model, its inputs and its outputs; the manifest is read back as it was written."""
    package = make(
        make_pipeline(StandardScaler(), LogisticRegression()).fit(DATA.x, DATA.state),
        DATA.x,
        DATA.state,
        description={"en": "Tells the state.", "de": "Nennt den Zustand."},
        display_name={"de": "Zustand"},
        details={
            "x0": {"display_name": "Flow", "value_precision": 1, "instrument_range": [0, 9]},
            "label": {"category_names": {"de": [f"Zustand {place}" for place in range(3)]}},
        },
    )
    card = package.card
    assert (card.description, card.display_name) == ("Tells the state.", "m")
    assert card.description.translations == {"de": "Nennt den Zustand."}  # type: ignore[attr-defined]
    assert card.display_name.translations == {"de": "Zustand"}  # type: ignore[attr-defined]
    flow, label = card.signature.inputs[0].details, card.signature.outputs[0]
    assert (flow.display_name, flow.value_precision, flow.instrument_range) == ("Flow", 1.0, Range(0.0, 9.0))
    assert label.details.category_names == label.categories
    names = [one.translations for one in label.details.category_names]  # type: ignore[attr-defined]
    assert names == [{"de": f"Zustand {place}"} for place in range(3)]


def test_details_that_do_not_fit_are_told(make: Pack) -> None:
    """With the place and what is wrong; nothing is written."""
    for details, told in (
        ({"label": {"category_names": {"de": ["eins"]}}}, "1 category_names in de for 3 categories"),
        ({"x0": {"display_name": {"german": "Fluss"}}}, "wanted a language, such as de or de-AT"),
        ({"x0": {"colour": "blue"}}, "unknown key"),
    ):
        with pytest.raises(PackageError, match=told):
            make(
                make_pipeline(StandardScaler(), LogisticRegression()).fit(DATA.x, DATA.state),
                DATA.x,
                DATA.state,
                details=details,
            )


# Inputs


def test_an_array_has_columns_without_names(make: Pack) -> None:
    """Of Doubles, with what training saw of them."""
    signature = make(regression(), DATA.x, DATA.power).signature
    assert signature.names == ("x0", "x1", "x2", "x3")
    first = signature.inputs[0]
    assert first.data_type is DataType.DOUBLE
    assert first.statistics is not None
    assert first.statistics.count == 200
    assert first.statistics.mean == pytest.approx(DATA.x[:, 0].mean())
    assert first.statistics.standard_deviation == pytest.approx(DATA.x[:, 0].std())
    assert first.statistics.quantiles[2] == pytest.approx(np.median(DATA.x[:, 0]))


def test_an_arrays_columns_can_be_named(make: Pack) -> None:
    """In their order."""
    assert make(regression(), DATA.x, DATA.power, names=COLUMNS).signature.names == COLUMNS


@pytest.mark.parametrize(
    ("dtype", "data_type"),
    [
        (np.float32, "Float"),
        (np.int16, "Int16"),
        (np.uint8, "Byte"),
        (np.bool_, "Boolean"),
        (np.int64, "Int64"),
    ],
)
def test_an_arrays_dtype_tells_the_data_type(make: Pack, dtype: Any, data_type: str) -> None:
    """And rows of that type are answered as the array's rows were."""
    x = (np.abs(DATA.x) % 2).astype(dtype)
    estimator = Ridge().fit(x, DATA.power)
    package = make(estimator, x, DATA.power)
    assert {item.data_type.value for item in package.signature.inputs} == {data_type}
    row = tuple(x[0].tolist())
    assert load(package).predict([row])[0][0] == pytest.approx(estimator.predict(x[:1])[0])


def test_a_list_of_lists_will_do(make: Pack) -> None:
    """For small scripts."""
    assert len(make(regression(), DATA.x.tolist(), DATA.power.tolist()).signature.inputs) == 4


def test_what_the_caller_says_stands_in_the_signature(make: Pack) -> None:
    """Units, ranges, descriptions and data types, for inputs and outputs."""
    signature = make(
        regression(),
        DATA.x,
        DATA.power,
        names=COLUMNS,
        units={"flow": "MQH", "load": "KWT"},
        ranges={"flow": (0, 200), "load": Range(-50, 50)},
        descriptions={"flow": "Flow delivered", "load": "Electrical power"},
        data_types={"flow": "Float"},
        output_names=["load"],
    ).signature
    flow, load_ = signature.inputs[0], signature.outputs[0]
    assert (flow.unit, flow.range, flow.description) == ("MQH", Range(0, 200), "Flow delivered")
    assert flow.data_type is DataType.FLOAT
    assert (load_.name, load_.unit, load_.range) == ("load", "KWT", Range(-50, 50))
    assert load_.description == "Electrical power"


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"units": {"flwo": "MQH"}}, "units: no input or output of this name; found flwo; wanted one of x0"),
        ({"units": {"x0": "m3/h"}}, r"inputs\[0\]\.unit|unit: not allowed; found 'm3/h'"),
        ({"ranges": {"x0": (5, 1)}}, "low end is not less"),
        ({"data_types": {"x0": "REAL"}}, "data_types: x0: no such data type; found REAL; wanted Boolean"),
        ({"data_types": {"x0": "Int16"}}, "a value of the training data is not of the declared type"),
        ({"data_types": {"x0": "String"}}, "the data are of another kind; found Double; wanted String"),
        ({"names": ["a", "b"]}, "names: not one name for each column; found 2; wanted 4"),
        ({"names": ["a", "a", "b", "c"]}, "two columns of one name"),
        ({"task": "guessing"}, "task: no such task; found guessing; wanted classification"),
        ({"output_names": ["a", "b"]}, "not one name for each output; found 2; wanted 1"),
        ({"windows": {"x0": 3}}, r"windows: x0: columns of the window are missing; found x0\[t-2\]"),
        ({"artifacts": "onnx"}, "no list of artifacts"),
        ({"artifacts": ["pmml"]}, "no such artifact; found pmml"),
        ({"name": "pump 1"}, "name: not allowed; found 'pump 1'"),
        ({"version": "one"}, "version: not allowed; found 'one'"),
        ({"metrics": {"f1": float("nan")}}, "metrics"),
    ],
)
def test_what_can_not_be_said_is_refused(
    make: Pack, tmp_path: Path, said: dict[str, Any], sentence: str
) -> None:
    """In one sentence, and nothing is left on disk."""
    with pytest.raises(PackageError, match=sentence):
        make(regression(), DATA.x, DATA.power, **said)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("x", "sentence"),
    [
        (DATA.x[:, :3], "another number of columns; found 3; wanted 4"),
        (DATA.x[0], "not a table; found 1 dimensions"),
        (DATA.x[:0], "no rows"),
        ([[1, 2], [3]], "not a table"),
        (DATA.x.astype(complex), "of no one type that OPC UA has; found complex"),
    ],
)
def test_data_that_are_not_the_estimators_are_refused(make: Pack, x: Any, sentence: str) -> None:
    """Before anything is made of them."""
    with pytest.raises(PackageError, match=sentence):
        make(regression(), x, None)


def test_targets_of_another_length_are_refused(make: Pack) -> None:
    """They would belong to other rows."""
    with pytest.raises(PackageError, match="y: not one target for each row; found 3; wanted 200"):
        make(regression(), DATA.x, DATA.power[:3])


# Estimators


@pytest.mark.parametrize(
    ("estimator", "sentence"),
    [
        (object(), "not an estimator"),
        (LinearRegression(), "predict fails on the data; found .*not fitted"),
        (StandardScaler().fit(DATA.x), "does not tell what it is for; found StandardScaler"),
        (DBSCAN().fit(DATA.x), "has no method predict"),
        (KernelDensity().fit(DATA.x), "does not tell what it is for"),
    ],
)
def test_an_estimator_that_can_not_serve_is_refused(make: Pack, estimator: Any, sentence: str) -> None:
    """With what is missing."""
    with pytest.raises(PackageError, match=sentence):
        make(estimator, DATA.x)


# Tasks


def test_a_detectors_threshold_is_its_own_or_the_callers(make: Pack, tmp_path: Path) -> None:
    """The score's sign is turned, so that greater is stranger."""
    forest = IsolationForest(n_estimators=10, contamination=0.1, random_state=0).fit(DATA.x)
    own = make(forest, DATA.x)
    trust = Trust(frozenset({own.content_hash}))
    rows = [tuple(row) for row in DATA.x.tolist()]
    answers = load(own, trust=trust).predict(rows)
    assert [score for score, _ in answers] == pytest.approx((-forest.decision_function(DATA.x)).tolist())
    assert [anomaly for _, anomaly in answers] == (forest.predict(DATA.x) == -1).tolist()
    stricter = make(forest, DATA.x, threshold=0.05, path=tmp_path / "stricter")
    trust = Trust(frozenset({stricter.content_hash}))
    found = load(stricter, trust=trust).predict(rows)
    assert [anomaly for _, anomaly in found] == (-forest.decision_function(DATA.x) > 0.05).tolist()
    assert "over 0.05" in stricter.signature.outputs[1].description


def test_a_density_wants_a_threshold(make: Pack) -> None:
    """It has scores, but no opinion from where on they are anomalies."""
    density = GaussianMixture(2, random_state=0).fit(DATA.x)
    with pytest.raises(PackageError, match="does not tell from where on they are anomalies"):
        make(density, DATA.x, task="anomaly detection")
    package = make(density, DATA.x, task="anomaly detection", threshold=20.0)
    found = [score for score, _ in load(package).predict([tuple(DATA.x[0].tolist())])]
    assert found == pytest.approx((-density.score_samples(DATA.x[:1])).tolist())


def test_a_classifier_may_detect_anomalies(make: Pack) -> None:
    """Its second class is the anomaly, its probability the score."""
    strange = DATA.x[:, 0] > 60
    classifier = make_pipeline(StandardScaler(), LogisticRegression()).fit(DATA.x, strange)
    package = make(classifier, DATA.x, strange, task="anomaly detection", artifacts=("onnx", "skops"))
    answers = load(package).predict([tuple(row) for row in DATA.x.tolist()])
    assert [score for score, _ in answers] == pytest.approx(classifier.predict_proba(DATA.x)[:, 1].tolist())
    assert [anomaly for _, anomaly in answers] == classifier.predict(DATA.x).tolist()


def test_a_forecast_is_an_array_of_its_horizon(make: Pack) -> None:
    """The nearest step first; with two targets there are two of them."""
    steps = np.stack([DATA.power + n for n in range(6)], axis=1)
    estimator = LinearRegression().fit(DATA.x, steps)
    package = make(estimator, DATA.x, task="forecast", horizon=3, output_names=["a", "b"])
    assert package.manifest.horizon == 3
    assert [(output.name, output.length) for output in package.signature.outputs] == [("a", 3), ("b", 3)]
    ((first, second),) = load(package).predict([tuple(DATA.x[0].tolist())])
    assert [*first, *second] == pytest.approx(estimator.predict(DATA.x[:1])[0].tolist())  # type: ignore[misc]


def test_classes_have_the_names_that_the_caller_gives(make: Pack, tmp_path: Path) -> None:
    """By class or in order."""
    coded = (DATA.x[:, 0] > 60).astype(int)
    classifier = make_pipeline(StandardScaler(), LogisticRegression()).fit(DATA.x, coded)
    by_class = make(classifier, DATA.x, coded, class_names={0: "normal", 1: "blocked"})
    in_order = make(classifier, DATA.x, coded, class_names=["normal", "blocked"], path=tmp_path / "other")
    assert by_class.signature.outputs == in_order.signature.outputs
    assert by_class.signature.outputs[0].categories == ("normal", "blocked")
    with pytest.raises(PackageError, match="not one name for each class; found 1; wanted 2"):
        make(classifier, DATA.x, coded, class_names=["normal"], path=tmp_path / "third")


def test_outputs_can_be_renamed_one_by_one(make: Pack) -> None:
    """By their default names."""
    classifier = make_pipeline(StandardScaler(), LogisticRegression()).fit(DATA.x, DATA.state)
    package = make(classifier, DATA.x, DATA.state, output_names={"label": "fault"})
    assert [output.name for output in package.signature.outputs] == ["fault", "probabilities", "confidence"]


# Windows


def windowed() -> Any:
    """Flow now and two steps back, and pressure now, by time as such tables are made."""
    return np.c_[DATA.x[:-2, 0], DATA.x[1:-1, 0], DATA.x[2:, 0], DATA.x[2:, 1]]


def test_a_window_is_one_input_with_several_columns(make: Pack) -> None:
    """Its oldest value first, as the service keeps it."""
    x, y = windowed(), DATA.power[2:]
    estimator = LinearRegression().fit(x, y)
    package = make(estimator, x, y, names=["flow", "pressure"], windows={"flow": (3, 0.5)})
    flow, pressure = package.signature.inputs
    assert flow.window == Window(3, 0.5)
    assert pressure.window is None
    found = load(package).predict([((x[0, 0], x[0, 1], x[0, 2]), x[0, 3])])
    assert found[0][0] == pytest.approx(estimator.predict(x[:1])[0])


def test_a_windows_columns_may_stand_anywhere(make: Pack) -> None:
    """Their names tell which step they are."""
    x, y = windowed()[:, [3, 2, 0, 1]], DATA.power[2:]
    estimator = LinearRegression().fit(x, y)
    names = ["pressure", "flow[t]", "flow[t-2]", "flow[t-1]"]
    package = make(estimator, x, y, names=names, windows={"flow": 3}, artifacts=("onnx", "skops"))
    assert package.signature.names == ("pressure", "flow")
    row = (x[0, 0], (x[0, 2], x[0, 3], x[0, 1]))
    for artifact in ("onnx", "skops"):
        found = load(package, prefer=(artifact,)).predict([row])
        assert found[0][0] == pytest.approx(estimator.predict(x[:1])[0])


def test_a_window_reduced_to_a_number_is_a_number(make: Pack) -> None:
    """The service computes it; the model takes one value."""
    mean = Window(60, 1.0, WindowStatistic.MEAN)
    package = make(regression(), DATA.x, DATA.power, names=COLUMNS, windows={"flow": mean})
    assert package.signature.inputs[0].window == mean
    assert not package.signature.inputs[0].is_array


# Golden rows


def test_golden_rows_hold_every_label_and_the_extremes(make: Pack) -> None:
    """Few rows that show much."""
    classifier = make_pipeline(StandardScaler(), LogisticRegression()).fit(DATA.x, DATA.state)
    golden = make(classifier, DATA.x, DATA.state, golden_rows=12).golden
    assert len(golden.inputs) <= 12
    assert {outputs[0] for outputs in golden.outputs} == {0, 1, 2}
    flows = [row[0] for row in golden.inputs]
    assert DATA.x[:, 0].max() in flows or DATA.x[:, 0].min() in flows


def test_golden_rows_may_be_given(make: Pack) -> None:
    """Rows that matter to somebody."""
    golden = make(regression(), DATA.x, DATA.power, golden_rows=DATA.x[5:8]).golden
    assert [list(row) for row in golden.inputs] == DATA.x[5:8].tolist()


def test_packing_twice_makes_the_same_manifest_but_for_skops(make: Pack, tmp_path: Path) -> None:
    """No time of day, no order of a set: a package can be reproduced."""
    first = make(regression(), DATA.x, DATA.power, artifacts=["onnx"])
    second = make(regression(), DATA.x, DATA.power, artifacts=["onnx"], path=tmp_path / "again.zip")
    assert first.content_hash == second.content_hash


def test_other_training_data_have_another_hash(make: Pack, tmp_path: Path) -> None:
    """By one value, in the inputs or in the targets."""
    estimator, changed = regression(), DATA.power.copy()
    changed[0] += 1
    hashes = {
        make(estimator, x, y, path=tmp_path / str(place)).card.training_data_hash
        for place, (x, y) in enumerate([(DATA.x, DATA.power), (DATA.x, changed), (DATA.x + 1, DATA.power)])
    }
    assert len(hashes) == 3
