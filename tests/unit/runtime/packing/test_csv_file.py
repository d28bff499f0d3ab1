"""Training data from CSV files: as they are written in many countries, with and without pandas."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest

from opcua_ml.domain.errors import PackageError
from opcua_ml.runtime.packing.csv_file import Dialect, read_csv

if TYPE_CHECKING:
    from pathlib import Path

TABLE = "Flow,Pressure,Count,state\n1.5,4,1,ok\n2.5,,2,blocked\n"


@pytest.fixture(params=["with pandas", "without pandas"])
def installation(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """An environment with the extra, and one without."""
    if request.param == "without pandas":
        monkeypatch.setitem(sys.modules, "pandas", None)
    return str(request.param)


@pytest.mark.usefixtures("installation")
def test_a_target_of_texts_is_read(tmp_path: Path) -> None:
    """Beside inputs of numbers, of which one is missing."""
    file = tmp_path / "t.csv"
    file.write_text(TABLE, encoding="utf-8")
    read = read_csv(file, inputs=["Flow", "Pressure"], targets=["state"])
    assert np.array_equal(np.asarray(read.inputs), [[1.5, 4.0], [2.5, np.nan]], equal_nan=True)
    assert list(read.target) == ["ok", "blocked"]
    assert read.names == ("Flow", "Pressure")


@pytest.mark.usefixtures("installation")
def test_whole_numbers_stay_whole(tmp_path: Path) -> None:
    """Classes that are numbers are those that the estimator was fitted with."""
    file = tmp_path / "t.csv"
    file.write_text(TABLE, encoding="utf-8")
    assert np.asarray(read_csv(file, inputs=["Flow"], targets=["Count"]).target).dtype.kind == "i"


@pytest.mark.usefixtures("installation")
@pytest.mark.parametrize("delimiter", ["", ";"])
@pytest.mark.parametrize("decimal", [",", ""])
def test_semicolons_and_decimal_commas_are_read(tmp_path: Path, delimiter: str, decimal: str) -> None:
    """The delimiter is told, or seen in the header; a byte order mark is no part of a name."""
    file = tmp_path / "t.csv"
    file.write_text("\ufeffFlow;Pressure\n1,5;4\n2,5;5\n", encoding="utf-8")
    read = read_csv(file, dialect=Dialect(delimiter, decimal))
    assert np.asarray(read.inputs).tolist() == [[1.5, 4.0], [2.5, 5.0]]
    assert read.names == ("Flow", "Pressure")


@pytest.mark.usefixtures("installation")
@pytest.mark.parametrize("text", ["", "\n1,2\n"])
def test_a_file_without_a_header_is_one_sentence(tmp_path: Path, text: str) -> None:
    """It tells what is wanted."""
    file = tmp_path / "t.csv"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(PackageError, match="no header: the first line is empty; wanted a CSV file with"):
        read_csv(file)


@pytest.mark.usefixtures("installation")
def test_a_missing_column_is_named(tmp_path: Path) -> None:
    """With those that there are."""
    file = tmp_path / "t.csv"
    file.write_text(TABLE, encoding="utf-8")
    with pytest.raises(PackageError, match="found Flow, Pressure, Count, state; wanted Flw"):
        read_csv(file, inputs=["Flw"])


def test_inputs_of_texts_name_the_extra_that_reads_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They would be an array of texts, which no pipeline for a table was fitted on."""
    monkeypatch.setitem(sys.modules, "pandas", None)
    file = tmp_path / "t.csv"
    file.write_text(TABLE, encoding="utf-8")
    with pytest.raises(PackageError, match=r"state: a column of texts needs pandas.*opcua-ml\[pandas\]"):
        read_csv(file)
    file.write_text(TABLE + "3.5,1\n", encoding="utf-8")
    with pytest.raises(PackageError, match="2 cells in line 4, under a header of 4"):
        read_csv(file, inputs=["Flow"])
