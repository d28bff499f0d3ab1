"""What may be in an ONNX file before onnxruntime sees it: one graph, no reference to other files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import onnx

from opcua_ml.domain.errors import ArtifactCorrupted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

DOMAINS = frozenset({"", "ai.onnx", "ai.onnx.ml"})
"""Operators of the standard; a domain of one's own would need a library that nobody has checked."""


def parse_graph(data: bytes, where: str) -> Any:
    """The model in an ONNX file, as onnx.ModelProto.

    Raises:
        ArtifactCorrupted: it is no ONNX file, or refers to data in other files or to operators that are not
            the standard's.
    """
    try:
        model = onnx.load_model_from_string(data)
    except Exception as error:  # the errors of protobuf, of which onnx has none of its own
        raise ArtifactCorrupted("not an ONNX file", where=where, found=error) from error
    if not model.graph.node or not model.graph.output:
        raise ArtifactCorrupted("not an ONNX file", where=where, found="no graph")
    for tensor in _tensors(model):
        if tensor.external_data or tensor.data_location == onnx.TensorProto.EXTERNAL:
            raise ArtifactCorrupted(
                "the ONNX file refers to data in another file",
                where=where,
                found=tensor.name,
                wanted="one file",
            )
    foreign = {entry.domain for entry in model.opset_import} - DOMAINS
    if foreign:
        raise ArtifactCorrupted(
            "the ONNX file wants operators that are not the standard's",
            where=where,
            found=", ".join(sorted(foreign)),
            wanted="ai.onnx and ai.onnx.ml",
        )
    return model


def opsets(model: Any) -> dict[str, int]:
    """Version of each operator set that the model imports."""
    return {entry.domain or "ai.onnx": entry.version for entry in model.opset_import}


def may_not_end(model: Any) -> bool:
    """Whether it has a Loop, which runs as often as its data says; others end with their input."""
    return any(node.op_type == "Loop" for node in _nodes(model))


def _tensors(model: Any) -> Iterator[Any]:
    for graph in _graphs(model):
        yield from graph.initializer
        for sparse in graph.sparse_initializer:
            yield from (sparse.values, sparse.indices)
    for node in _nodes(model):
        for attribute in node.attribute:
            yield from (attribute.t, *attribute.tensors)
            for sparse in (attribute.sparse_tensor, *attribute.sparse_tensors):
                yield from (sparse.values, sparse.indices)


def _nodes(model: Any) -> Iterator[Any]:
    """Of the graph, of all graphs within, and of the model's functions."""
    for graph in _graphs(model):
        yield from graph.node
    for function in model.functions:
        yield from function.node


def _graphs(model: Any) -> Iterator[Any]:
    """The graph and those within its nodes, at whatever depth."""
    graphs = [model.graph, *(one for function in model.functions for one in _within(function.node))]
    while graphs:
        graph = graphs.pop()
        yield graph
        graphs.extend(_within(graph.node))


def _within(nodes: Iterable[Any]) -> Iterator[Any]:
    for node in nodes:
        for attribute in node.attribute:
            yield from attribute.graphs
            if attribute.HasField("g"):
                yield attribute.g
