"""Loading: what is refused, why, and that nothing ran before it was refused."""

from __future__ import annotations

import io
import os
import pickle
import zipfile
from typing import TYPE_CHECKING, Any

import joblib
import numpy as np
import onnx
import pytest

from opcua_ml.domain.errors import (
    ArtifactCorrupted,
    ArtifactUntrusted,
    GoldenRowsMismatch,
    HashMismatch,
    LibraryMismatch,
    PackageError,
)
from opcua_ml.runtime.contract.trust import Trust
from opcua_ml.runtime.loading.load import load
from opcua_ml.runtime.onnx.predictor import OnnxPredictor
from opcua_ml.runtime.package.package import Package, open_package
from opcua_ml.runtime.packing.pack import pack
from tests.unit.runtime.data import plant

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from opcua_ml.domain.row import Row
    from tests.unit.runtime.tampering import Tampered

    Tamper = Callable[[], Tampered]

ROW = tuple(plant().x[0].tolist())


class Payload:
    """Makes a folder when it is unpickled: the harmless stand-in of something that is not."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return (os.mkdir, (str(self.path),))


@pytest.mark.parametrize("row", range(3))
def test_a_way_of_single_rows_that_answers_otherwise_is_not_served(
    packed: Package, row: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows that come alone have a shorter way, and each golden row goes it."""
    wrong = packed.golden.inputs[row]
    right = OnnxPredictor.one_row

    def one_row(self: OnnxPredictor) -> Callable[[Row], Row]:
        predict = right(self)
        return lambda given: (99, *predict(given)[1:]) if given == wrong else predict(given)

    monkeypatch.setattr(OnnxPredictor, "one_row", one_row)
    with pytest.raises(GoldenRowsMismatch, match=f"golden row {row + 1} of"):
        load(packed, prefer=("onnx",))


def test_onnx_serves_where_it_agrees(packed: Package) -> None:
    """And says how well it does."""
    model = load(packed)
    assert (model.backend, model.artifact) == ("onnx", "onnx")
    assert model.reason.startswith("onnx reproduces the golden rows")
    ((label, probabilities, confidence),) = model.predict([ROW])
    assert isinstance(label, int)
    assert isinstance(probabilities, tuple)
    assert confidence == max(probabilities)


def test_a_path_will_do(packed: Package) -> None:
    """For scripts."""
    assert load(packed.path).card == packed.card


def test_an_order_of_preference_is_kept(packed: Package) -> None:
    """Formats that it does not name are not touched."""
    assert load(packed, prefer=("skops", "onnx")).backend == "scikit-learn"
    with pytest.raises(PackageError, match="no artifact of the wanted format"):
        load(packed, prefer=())


def test_all_artifacts_answer_alike(packed: Package) -> None:
    """To rows that are none of the golden ones."""
    trust = Trust(frozenset({packed.content_hash}), joblib=True)
    onnx, skops, pickled = (
        load(packed, trust=trust, prefer=(name,)).predict([ROW]) for name in ("onnx", "skops", "joblib")
    )
    assert skops == pickled
    assert onnx[0][0] == skops[0][0]
    np.testing.assert_allclose(np.array(onnx[0][1]), np.array(skops[0][1]), atol=1e-9)


# Trust


def test_a_joblib_artifact_wants_leave(packed: Package) -> None:
    """Whoever made the package can't give it to himself."""
    with pytest.raises(ArtifactUntrusted, match="a joblib file is a pickle and could run any code"):
        load(packed, prefer=("joblib",))


def test_a_joblib_artifact_wants_its_hash_pinned(packed: Package) -> None:
    """Leave alone is not enough; the sentence tells the hash to pin."""
    artifact = packed.manifest.artifact("joblib")
    assert artifact is not None
    with pytest.raises(ArtifactUntrusted, match=f"its hash is not pinned; wanted the hash {artifact.sha256}"):
        load(packed, trust=Trust(joblib=True), prefer=("joblib",))


def test_a_pin_is_no_leave(packed: Package) -> None:
    """A pinned hash of a skops file must not let a pickle in."""
    with pytest.raises(ArtifactUntrusted, match="leave for this model in the configuration"):
        load(packed, trust=Trust(frozenset({packed.content_hash})), prefer=("joblib",))


def test_a_pin_of_another_file_refuses_the_package(packed: Package) -> None:
    """Even where nothing that wants a pin would be loaded: the package was exchanged."""
    with pytest.raises(HashMismatch, match="the configuration pins another file"):
        load(packed, trust=Trust.of("joblib", "0" * 64))


def test_a_planted_payload_does_not_run(tampered: Tamper, tmp_path: Path) -> None:
    """Not as a joblib file without leave, nor under the names of the other formats."""
    planted = tmp_path / "planted"
    stream = io.BytesIO()
    joblib.dump(Payload(planted), stream)
    folder = tampered()
    for name in ("model.onnx", "model.skops", "model.joblib"):
        folder.replace(name, stream.getvalue())
    package = open_package(folder.path)
    with pytest.raises(ArtifactCorrupted, match="not an ONNX file"):
        load(package, prefer=("onnx",))
    with pytest.raises(ArtifactCorrupted, match="not a skops file"):
        load(package, prefer=("skops",), trust=Trust(frozenset({package.content_hash})))
    with pytest.raises(ArtifactUntrusted):
        load(package, prefer=("joblib",))
    with pytest.raises(
        ArtifactCorrupted, match=r"not an ONNX file.*nor can skops serve.*nor can joblib serve"
    ):
        load(package)
    assert not planted.exists()
    pickle.loads(stream.getvalue())  # noqa: S301 - the payload would have run, so the test can fail
    assert planted.exists()


def test_a_skops_file_with_a_function_in_it_is_refused(packed: Package, tampered: Tamper) -> None:
    """Skops names what it holds before it builds anything."""
    import skops.io
    from sklearn.preprocessing import FunctionTransformer

    folder = tampered()
    folder.replace("model.skops", skops.io.dumps(FunctionTransformer(os.system)))
    with pytest.raises(ArtifactUntrusted, match=r"posix\.system|nt\.system"):
        load(open_package(folder.path), prefer=("skops",))
    # Nor does a pin help where the manifest does not name the type.
    pinned = Trust(frozenset({folder.sha256("model.skops")}))
    with pytest.raises(ArtifactUntrusted):
        load(open_package(folder.path), prefer=("skops",), trust=pinned)
    assert load(packed, prefer=("skops",)).backend == "scikit-learn"


def test_trees_in_a_skops_file_want_its_hash_pinned(tmp_path: Path) -> None:
    """Crafted ones could crash the process."""
    from sklearn.tree import DecisionTreeClassifier

    data = plant()
    tree = DecisionTreeClassifier(max_depth=3).fit(data.x, data.state)
    package = pack(
        tree, data.x, data.state, name="tree", version="1.0.0", path=tmp_path / "tree", artifacts=["skops"]
    )
    (artifact,) = package.manifest.artifacts
    with pytest.raises(ArtifactUntrusted, match=r"sklearn\.tree\._tree\.Tree.*wanted the hash"):
        load(package)
    for pin in (artifact.sha256, package.content_hash):
        assert load(package, trust=Trust(frozenset({pin}))).backend == "scikit-learn"


def test_a_bomb_in_a_skops_file_is_refused(tampered: Tamper) -> None:
    """A skops file is a zip, with all the traps of one."""
    folder = tampered()
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("schema.json", bytes(2**24))
    folder.replace("model.skops", stream.getvalue())
    with pytest.raises(ArtifactCorrupted, match="not a skops file"):
        load(open_package(folder.path), prefer=("skops",))


# Versions


@pytest.mark.parametrize("artifact", ["skops", "joblib"])
@pytest.mark.parametrize("fitted", ["0.24.2", "99.1.0"])
def test_another_version_of_scikit_learn_is_refused(tampered: Tamper, artifact: str, fitted: str) -> None:
    """Before the file is touched, so that its payload can't run either."""
    folder = tampered()
    folder.replace(f"model.{artifact}", b"would not even load")
    manifest = folder.manifest()
    manifest["framework"]["version"] = fitted
    folder.tell(manifest)
    trust = Trust(frozenset({folder.sha256("model.joblib")}), joblib=True)
    with pytest.raises(LibraryMismatch, match=rf"scikit-learn; found .*; wanted {fitted.rpartition('.')[0]}"):
        load(open_package(folder.path), prefer=(artifact,), trust=trust)


def test_another_patch_of_scikit_learn_is_served(tampered: Tamper) -> None:
    """Major and minor tell whether an estimator can be loaded."""
    folder = tampered()
    manifest = folder.manifest()
    manifest["framework"]["version"] = ".".join(manifest["framework"]["version"].split(".")[:2]) + ".99"
    folder.tell(manifest)
    assert load(open_package(folder.path), prefer=("skops",)).backend == "scikit-learn"


def test_a_missing_library_is_told(tampered: Tamper) -> None:
    """Of an estimator that is not scikit-learn's own."""
    folder = tampered()
    manifest = folder.manifest()
    manifest["framework"]["libraries"] = {"no-such-boosting": "4.1.0"}
    folder.tell(manifest)
    with pytest.raises(LibraryMismatch, match=r"no-such-boosting; found none; wanted 4\.1"):
        load(open_package(folder.path), prefer=("skops",))


def test_onnx_serves_whatever_version_fitted_the_estimator(tampered: Tamper) -> None:
    """That is what it is for."""
    folder = tampered()
    manifest = folder.manifest()
    manifest["framework"]["version"] = "99.1.0"
    folder.tell(manifest)
    assert load(open_package(folder.path)).backend == "onnx"


# Golden rows


def change_golden(folder: Tampered, change: Callable[[list[Any]], None]) -> None:
    """Other expected outputs in the first golden row."""
    import json

    golden = json.loads(folder.read("golden.json"))
    change(golden["outputs"][0])
    folder.replace("golden.json", json.dumps(golden).encode())


@pytest.mark.parametrize("artifact", ["onnx", "skops"])
def test_a_model_that_answers_otherwise_is_refused(tampered: Tamper, artifact: str) -> None:
    """With the row and the output, what was found and what was wanted."""

    def shift(outputs: list[Any]) -> None:
        outputs[2] += 0.01

    folder = tampered()
    change_golden(folder, shift)
    sentence = rf"model\.{artifact}: output confidence: .*golden row 1 of \d+; found 0\.\d+; wanted 0\.\d+"
    with pytest.raises(GoldenRowsMismatch, match=sentence):
        load(open_package(folder.path), prefer=(artifact,))


def test_a_label_that_differs_is_refused_whatever_the_tolerance(tampered: Tamper) -> None:
    """Labels are right or wrong."""

    def other(outputs: list[Any]) -> None:
        outputs[0] = (outputs[0] + 1) % 3

    folder = tampered()
    change_golden(folder, other)
    with pytest.raises(GoldenRowsMismatch, match="output label"):
        load(open_package(folder.path))


def test_the_estimator_serves_where_onnx_answers_otherwise(tampered: Tamper) -> None:
    """And the reason is kept for whoever wonders why the model is slow."""
    folder = tampered()
    folder.replace("model.onnx", _constant())
    model = load(open_package(folder.path))
    assert model.backend == "scikit-learn"
    assert "onnx can't serve" in model.reason
    assert "golden row" in model.reason


def _constant() -> bytes:
    """A graph that is sure of the first class whatever it is asked."""
    from onnx import TensorProto, helper

    def constant(name: str, kind: int, dims: list[int], values: list[Any]) -> Any:
        return helper.make_tensor(name, kind, dims, values)

    nodes = [
        helper.make_node("MatMul", ["inputs", "zeros"], ["nothing"]),
        helper.make_node("Add", ["nothing", "sure"], ["probabilities"]),
        helper.make_node("ArgMax", ["probabilities"], ["place"], axis=1, keepdims=0),
        helper.make_node("Gather", ["names", "place"], ["label"]),
    ]
    graph = helper.make_graph(
        nodes,
        "constant",
        [helper.make_tensor_value_info("inputs", TensorProto.DOUBLE, [None, 4])],
        [
            helper.make_tensor_value_info("label", TensorProto.STRING, [None]),
            helper.make_tensor_value_info("probabilities", TensorProto.DOUBLE, [None, 3]),
        ],
        [
            constant("zeros", TensorProto.DOUBLE, [4, 3], [0.0] * 12),
            constant("sure", TensorProto.DOUBLE, [3], [1.0, 0.0, 0.0]),
            constant("names", TensorProto.STRING, [3], [b"high", b"low", b"normal"]),
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=8)
    data: bytes = model.SerializeToString()
    return data


def test_another_estimator_in_the_file_is_refused(tampered: Tamper) -> None:
    """With the right hash in the manifest, golden rows are what tells it."""
    import skops.io
    from sklearn.linear_model import LogisticRegression

    data = plant()
    folder = tampered()
    other = LogisticRegression(C=1e-6).fit(data.x, data.state)
    folder.replace("model.skops", skops.io.dumps(other))
    with pytest.raises(GoldenRowsMismatch):
        load(open_package(folder.path), prefer=("skops",))


def test_an_estimator_that_fails_on_the_golden_rows_is_refused(tampered: Tamper) -> None:
    """What it raises is told in one line."""
    import skops.io
    from sklearn.linear_model import LogisticRegression

    data = plant()
    folder = tampered()
    folder.replace("model.skops", skops.io.dumps(LogisticRegression().fit(data.x[:, :2], data.state)))
    with pytest.raises(GoldenRowsMismatch, match=r"fails on the golden rows.*ValueError"):
        load(open_package(folder.path), prefer=("skops",))


def test_a_graph_of_another_precision_than_told_is_refused(tampered: Tamper) -> None:
    """The card would promise more digits than there are."""
    package = tampered()
    package.keep_only("onnx")
    manifest = package.manifest()
    manifest["artifacts"][0]["precision"] = {"double": "single", "single": "double"}[
        manifest["artifacts"][0]["precision"]
    ]
    package.tell(manifest)
    with pytest.raises(ArtifactCorrupted, match="another precision than the manifest names"):
        load(package.path)


def test_a_damaged_graph_prints_nothing(tampered: Tamper, capfd: pytest.CaptureFixture[str]) -> None:
    """Standard output belongs to the commands: onnxruntime's own banner would be read as their answer."""
    package = tampered()
    package.keep_only("onnx")
    graph = onnx.load_from_string(package.read("model.onnx"))
    graph.graph.node[0].op_type = "NoSuchOperator"
    package.replace("model.onnx", graph.SerializeToString())
    with pytest.raises(ArtifactCorrupted, match="onnxruntime can't run the ONNX file"):
        load(package.path)
    assert capfd.readouterr().out == ""
