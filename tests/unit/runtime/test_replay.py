"""Recorded predictions, replayed."""

from __future__ import annotations

import csv
import math
from typing import TYPE_CHECKING

import pytest

from opcua_ml.domain.errors import PackageError
from opcua_ml.domain.signature import DataType, Input, Output, OutputRole, Signature, Window
from opcua_ml.runtime.recorded import cells, exported_cell, header, recorded_rows
from opcua_ml.runtime.replay import replayed

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from opcua_ml.domain.row import Row

SIGNATURE = Signature(
    (
        Input("x"),
        Input("trace", window=Window(2)),
        Input("grade", DataType.STRING),
        Input("n", DataType.INT32),
    ),
    (
        Output("x"),
        Output("class", OutputRole.LABEL, DataType.INT32, categories=("a", "b")),
        Output("p", OutputRole.PROBABILITIES, categories=("a", "b"), length=2),
    ),
)


class Thirds:
    """Gives numbers that no decimal fraction holds."""

    backend = "thirds"
    wrong = 0.0

    def predict(self, rows: Sequence[Row]) -> list[Row]:
        """A third of x, which class, and how sure."""
        made: list[Row] = []
        for x, _, grade, _ in rows:
            third = float(x) / 3  # type: ignore[arg-type]
            made.append((third + self.wrong, int(grade == "b"), (third, 1 - third)))
        return made


def recorded(folder: Path, rows: Sequence[Row], versions: Sequence[str]) -> Path:
    """What the service would have written."""
    path = folder / "recorded.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header(SIGNATURE))
        for row, version in zip(rows, versions, strict=True):
            (outputs,) = Thirds().predict([row])
            writer.writerow(["2026-01-01T12:00:00+00:00", version, "", *cells(row), *cells(outputs)])
    return path


ROWS: list[Row] = [
    (0.1 * n, (1.0 / 7, math.pi), ("b", 'a,"quoted"', "[spare] pump", "[1.0]")[n % 4], n) for n in range(20)
]


def test_every_bit_survives_a_recording(tmp_path: Path) -> None:
    """Numbers, windows, texts and integers; a name that inputs and outputs share is told apart."""
    path = recorded(tmp_path, ROWS, ["1.0.0"] * 20)
    assert [row.inputs for row in recorded_rows(path, SIGNATURE)] == ROWS
    found = replayed(Thirds(), SIGNATURE, recorded_rows(path, SIGNATURE))
    assert (found.rows, found.exact, found.is_reproduced) == (20, 20, True)


def exported(folder: Path, rows: Sequence[Row], quality: str = "Good") -> Path:
    """What `opcua-ml history export` writes, with a row that a client's write of an input made."""
    path = folder / "exported.csv"
    inputs = [f"Inputs.{item.name}" for item in SIGNATURE.inputs]
    outputs = [f"Outputs.{item.name}" for item in SIGNATURE.outputs]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["time", "quality", *outputs, "Outputs.p.a", *inputs])  # as they come
        for row in rows:
            (made,) = Thirds().predict([row])
            told = [*map(exported_cell, made), "0.5", *map(exported_cell, row)]
            writer.writerow(["2026-01-01T12:00:00+00:00", quality, *told])
        writer.writerow(["2026-01-01T12:00:01+00:00", "Good", "", "", "", "", "1.5", "", "", ""])
    return path


def test_every_bit_survives_an_export_of_history(tmp_path: Path) -> None:
    """Also texts that a spreadsheet would take for a formula, empty ones, and numbers that are none."""
    rows = [*ROWS, *((math.nan, (1.0, 2.0), text, -1) for text in ("", "=1+1", "'=1+1", "-flow", "-1"))]
    path = exported(tmp_path, rows)
    assert "\n=1" not in path.read_text(encoding="utf-8")
    found = [row.inputs for row in recorded_rows(path, SIGNATURE)]
    assert repr(found) == repr(rows)
    assert replayed(Thirds(), SIGNATURE, recorded_rows(path, SIGNATURE)).exact == len(rows)
    assert list(recorded_rows(exported(tmp_path, rows, "Uncertain"), SIGNATURE)) == []


def test_a_column_that_an_export_lacks_is_told(tmp_path: Path) -> None:
    """By the name that it would have."""
    path = tmp_path / "exported.csv"
    path.write_text("time,quality,Inputs.x,Inputs.trace,Inputs.grade,Inputs.n,Outputs.x\n", encoding="utf-8")
    with pytest.raises(PackageError, match=r"no Outputs\.class, Outputs\.p"):
        list(recorded_rows(path, SIGNATURE))


def test_a_difference_of_one_bit_is_found_and_a_tolerance_lets_it_pass(tmp_path: Path) -> None:
    """With line, output and both values."""
    path = recorded(tmp_path, ROWS, ["1.0.0"] * 20)
    model = Thirds()
    model.wrong = 1e-15
    found = replayed(model, SIGNATURE, recorded_rows(path, SIGNATURE))
    assert not found.is_reproduced
    assert found.different + found.exact == 20
    assert (found.differences[0].output, found.differences[0].line) == ("x", 2)
    assert replayed(model, SIGNATURE, recorded_rows(path, SIGNATURE), tolerance=1e-12).is_reproduced
    model.wrong = 1.0
    assert replayed(model, SIGNATURE, recorded_rows(path, SIGNATURE), tolerance=1e-12).different == 20


def test_rows_of_other_versions_and_those_that_are_not_good_are_left_out(tmp_path: Path) -> None:
    """What another version said proves nothing of this one; where nothing is left, nothing is proved."""
    path = recorded(tmp_path, ROWS, ["1.0.0", "2.0.0"] * 10)
    found = replayed(Thirds(), SIGNATURE, recorded_rows(path, SIGNATURE), version="2.0.0")
    assert (found.rows, found.other_versions, found.untold) == (10, 10, 0)
    unnamed = recorded(tmp_path, ROWS, ["", "2.0.0"] * 10)
    found = replayed(Thirds(), SIGNATURE, recorded_rows(unnamed, SIGNATURE), version="2.0.0")
    assert (found.rows, found.other_versions, found.untold) == (20, 0, 10)
    path = recorded(tmp_path, ROWS, ["1.0.0", "2.0.0"] * 10)
    nothing = replayed(Thirds(), SIGNATURE, recorded_rows(path, SIGNATURE), version="3.0.0")
    assert not nothing.is_reproduced
    text = path.read_text(encoding="utf-8").replace("1.0.0,,", "1.0.0,BadNoData,")
    path.write_text(text, encoding="utf-8")
    assert replayed(Thirds(), SIGNATURE, recorded_rows(path, SIGNATURE)).rows == 10


@pytest.mark.parametrize(
    ("broken", "words"), [("x,trace\n1,2\n", "columns are missing"), (None, "can't be read")]
)
def test_a_recording_that_is_none_is_told(tmp_path: Path, broken: str | None, words: str) -> None:
    """In one sentence with the file's name."""
    path = tmp_path / "recorded.csv"
    if broken is not None:
        path.write_text(broken, encoding="utf-8")
    with pytest.raises(PackageError, match=words):
        list(recorded_rows(path, SIGNATURE))
