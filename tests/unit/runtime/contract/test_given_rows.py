"""Rows that callers of Python give: what is wrong with them is told in a sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from opcua_ml.domain.errors import InferenceFailed
from opcua_ml.runtime.loading.load import load
from opcua_ml.runtime.packing.pack import pack
from tests.unit.runtime.data import plant

if TYPE_CHECKING:
    from pathlib import Path

    from opcua_ml.runtime.contract.model import LoadedModel
    from opcua_ml.runtime.package.package import Package

DATA = plant()
NAMES = ("a", "b", "c", "d")


@pytest.fixture(scope="module", params=["onnx", "skops"])
def model(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> LoadedModel:
    """Of four inputs."""
    estimator = LinearRegression().fit(DATA.x[:, :4], DATA.power)
    path = tmp_path_factory.mktemp("rows") / "m"
    kinds = [request.param]
    return load(
        pack(estimator, DATA.x[:, :4], name="m", version="1.0.0", path=path, names=NAMES, artifacts=kinds)
    )


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        ([(1.0, 2.0, 3.0)], "row 0: 3 values; wanted 4: a, b, c, d"),
        ([(1.0,) * 4, (1.0,) * 5], "row 1: 5 values; wanted 4: a, b, c, d"),
        ((1.0, 2.0, 3.0, 4.0), "row 0: no row; found a value of type float; wanted a list of rows"),
        ([{"a": 1.0}], "row 0: no row; found a value of type dict"),
        ([(1.0, "x", 3.0, 4.0)], "row 0: b: wrong type; found str 'x'; wanted Double"),
        ({"a": [1.0]}, "no list of rows; found a value of type dict; wanted a list of rows, each a tuple"),
        (np.ones(4), "no list of rows; found a value of type ndarray"),
        ("abcd", "no list of rows; found a value of type str"),
        (5, "no list of rows; found a value of type int"),
    ],
)
def test_what_is_wrong_is_told_in_a_sentence(model: LoadedModel, rows: Any, sentence: str) -> None:
    """Which row, what was found and what is wanted."""
    with pytest.raises(InferenceFailed) as refused:
        model.predict(rows)
    assert str(refused.value).startswith(sentence)


def test_a_data_frame_is_refused(model: LoadedModel) -> None:
    """Its columns may stand in another order."""
    pandas = pytest.importorskip("pandas")
    with pytest.raises(InferenceFailed, match="no list of rows; found a value of type DataFrame"):
        model.predict(pandas.DataFrame([(1.0, 2.0, 3.0, 4.0)], columns=NAMES))


def test_an_array_of_rows_will_do(model: LoadedModel) -> None:
    """And so do lists."""
    rows = [tuple(row) for row in DATA.x[:3, :4].tolist()]
    assert model.predict(DATA.x[:3, :4]) == model.predict(rows) == model.predict(list(map(list, rows)))  # type: ignore[arg-type]


def test_an_unknown_category_is_told_with_those_that_there_are(tmp_path: Path) -> None:
    """By the estimator that fails on it."""
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"grade": ["low", "high"] * 20})
    estimator = make_pipeline(OneHotEncoder(), LinearRegression()).fit(frame, range(40))
    package = pack(estimator, frame, name="m", version="1.0.0", path=tmp_path / "m", artifacts=["skops"])
    with pytest.raises(
        InferenceFailed, match=r"^row 0: grade: value not allowed; found 'mid'; wanted one of"
    ):
        load(package).predict([("mid",)])


def test_a_package_is_shown_in_a_line(packed: Package) -> None:
    """In a debugger and in a notebook."""
    assert repr(packed) == f"<Package pump 1.2.0 in {packed.path}>"
