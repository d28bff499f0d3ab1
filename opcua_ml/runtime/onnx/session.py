"""onnxruntime sessions as this service wants them: one thread, quiet, on the processor."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import onnxruntime

from opcua_ml.domain.errors import ArtifactCorrupted, LibraryMismatch
from opcua_ml.runtime.contract.foreign_error import told
from opcua_ml.runtime.onnx.graph import may_not_end, opsets, parse_graph

if TYPE_CHECKING:
    from collections.abc import Mapping

FATAL_ONLY = 4


class OpenSession(NamedTuple):
    """A session of onnxruntime.

    Attributes:
        options: of each run; once they say `terminate`, what runs and what comes fails.
        may_not_end: whether a run may go on without an end.
    """

    session: Any
    options: Any
    may_not_end: bool


def open_session(data: bytes, where: str) -> OpenSession:
    """A session of an ONNX file.

    Raises:
        ArtifactCorrupted: it is none, refers to other files, or can't be run.
        LibraryMismatch: its IR or operator set is newer than the installed onnxruntime serves.
    """
    model = parse_graph(data, where)
    try:
        session = _session(data)
    except Exception as error:  # the errors of onnxruntime have no class in common below Exception
        refuse_if_not_served(opsets(model), model.ir_version, where)
        raise ArtifactCorrupted(
            "onnxruntime can't run the ONNX file", where=where, found=told(error)
        ) from error
    options = onnxruntime.RunOptions()
    options.log_severity_level = FATAL_ONLY
    return OpenSession(session, options, may_not_end(model))


def refuse_if_not_served(opset: Mapping[str, int], ir_version: int, where: str) -> None:
    """Try a graph that does nothing, with these versions.

    Raises:
        LibraryMismatch: the installed onnxruntime does not serve them.
    """
    from onnx import TensorProto, helper  # noqa: PLC0415  only where something went wrong

    edge = [helper.make_tensor_value_info(name, TensorProto.DOUBLE, [1]) for name in ("x", "y")]
    nothing = helper.make_graph([helper.make_node("Identity", ["x"], ["y"])], "nothing", edge[:1], edge[1:])
    imports = [helper.make_opsetid("" if domain == "ai.onnx" else domain, v) for domain, v in opset.items()]
    probe = helper.make_model(nothing, opset_imports=imports, ir_version=ir_version)
    try:
        _session(probe.SerializeToString())
    except Exception as error:  # the errors of onnxruntime have no class in common below Exception
        sets = ", ".join(f"{domain} {number}" for domain, number in opset.items())
        raise LibraryMismatch(
            "the ONNX file is of a version that the installed onnxruntime does not serve",
            where=where,
            found=f"IR {ir_version}, {sets}",
            wanted=f"what onnxruntime {onnxruntime.__version__} serves",
        ) from error


def _session(data: bytes) -> Any:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = FATAL_ONLY
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    # Falling back would try the same provider again, and print a banner of its own on stdout.
    return onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"], enable_fallback=0)
