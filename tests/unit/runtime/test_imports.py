"""Model files of other tools, with a manifest beside them."""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING

import numpy as np
import pytest
from skl2onnx import to_onnx
from sklearn.linear_model import LogisticRegression
from skops.io import dump

from opcua_ml.domain.errors import PackageError
from opcua_ml.runtime.imports.model_file import import_model
from opcua_ml.runtime.loading.load import load

if TYPE_CHECKING:
    from pathlib import Path

ROWS = np.random.default_rng(2).normal(size=(80, 2))
MODEL = LogisticRegression().fit(ROWS, np.where(ROWS.sum(axis=1) > 0, "high", "low"))


def beside(folder: Path, text: str) -> None:
    """The manifest and the examples."""
    (folder / "flow.toml").write_text(text, encoding="utf-8")
    lines = ["speed,head", *(f"{one!r},{other!r}" for one, other in ROWS[:20].tolist())]
    (folder / "examples.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")


def test_a_skops_file_becomes_a_package(tmp_path: Path) -> None:
    """Its types, classes and golden rows come of the estimator, units and ranges of the manifest."""
    dump(MODEL, tmp_path / "flow.skops")
    beside(
        tmp_path, 'name = "flow"\nversion = "2.1.0"\nunits = { speed = "RPM" }\nranges = { head = [-9, 9] }\n'
    )
    package = import_model(tmp_path / "flow.skops", tmp_path / "flow.zip")
    assert (package.manifest.name, package.manifest.version) == ("flow", "2.1.0")
    assert package.signature.names == ("speed", "head")
    assert package.signature.input("speed").unit == "RPM"
    assert package.signature.outputs[0].categories == ("high", "low")
    # Nobody told what it was fitted on, so nothing says that it was these rows.
    assert (package.manifest.training.of_examples, package.card.training_data_hash) == (True, "")
    found = load(package).predict([(3.0, 3.0), (-3.0, -3.0)])
    assert [row[0] for row in found] == [0, 1]


def test_an_onnx_file_becomes_a_package(tmp_path: Path) -> None:
    """With the classes that the manifest names; its answers are scikit-learn's."""
    numbers = LogisticRegression().fit(ROWS, (ROWS.sum(axis=1) > 0).astype(int))
    options = {id(numbers): {"zipmap": False}}
    graph = to_onnx(numbers, ROWS[:1].astype(np.float32), options=options)
    (tmp_path / "flow.onnx").write_bytes(graph.SerializeToString())
    beside(tmp_path, 'name = "flow"\nclass_names = ["low", "high"]\n[onnx]\nclasses = [0, 1]\n')
    package = import_model(tmp_path / "flow.onnx", tmp_path / "flow.zip")
    assert [output.role.value for output in package.signature.outputs] == ["label", "probabilities"]
    assert package.manifest.training.of_examples
    model = load(package)
    rows = [tuple(row) for row in ROWS[:10].tolist()]
    found = model.predict(rows)
    assert [row[0] for row in found] == numbers.predict(ROWS[:10]).tolist()
    told = np.array([row[1] for row in found], dtype=float)
    np.testing.assert_allclose(told, numbers.predict_proba(ROWS[:10]), atol=1e-5)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("version = '1.0.0'", "name: the key is missing"),
        ('name = "flow"\nunit = "BAR"', "unit: unknown key"),
        ('name = "flow"\nexamples = "none.csv"', "can't be read"),
    ],
)
def test_a_manifest_that_is_wrong_is_told_with_its_key(tmp_path: Path, text: str, words: str) -> None:
    """One sentence each; nothing is left on disk."""
    dump(MODEL, tmp_path / "flow.skops")
    beside(tmp_path, text)
    with pytest.raises(PackageError, match=words):
        import_model(tmp_path / "flow.skops", tmp_path / "flow.zip")
    assert not (tmp_path / "flow.zip").exists()


def test_a_pickle_is_not_imported(tmp_path: Path) -> None:
    """Whatever its manifest says."""
    (tmp_path / "flow.pkl").write_bytes(pickle.dumps(MODEL))
    beside(tmp_path, 'name = "flow"')
    with pytest.raises(PackageError, match="not imported"):
        import_model(tmp_path / "flow.pkl", tmp_path / "flow.zip")
