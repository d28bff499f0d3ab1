"""What a careless caller says to `pack`, and what is answered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sklearn.linear_model import Ridge
from sklearn.tree import DecisionTreeClassifier

from opcua_ml.domain.errors import PackageError
from opcua_ml.runtime.packing.pack import pack
from tests.unit.runtime.data import COLUMNS, plant

if TYPE_CHECKING:
    from pathlib import Path


def refused(path: Path, model: Any, **arguments: Any) -> str:
    """The sentence of a refusal that leaves nothing on disk."""
    with pytest.raises(PackageError) as error:
        pack(model, plant().x, name="pump", version="1.0.0", path=path / "pump", **arguments)
    assert not (path / "pump").exists()
    return str(error.value)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"golden_rows": 0}, "golden_rows: too few golden rows"),
        ({"golden_rows": -1}, "golden_rows: too few golden rows"),
        ({"golden_rows": [[1.0, 2.0]]}, "another number of columns; found 2; wanted 4"),
        ({"tolerance": -1.0}, "tolerance: not a tolerance"),
        ({"tolerance": float("nan")}, "tolerance: not a tolerance"),
        ({"metrics": {"f1": "good"}}, "metrics: f1: not a number; found 'good'"),
        ({"ranges": {"x0": 3}}, "ranges: x0: not a range; found 3"),
        ({"ranges": {"x0": (0, "high")}}, "ranges: x0: not a range"),
    ],
)
def test_an_argument_that_cannot_be_is_named(arguments: dict[str, Any], told: str, tmp_path: Path) -> None:
    """In a sentence of this project, not in numpy's or pydantic's."""
    data = plant()
    assert told in refused(tmp_path, Ridge().fit(data.x, data.power), **arguments)


def test_golden_rows_of_another_width_are_told_where_columns_have_names(tmp_path: Path) -> None:
    """As an array that lacks a column of the DataFrame."""
    pandas = pytest.importorskip("pandas")
    data = plant()
    model = Ridge().fit(pandas.DataFrame(data.x, columns=list(COLUMNS)), data.power)
    assert "another number of columns; found 2" in refused(tmp_path, model, golden_rows=[[1.0, 2.0]])


def test_a_class_in_place_of_an_estimator_is_told(tmp_path: Path) -> None:
    """Parentheses are forgotten easily."""
    assert "found Ridge; wanted a fitted instance" in refused(tmp_path, Ridge)


@pytest.mark.parametrize(
    ("names", "told"),
    [
        ({"hihg": "too high"}, "no such class; found 'hihg'; wanted 'high', 'low', 'normal'"),
        ({"high": "other", "low": "other"}, "two classes of one name"),
        (["a", "a", "b"], "two classes of one name"),
    ],
)
def test_names_of_classes_fit_the_classes(names: Any, told: str, tmp_path: Path) -> None:
    """A name that no class gets would be lost, and one that two get could not be told apart."""
    data = plant()
    model = DecisionTreeClassifier(max_depth=2).fit(data.x, data.state)
    assert told in refused(tmp_path, model, class_names=names)
