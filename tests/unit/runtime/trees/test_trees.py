"""Tree ensembles in treelite: they answer as scikit-learn does, and no file makes them do anything else."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sklearn.ensemble import (
    ExtraTreesRegressor,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    IsolationForest,
    RandomForestClassifier,
    RandomForestRegressor,
)

from opcua_ml.domain.errors import ArtifactCorrupted, HashMismatch, LibraryMismatch, PackageError
from opcua_ml.runtime.loading.load import load
from opcua_ml.runtime.packing.pack import pack
from opcua_ml.runtime.trees.checkpoint import check_checkpoint
from opcua_ml.runtime.trees.predictor import opened
from tests.unit.runtime.data import plant
from tests.unit.runtime.tampering import Tampered
from tests.unit.runtime.test_every_estimator import assert_as_estimator

if TYPE_CHECKING:
    from pathlib import Path

SMALL = {"n_estimators": 5, "random_state": 0}
CASES: dict[str, tuple[Any, str | None]] = {
    "forest of texts": (RandomForestClassifier(**SMALL), "state"),
    "forest of two targets": (RandomForestClassifier(**SMALL), "both"),
    "forest of two values": (RandomForestRegressor(**SMALL), "pair"),
    "extra trees": (ExtraTreesRegressor(**SMALL), "power"),
    "boosting of two classes": (GradientBoostingClassifier(**SMALL), "runs"),
    "boosting of three classes": (GradientBoostingClassifier(**SMALL), "state"),
    "boosting": (GradientBoostingRegressor(**SMALL), "power"),
    "histograms of two classes": (HistGradientBoostingClassifier(max_iter=5), "runs"),
    "histograms": (HistGradientBoostingRegressor(max_iter=5), "power"),
    "isolation forest": (IsolationForest(contamination=0.1, max_features=0.5, **SMALL), None),
}


@pytest.mark.parametrize("name", CASES)
def test_trees_answer_as_the_estimator(name: str, tmp_path: Path) -> None:
    """All rows in one call, each alone, and each by the short way."""
    (estimator, wanted), data = CASES[name], plant()
    target = None if wanted is None else getattr(data, wanted)
    estimator.fit(data.x, target)
    package = pack(
        *(estimator, data.x, target),
        name="m",
        version="1.0.0",
        path=tmp_path / "m",
        artifacts=("treelite",),
    )
    model = load(package)
    assert (model.backend, model.artifact) == ("treelite", "treelite")
    rows = [tuple(row) for row in data.x.tolist()]
    answers = model.predict(rows)
    assert_as_estimator(package, estimator, data.x, answers, 1e-6)
    assert [model.predict([row])[0] for row in rows[:20]] == answers[:20]
    quick = model.one_row()
    assert [quick(row) for row in rows] == answers


def categories(folder: Path, **options: Any) -> Any:
    """A package of trees that split by categories, which skl2onnx does not know."""
    random = np.random.default_rng(3)
    x = np.c_[random.normal(size=(300, 2)), random.integers(0, 6, 300)]
    y = (x[:, 2] % 2 == 1).astype(int)
    estimator = HistGradientBoostingClassifier(max_iter=5, categorical_features=[2]).fit(x, y)
    return pack(estimator, x, y, name="m", version="1.0.0", path=folder / "m", **options)


def test_treelite_takes_the_place_of_an_onnx_graph_that_does_not_agree(tmp_path: Path) -> None:
    """By itself; the notes tell what happened, and the service never imports scikit-learn for it."""
    package = categories(tmp_path)
    assert [item.format for item in package.manifest.artifacts] == ["treelite", "skops"]
    assert "the onnx artifact was left out" in package.manifest.notes[0]
    script = (
        "import sys, opcua_ml\nmodel = opcua_ml.load(sys.argv[1])\nmodel.predict(model.golden.inputs)\n"
        "print(model.backend, 'sklearn' in sys.modules, 'onnxruntime' in sys.modules)"
    )
    command = [sys.executable, "-c", script, str(package.path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.split() == ["treelite", "False", "False"]


def test_without_the_extra_packing_tells_what_is_missed_and_loading_names_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The estimator itself serves then, or nothing does, in a sentence."""
    packed = categories(tmp_path / "with", artifacts=("treelite",))
    monkeypatch.setitem(sys.modules, "treelite", None)
    package = categories(tmp_path / "without")
    assert [item.format for item in package.manifest.artifacts] == ["skops"]
    assert "a treelite artifact would take its place" in package.manifest.notes[1]
    assert "opcua-ml[trees]" in package.manifest.notes[1]
    with pytest.raises(LibraryMismatch, match=r"treelite is not installed.*opcua-ml\[trees\]"):
        load(packed)


def test_of_onnx_and_treelite_the_quicker_one_serves_and_the_reason_tells_both(tmp_path: Path) -> None:
    """Measured on this machine at one row."""
    data = plant()
    estimator = GradientBoostingRegressor(**SMALL).fit(data.x, data.power)
    package = pack(
        *(estimator, data.x, data.power),
        name="m",
        version="1.0.0",
        path=tmp_path / "m",
        artifacts=("onnx", "treelite"),
    )
    model = load(package)
    assert model.artifact in ("onnx", "treelite")
    assert "quickest at one row (onnx " in model.reason
    assert "treelite " in model.reason
    assert load(package, prefer=("treelite",)).artifact == "treelite"


def test_what_is_no_tree_ensemble_is_refused_in_a_sentence(tmp_path: Path) -> None:
    """With what it is and what was wanted."""
    from sklearn.linear_model import Ridge

    data = plant()
    with pytest.raises(PackageError, match="treelite takes tree ensembles alone; found Ridge"):
        pack(
            *(Ridge().fit(data.x, data.power), data.x, data.power),
            name="m",
            version="1.0.0",
            path=tmp_path / "m",
            artifacts=("treelite",),
        )


def test_a_changed_file_is_found_by_its_hash(tmp_path: Path) -> None:
    """Before anything of it is read."""
    package = categories(tmp_path, artifacts=("treelite",))
    file = package.path / "model.treelite"
    file.write_bytes(file.read_bytes()[:-1] + b"\x07")
    with pytest.raises(HashMismatch):
        load(package)


def test_a_checkpoint_of_fewer_columns_is_not_the_manifests(tmp_path: Path) -> None:
    """Though its hash is right: it would read beyond a row's end."""
    package = categories(tmp_path, artifacts=("treelite",))
    data = bytearray((package.path / "model.treelite").read_bytes())
    data[22:26] = (4).to_bytes(4, "little")
    assert check_checkpoint(bytes(data), "x").features == 4
    tampered = Tampered(package.path)
    tampered.replace("model.treelite", bytes(data))
    with pytest.raises(ArtifactCorrupted, match="other columns"):
        load(package.path)


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """With numbers and categories."""
    package = categories(tmp_path_factory.mktemp("trees"), artifacts=("treelite",))
    file: Path = package.path / "model.treelite"
    return file.read_bytes()


def test_every_prefix_of_a_checkpoint_is_refused(checkpoint: bytes) -> None:
    """Wherever a file ends too soon."""
    for length in range(0, len(checkpoint), 7):
        with pytest.raises(ArtifactCorrupted):
            check_checkpoint(checkpoint[:length], "x")
    with pytest.raises(ArtifactCorrupted, match="behind the last tree"):
        check_checkpoint(checkpoint + b"\0", "x")


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_a_damaged_checkpoint_is_refused_or_runs_to_its_end(checkpoint: bytes, data: st.DataObject) -> None:
    """Whatever four bytes say: what passes the check predicts without a crash or an endless loop."""
    place = data.draw(st.integers(0, len(checkpoint) - 4))
    value = data.draw(st.binary(min_size=1, max_size=4) | st.just(b"\xff\xff\xff\xff"))
    damaged = checkpoint[:place] + value + checkpoint[place + len(value) :]
    try:
        ensemble = check_checkpoint(damaged, "x")
        model, interpreter = opened(damaged, ensemble, "x")
    except PackageError:
        return
    if ensemble.features <= 10:
        interpreter.predict(model, np.zeros((2, ensemble.features)), nthread=1)


@pytest.mark.parametrize("number", [999, 2**31 - 1])
def test_a_checkpoint_of_a_newer_treelite_is_refused(checkpoint: bytes, number: int) -> None:
    """Run, it would warn, and run what it understands of it."""
    newer = checkpoint[:4] + number.to_bytes(4, "little") + checkpoint[8:]
    with pytest.raises(LibraryMismatch, match=rf"newer treelite.*4\.{number}\."):
        opened(newer, check_checkpoint(newer, "x"), "x")
