"""Metrics against scikit-learn's, and what an interval says of two models."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np
import pytest
from sklearn import metrics

from opcua_ml.domain.errors import HashMismatch, PackageError
from opcua_ml.domain.signature import DataType, Input, Output, OutputRole, Signature, Task
from opcua_ml.runtime.evaluation import compared, pinned_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from opcua_ml.domain.row import Row
    from opcua_ml.runtime.evaluation import PinnedRows

RANDOM = np.random.default_rng(3)
X = RANDOM.normal(size=200)
CLASSES = np.array(["low", "mid", "high"])[np.digitize(X, (-0.5, 0.5))].tolist()
LABELS = Signature(
    (Input("x"),),
    (
        Output("class", OutputRole.LABEL, DataType.INT32, categories=("low", "mid", "high")),
        Output("p", OutputRole.PROBABILITIES, categories=("low", "mid", "high"), length=3),
    ),
)
NUMBERS = Signature((Input("x"),), (Output("y"),))


def pinned(folder: Path, target: Sequence[object], signature: Signature, name: str = "target") -> PinnedRows:
    """Rows of x with what is right."""
    path = folder / "pinned.csv"
    lines = [f"x,{name}", *(f"{float(x)!r},{right}" for x, right in zip(X, target, strict=True))]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return pinned_rows(path, hashlib.sha256(path.read_bytes()).hexdigest(), signature)


def classifier(shift: float) -> Callable[[Sequence[Row]], list[Row]]:
    """Cuts at other places; its probabilities follow."""

    def predict(rows: Sequence[Row]) -> list[Row]:
        made: list[Row] = []
        for row in rows:
            x = float(row[0]) + shift  # type: ignore[arg-type]
            scores = np.exp([-x, 0.3, x])
            made.append(
                (int(np.digitize(x, (-0.5, 0.5))), tuple(float(one) for one in scores / scores.sum()))
            )
        return made

    return predict


@pytest.mark.parametrize("metric", ["accuracy", "f1", "auc"])
def test_metrics_of_classes_are_scikit_learn_s(tmp_path: Path, metric: str) -> None:
    """Macro averages; areas of one class against the rest."""
    rows = pinned(tmp_path, CLASSES, LABELS)
    active, candidate = classifier(0.4), classifier(0.1)
    found = compared(rows, Task.CLASSIFICATION, LABELS, candidate, active, metric=metric)
    right = np.array([("low", "mid", "high").index(one) for one in CLASSES])
    answers = candidate(rows.inputs)
    labels, p = [row[0] for row in answers], np.array([row[1] for row in answers])
    wanted = {
        "accuracy": lambda: metrics.accuracy_score(right, labels),
        "f1": lambda: metrics.f1_score(right, labels, average="macro"),
        "auc": lambda: metrics.roc_auc_score(right, p, multi_class="ovr"),
    }[metric]()
    assert found.candidate == pytest.approx(wanted)


@pytest.mark.parametrize("metric", ["mae", "rmse", "r2"])
def test_metrics_of_numbers_are_scikit_learn_s(tmp_path: Path, metric: str) -> None:
    """Errors that are smaller are better."""
    rows = pinned(tmp_path, [repr(2 * float(x)) for x in X], NUMBERS, "y")

    def scaled(gain: float) -> Callable[[Sequence[Row]], list[Row]]:
        return lambda rows: [(gain * float(row[0]),) for row in rows]  # type: ignore[arg-type]

    found = compared(rows, Task.REGRESSION, NUMBERS, scaled(1.9), scaled(1.5), metric=metric)
    wanted = {
        "mae": metrics.mean_absolute_error,
        "rmse": metrics.root_mean_squared_error,
        "r2": metrics.r2_score,
    }[metric](2 * X, 1.9 * X)
    assert found.candidate == pytest.approx(wanted)
    assert 0 < found.low <= found.better <= found.high
    worse = compared(rows, Task.REGRESSION, NUMBERS, scaled(1.5), scaled(1.9), metric=metric)
    assert worse.low <= worse.better <= worse.high < 0


def test_a_model_is_no_better_than_itself(tmp_path: Path) -> None:
    """The same rows are drawn for both, so nothing is left to chance."""
    rows = pinned(tmp_path, CLASSES, LABELS)
    found = compared(rows, Task.CLASSIFICATION, LABELS, classifier(0.2), classifier(0.2))
    assert (found.metric, found.better, found.low, found.high) == ("f1", 0.0, 0.0, 0.0)


def test_other_data_than_the_pinned_are_refused(tmp_path: Path) -> None:
    """By their hash; and data without what is right, or without an input."""
    pinned(tmp_path, CLASSES, LABELS)
    with pytest.raises(HashMismatch, match="not the data that is pinned"):
        pinned_rows(tmp_path / "pinned.csv", "0" * 64, LABELS)
    rows = pinned(tmp_path, CLASSES, LABELS, "something")
    with pytest.raises(PackageError, match="no column tells what is right"):
        compared(rows, Task.CLASSIFICATION, LABELS, classifier(0.1), classifier(0.1))
    with pytest.raises(PackageError, match="inputs are missing"):
        pinned(tmp_path, CLASSES, Signature((Input("z"),), LABELS.outputs))
    with pytest.raises(PackageError, match="no output of which mae"):
        compared(
            pinned(tmp_path, CLASSES, LABELS),
            Task.CLASSIFICATION,
            LABELS,
            classifier(0.1),
            classifier(0.1),
            metric="mae",
        )


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"x,target\n1,2\n3\n", "line 3.*ragged"),
        (b"x,target\n1,2,3\n", "line 2.*ragged"),
        (b"x,target\n\xff,2\n", "UTF-8"),
        (b'x,target\n"1,2\n', "can't be read"),
        (b"x,x\n1,2\n", "twice"),
        (b"\n\n", "no rows"),
    ],
)
def test_pinned_data_that_is_no_table_is_refused_in_words(tmp_path: Path, data: bytes, words: str) -> None:
    """With the line, whatever is wrong with it."""
    path = tmp_path / "pinned.csv"
    path.write_bytes(data)
    with pytest.raises(PackageError, match=words):
        pinned_rows(path, hashlib.sha256(data).hexdigest(), NUMBERS)


def test_blank_lines_of_pinned_data_count_for_nothing(tmp_path: Path) -> None:
    """Editors leave one at the end."""
    data = b"x,target\n1,2\n\n3,4\n\n"
    path = tmp_path / "pinned.csv"
    path.write_bytes(data)
    assert pinned_rows(path, hashlib.sha256(data).hexdigest(), NUMBERS).inputs == ((1.0,), (3.0,))
