"""What computes a row: ONNX, treelite and scikit-learn itself, for each family of models; no server."""

from __future__ import annotations

import time
import warnings
from functools import partial
from statistics import median
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.ensemble import (
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    IsolationForest,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPRegressor
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from threadpoolctl import threadpool_limits

from benchmarks.figures import compare, in_turn
from opcua_ml.runtime.contract.trust import Trust
from opcua_ml.runtime.loading.load import load
from opcua_ml.runtime.packing.pack import pack

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from benchmarks.bench import Bench
    from opcua_ml.domain.row import Row
    from opcua_ml.runtime.contract.model import LoadedModel

CASE = "inference"
MANY = 100
_CALLS = {1: 30, MANY: 5}
_INPUTS = 8
_FORMATS = ("onnx", "skops")
_TREES = ("onnx", "treelite", "skops")


def run(bench: Bench) -> None:
    """Each family packed, loaded from each of its artifacts, and asked in turn; on one thread, as served."""
    with threadpool_limits(1):
        _run(bench)


def _run(bench: Bench) -> None:
    for family, (estimator, target) in _families().items():
        models = _loaded(bench, family, estimator, target)
        theirs = models.pop("skops")
        for count in (1, MANY):
            turns = {name: partial(_turn, model, count) for name, model in models.items()}
            series = in_turn({**turns, "skops": partial(_turn, theirs, count)}, bench.few * 3)
            title = (CASE, f"{family}, {count} row{'s' if count > 1 else ''}, µs: ")
            for name in models:
                what = title[1] + name
                bench.rows.append(compare((CASE, what), series[name], "scikit-learn", series["skops"]))


def _families() -> dict[str, tuple[Any, str]]:
    by_category = HistGradientBoostingRegressor(categorical_features=[_INPUTS - 1])
    return {
        "scaled logistic regression": (make_pipeline(StandardScaler(), LogisticRegression()), "state"),
        "support vectors": (make_pipeline(StandardScaler(), SVC()), "state"),
        "neural network": (
            make_pipeline(
                StandardScaler(), MLPRegressor(hidden_layer_sizes=(64, 64), max_iter=50, random_state=0)
            ),
            "value",
        ),
        "random forest": (RandomForestClassifier(random_state=0), "state"),
        "random forest regression": (RandomForestRegressor(random_state=0), "value"),
        "gradient boosting": (GradientBoostingClassifier(random_state=0), "state"),
        "histogram boosting": (HistGradientBoostingClassifier(), "state"),
        "histogram boosting by categories": (by_category, "value"),
        "isolation forest": (IsolationForest(random_state=0), ""),
    }


def _loaded(bench: Bench, family: str, estimator: Any, target: str) -> dict[str, LoadedModel]:
    """By format; a format that the family does not have is noted."""
    random = np.random.default_rng(0)
    data = random.normal(size=(1000, _INPUTS))
    data[:, -1] = random.integers(0, 6, len(data))
    value = data[:, 0] * data[:, 1] + data[:, 2] + (data[:, -1] == 3)
    wanted = {"state": np.digitize(value, [0.0]), "value": value}.get(target)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a few iterations are enough here
        estimator.fit(data, wanted)
    path = bench.folder / family.replace(" ", "_")
    formats = _FORMATS if isinstance(estimator, Pipeline) else _TREES
    package = pack(estimator, data, wanted, name="m", version="1.0.0", path=path, artifacts=formats)
    trust = Trust(frozenset({package.content_hash}))
    names = [item.format for item in package.manifest.artifacts]
    for note in package.manifest.notes:
        bench.note(f"{family}: {note}")
    return {name: load(package, trust=trust, prefer=(name,)) for name in names}


def _turn(model: LoadedModel, count: int) -> float:
    """Median of some calls, µs."""
    rows = (model.golden.inputs * MANY)[:count]
    call = _one(model, rows) if count == 1 else partial(model.predict, rows)
    taken = []
    for _ in range(_CALLS[count]):
        began = time.perf_counter()
        call()
        taken.append(time.perf_counter() - began)
    return median(taken) * 1e6


def _one(model: LoadedModel, rows: Sequence[Row]) -> Callable[[], Row]:
    return partial(model.one_row(), rows[0])
