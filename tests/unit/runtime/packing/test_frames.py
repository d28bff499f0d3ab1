"""DataFrames: texts, categories, Booleans, integers, missing values."""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler

from opcua_ml.domain.errors import PackageError
from opcua_ml.domain.row import checked_row
from opcua_ml.domain.signature import DataType
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
    return partial(pack, name="m", version="1.0.0", path=tmp_path / "m", golden_rows=20)


def mixed() -> pd.DataFrame:
    """A column of each kind."""
    random = np.random.default_rng(3)
    frame = pd.DataFrame(DATA.x[:, :2], columns=["flow", "pressure"])
    frame["mode"] = random.choice(["auto", "hand", "off"], len(frame))
    frame["step"] = random.integers(0, 5, len(frame))
    frame["run"] = DATA.runs
    frame["grade"] = pd.Categorical(random.choice(["A", "B"], len(frame)), categories=["B", "A", "C"])
    return frame


def target(frame: pd.DataFrame) -> Any:
    """Depends on every kind of column."""
    score = (frame["flow"].fillna(50) > 50).astype(int) + (frame["mode"] == "hand") + frame["run"]
    return np.where(score + (frame["grade"] == "A") > 1, "bad", "good")


def preparation(unknown: str = "ignore") -> Any:
    """Scaled numbers, texts as dummies."""
    return make_column_transformer(
        (make_pipeline(SimpleImputer(), StandardScaler()), ["flow", "pressure", "step"]),
        (OneHotEncoder(handle_unknown=unknown), ["mode", "grade"]),
        remainder="passthrough",
    )


def rows_of(package: Package, frame: pd.DataFrame) -> list[Any]:
    """A frame's rows as the service would check them."""
    return [checked_row(package.signature, row) for row in frame.astype(object).to_numpy().tolist()]


def assert_answers(package: Package, estimator: Any, frame: pd.DataFrame) -> None:
    """All artifacts, on all rows and one by one."""
    rows = rows_of(package, frame)
    for artifact in package.manifest.artifacts:
        model = load(package, trust=Trust(frozenset({package.content_hash})), prefer=(artifact.format,))
        answers = model.predict(rows)
        wanted = estimator.predict_proba(frame)
        np.testing.assert_allclose(np.array([row[1] for row in answers]), wanted, atol=1e-5)
        assert model.predict(rows[:1])[0][0] == answers[0][0]


def test_a_frame_of_every_kind_is_packed_and_answered(make: Pack) -> None:
    """With types as the columns have them, by ONNX and by the estimator."""
    frame = mixed()
    estimator = make_pipeline(preparation(), LogisticRegression()).fit(frame, target(frame))
    package = make(estimator, frame, target(frame))
    assert [(item.name, item.data_type) for item in package.signature.inputs] == [
        ("flow", DataType.DOUBLE),
        ("pressure", DataType.DOUBLE),
        ("mode", DataType.STRING),
        ("step", DataType.INT64),
        ("run", DataType.BOOLEAN),
        ("grade", DataType.STRING),
    ]
    assert package.signature.input("grade").categories == ("B", "A", "C")
    assert package.manifest.notes == ()
    assert_answers(package, estimator, frame)


def test_columns_of_one_type_go_into_the_graph_as_one_matrix(make: Pack) -> None:
    """Feeding them one by one would take longer than computing."""
    frame = mixed()
    estimator = make_pipeline(preparation(), RandomForestClassifier(5, random_state=0)).fit(
        frame, target(frame)
    )
    artifact = make(estimator, frame, target(frame)).manifest.artifact("onnx")
    assert artifact is not None
    assert artifact.format == "onnx"
    assert {item.name: item.columns for item in artifact.inputs} == {
        "numbers": ("flow", "pressure", "step", "run"),
        "texts": ("mode", "grade"),
    }


def test_numbers_that_are_missing_may_be_missing(make: Pack) -> None:
    """NaN is taken where training had it, and refused where it had not."""
    frame = mixed()
    frame.loc[::9, "flow"] = np.nan
    estimator = make_pipeline(preparation(), LogisticRegression()).fit(frame, target(frame))
    package = make(estimator, frame, target(frame))
    flow, pressure = package.signature.inputs[:2]
    assert flow.allow_missing
    assert flow.statistics is not None
    assert flow.statistics.missing == frame["flow"].isna().sum()
    assert not pressure.allow_missing
    assert any(math.isnan(row[0]) for row in package.golden.inputs)  # type: ignore[arg-type]
    assert_answers(package, estimator, frame)


def test_texts_that_are_missing_are_sent_empty(make: Pack) -> None:
    """OPC UA has no NaN among texts."""
    frame = mixed()
    frame["mode"] = frame["mode"].astype(object)
    frame.loc[::7, "mode"] = None
    estimator = make_pipeline(preparation(), LogisticRegression()).fit(frame, target(frame))
    package = make(estimator, frame, target(frame), artifacts=["skops"])
    mode = package.signature.input("mode")
    assert mode.allow_missing
    sent = frame.assign(mode=frame["mode"].fillna(""))
    rows = rows_of(package, sent)
    model = load(package, trust=Trust(frozenset({package.content_hash})))
    found = np.array([row[1] for row in model.predict(rows)])
    np.testing.assert_allclose(found, estimator.predict_proba(frame))


@pytest.mark.parametrize(("unknown", "categories"), [("error", ("auto", "hand", "off")), ("ignore", ())])
def test_texts_are_categories_where_the_estimator_fails_on_others(
    make: Pack, unknown: str, categories: tuple[str, ...]
) -> None:
    """Clients are told what is allowed; an estimator that ignores strangers gets them."""
    frame = mixed()
    estimator = make_pipeline(preparation(unknown), LogisticRegression()).fit(frame, target(frame))
    package = make(estimator, frame, target(frame))
    assert package.signature.input("mode").categories == categories


def test_categories_of_a_frame_reach_boosting_as_categories(make: Pack) -> None:
    """Which scikit-learn takes by dtype, codes and all; skl2onnx does not, so the estimator serves."""
    frame = mixed()[["flow", "grade"]]
    estimator = HistGradientBoostingClassifier(max_iter=5, categorical_features="from_dtype")
    estimator.fit(frame, target(mixed()))
    package = make(estimator, frame, target(mixed()))
    assert [artifact.format for artifact in package.manifest.artifacts] == ["skops"]
    assert "the onnx artifact was left out" in package.manifest.notes[0]
    assert_answers(package, estimator, frame)


def test_integers_in_categories_stay_integers(make: Pack) -> None:
    """Modes of a PLC are numbers more often than texts."""
    frame = mixed()
    frame["mode"] = pd.Categorical(frame["mode"].map({"auto": 1, "hand": 2, "off": 7}))
    encoder = make_column_transformer((OrdinalEncoder(), ["mode"]), remainder="drop")
    estimator = make_pipeline(encoder, LogisticRegression()).fit(frame, target(mixed()))
    mode = make(estimator, frame, target(mixed()), artifacts=["skops"]).signature.input("mode")
    assert (mode.data_type, mode.categories) == (DataType.INT64, (1, 2, 7))


def test_columns_picked_by_type_are_found_again(make: Pack) -> None:
    """The rebuilt frame has the dtypes of the one that was fitted."""
    frame = mixed()
    picked = make_column_transformer(
        (StandardScaler(), make_column_selector(dtype_include="number")),
        (OneHotEncoder(), make_column_selector(dtype_include=["category"])),
    )
    estimator = make_pipeline(picked, LogisticRegression()).fit(frame, target(frame))
    assert_answers(make(estimator, frame, target(frame)), estimator, frame)


def test_names_come_from_the_frame_and_its_targets(make: Pack) -> None:
    """A Series' name becomes the output's."""
    frame = pd.DataFrame(DATA.x, columns=list(COLUMNS))
    package = make(LinearRegression().fit(frame, DATA.power), frame, pd.Series(DATA.power, name="load"))
    assert package.signature.names == COLUMNS
    assert [output.name for output in package.signature.outputs] == ["load"]
    pair = pd.DataFrame(DATA.pair, columns=["load", "loss"])
    signature = pack(
        LinearRegression().fit(frame, pair),
        frame,
        pair,
        name="m",
        version="1.0.0",
        path=package.path.parent / "p",
    ).signature
    assert [output.name for output in signature.outputs] == ["load", "loss"]


def test_a_frame_for_an_estimator_that_knows_no_names(make: Pack) -> None:
    """It was fitted on an array: the frame gives names to the inputs and nothing else."""
    frame = pd.DataFrame(DATA.x, columns=list(COLUMNS))
    package = make(LinearRegression().fit(DATA.x, DATA.power), frame, DATA.power)
    assert package.signature.names == COLUMNS
    assert package.manifest.features.container.value == "array"


def test_an_array_for_an_estimator_that_knows_names(make: Pack) -> None:
    """They become the inputs'."""
    frame = pd.DataFrame(DATA.x, columns=list(COLUMNS))
    assert make(LinearRegression().fit(frame, DATA.power), DATA.x).signature.names == COLUMNS


def test_further_columns_of_a_frame_are_left_out_and_others_put_in_order(make: Pack) -> None:
    """What counts is what the estimator was fitted on."""
    frame = pd.DataFrame(DATA.x, columns=list(COLUMNS))
    estimator = LinearRegression().fit(frame, DATA.power)
    shuffled = frame[list(reversed(COLUMNS))].assign(note="x")
    assert make(estimator, shuffled, DATA.power).signature.names == COLUMNS


def test_a_frame_without_a_column_of_the_estimator_is_refused(make: Pack) -> None:
    """With its name."""
    frame = pd.DataFrame(DATA.x, columns=list(COLUMNS))
    estimator = LinearRegression().fit(frame, DATA.power)
    with pytest.raises(
        PackageError, match="columns are missing that the estimator was fitted on; found speed"
    ):
        make(estimator, frame.drop(columns="speed"), DATA.power)


def test_a_column_of_dates_is_refused(make: Pack) -> None:
    """No data type of ours holds it without a loss."""
    frame = pd.DataFrame({"flow": DATA.x[:, 0], "at": pd.Timestamp("2026-11-21")})
    picked = make_column_transformer((StandardScaler(), ["flow"]))
    estimator = make_pipeline(picked, LinearRegression()).fit(frame, DATA.power)
    with pytest.raises(PackageError, match="X: at: the column's values are of no one type"):
        make(estimator, frame, DATA.power)
