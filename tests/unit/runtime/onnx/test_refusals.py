"""ONNX files that are not what the manifest says are refused before they run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import onnx
import pytest
from onnx import TensorProto, helper

from opcua_ml.domain.errors import ArtifactCorrupted, LibraryMismatch
from opcua_ml.runtime.loading.load import load
from opcua_ml.runtime.package.package import open_package

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.unit.runtime.tampering import Tampered

    Tamper = Callable[[], Tampered]


def refused(tampered: Tamper, change: Callable[[Any], None], error: type[Exception], sentence: str) -> None:
    """Change the graph, keep the manifest true of its hash, and load it."""
    folder = tampered()
    model = onnx.load_model_from_string(folder.read("model.onnx"))
    change(model)
    folder.replace("model.onnx", model.SerializeToString())
    with pytest.raises(error, match=sentence):
        load(open_package(folder.path), prefer=("onnx",))


def test_an_input_of_another_name_is_refused(tampered: Tamper) -> None:
    """Both names are told."""

    def rename(model: Any) -> None:
        for node in model.graph.node:
            node.input[:] = ["other" if name == "inputs" else name for name in node.input]
        model.graph.input[0].name = "other"

    refused(
        tampered,
        rename,
        ArtifactCorrupted,
        "other inputs than the manifest names; found other; wanted inputs",
    )


def test_a_further_input_is_refused(tampered: Tamper) -> None:
    """Nobody would feed it."""

    def add(model: Any) -> None:
        model.graph.input.append(helper.make_tensor_value_info("more", TensorProto.FLOAT, [None, 1]))

    refused(tampered, add, ArtifactCorrupted, "other inputs")


def test_an_input_of_another_width_is_refused(tampered: Tamper) -> None:
    """The signature has four columns."""

    def widen(model: Any) -> None:
        model.graph.input[0].type.tensor_type.shape.dim[1].dim_value = 5

    refused(tampered, widen, ArtifactCorrupted, "input inputs|can't run the ONNX file")


def test_an_input_for_one_row_alone_is_refused(tampered: Tamper) -> None:
    """Batches would fail."""

    def fix(model: Any) -> None:
        model.graph.input[0].type.tensor_type.shape.dim[0].dim_value = 1

    refused(tampered, fix, ArtifactCorrupted, "any number of rows|can't run the ONNX file")


def test_a_missing_output_is_refused(tampered: Tamper) -> None:
    """With the outputs that there are."""

    def drop(model: Any) -> None:
        del model.graph.output[1]

    refused(
        tampered,
        drop,
        ArtifactCorrupted,
        "output for predict_proba is not what the manifest names; found label",
    )


def test_an_output_of_another_width_is_refused(tampered: Tamper) -> None:
    """The signature has three classes; here both probabilities and their stated width become two."""

    def narrow(model: Any) -> None:
        output = model.graph.output[1]
        model.graph.node.append(helper.make_node("Slice", [output.name, "from", "to", "axis"], ["narrow"]))
        for name, value in (("from", 0), ("to", 2), ("axis", 1)):
            model.graph.initializer.append(helper.make_tensor(name, TensorProto.INT64, [1], [value]))
        kept = model.graph.output[0]
        del model.graph.output[:]
        model.graph.output.extend(
            [kept, helper.make_tensor_value_info("narrow", TensorProto.DOUBLE, [None, 2])]
        )

    folder = tampered()
    model = onnx.load_model_from_string(folder.read("model.onnx"))
    narrow(model)
    folder.replace(
        "model.onnx", model.SerializeToString(), outputs={"predict": "label", "predict_proba": "narrow"}
    )
    with pytest.raises(ArtifactCorrupted, match=r"found tensor\(double\) \[.*, 2\]"):
        load(open_package(folder.path), prefer=("onnx",))


def test_data_in_another_file_are_refused(tampered: Tamper, tmp_path: Path) -> None:
    """A path in a model could lead anywhere; the file beside it would not be hashed."""
    (tmp_path / "weights.bin").write_bytes(bytes(64))

    def lead_out(model: Any) -> None:
        tensor = next(one for one in model.graph.initializer if one.data_type == TensorProto.DOUBLE)
        tensor.data_location = TensorProto.EXTERNAL
        entry = tensor.external_data.add()
        entry.key, entry.value = "location", str(tmp_path / "weights.bin")
        tensor.ClearField("double_data")
        tensor.ClearField("raw_data")

    refused(tampered, lead_out, ArtifactCorrupted, "refers to data in another file")


def test_data_in_another_file_are_found_in_a_subgraph(tampered: Tamper) -> None:
    """Branches and loops have graphs of their own."""

    def nest(model: Any) -> None:
        tensor = helper.make_tensor("hidden", TensorProto.FLOAT, [1], [0.0])
        tensor.data_location = TensorProto.EXTERNAL
        entry = tensor.external_data.add()
        entry.key, entry.value = "location", "/etc/passwd"
        constant = helper.make_node("Constant", [], ["c"], value=tensor)
        branch = helper.make_graph(
            [constant], "branch", [], [helper.make_tensor_value_info("c", TensorProto.FLOAT, [1])]
        )
        truth = helper.make_tensor("truth", TensorProto.BOOL, [], [True])
        model.graph.initializer.append(truth)
        model.graph.node.append(
            helper.make_node("If", ["truth"], ["d"], then_branch=branch, else_branch=branch)
        )

    refused(tampered, nest, ArtifactCorrupted, "refers to data in another file; found hidden")


def test_operators_of_no_standard_are_refused(tampered: Tamper) -> None:
    """They would want a library that nobody has checked."""

    def foreign(model: Any) -> None:
        model.opset_import.append(helper.make_opsetid("com.example", 1))

    refused(tampered, foreign, ArtifactCorrupted, "operators that are not the standard's; found com.example")


@pytest.mark.parametrize("what", ["opset", "ir"])
def test_a_version_newer_than_the_runtime_is_told_as_such(tampered: Tamper, what: str) -> None:
    """It is the environment that is old, not the file that is broken."""

    def renew(model: Any) -> None:
        if what == "ir":
            model.ir_version = 99
        else:
            model.opset_import[0].version = 999

    refused(tampered, renew, LibraryMismatch, "a version that the installed onnxruntime does not serve")


@pytest.mark.parametrize("data", [b"", b"\x80\x04pickle", b"PK\x03\x04", b"\x00" * 100, b"{}"])
def test_what_is_no_onnx_file_is_refused(tampered: Tamper, data: bytes) -> None:
    """Whatever else it is."""
    folder = tampered()
    folder.replace("model.onnx", data)
    with pytest.raises(ArtifactCorrupted, match="not an ONNX file"):
        load(open_package(folder.path), prefer=("onnx",))


def test_a_graph_that_can_not_run_is_refused(tampered: Tamper) -> None:
    """A node that is fed by nothing."""

    def tear(model: Any) -> None:
        model.graph.node[0].input[0] = "nowhere"

    refused(tampered, tear, ArtifactCorrupted, "onnxruntime can't run the ONNX file")
