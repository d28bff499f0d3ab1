"""The last touches to a converted graph: few inputs, no needless outputs, types that are true."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from onnx import TensorProto, helper

from opcua_ml.runtime.onnx.session import open_session

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SPLIT_TAKES_SIZES = 13  # the operator set since which Split has them as an input
ELEMENT_TYPES = {
    "double": TensorProto.DOUBLE,
    "float": TensorProto.FLOAT,
    "int64": TensorProto.INT64,
    "bool": TensorProto.BOOL,
    "string": TensorProto.STRING,
}

Feeds = list[tuple[str, tuple[int, ...]]]


def finished(model: Any, groups: Mapping[str, tuple[int, ...]], keep: set[str]) -> tuple[bytes, Feeds]:
    """The graph as it is served, and what each of its inputs is fed with.

    Args:
        model: as converted, with one input per group, or one per column in the columns' order.
        groups: name of a matrix to the places of its columns.
        keep: outputs that are wanted.

    Returns:
        The serialised model, and name and columns of each of its inputs.
    """
    del model.metadata_props[:]
    model.graph.name = "model"  # skl2onnx draws lots for it
    dropped = [output for output in model.graph.output if output.name not in keep]
    for output in dropped:
        model.graph.output.remove(output)
    feeds = _join_columns(model, groups)
    _state_true_types(model)
    return model.SerializeToString(deterministic=True), feeds


def _join_columns(model: Any, groups: Mapping[str, tuple[int, ...]]) -> Feeds:
    """Feeding one matrix takes a fraction of the time of feeding its columns one by one."""
    graph = model.graph
    inputs = list(graph.input)
    if len(inputs) == len(groups) == 1:
        return [(inputs[0].name, next(iter(groups.values())))]
    if len(inputs) != sum(map(len, groups.values())):
        raise ValueError(f"the graph has {len(inputs)} inputs")
    if next((entry.version for entry in model.opset_import if not entry.domain), 0) < SPLIT_TAKES_SIZES:
        return [(item.name, (place,)) for place, item in enumerate(inputs)]
    taken = {name for node in graph.node for name in (*node.input, *node.output)}
    taken |= {item.name for item in (*graph.input, *graph.initializer)}
    del graph.input[:]
    feeds: Feeds = []
    for group, places in groups.items():
        columns = [inputs[place] for place in places]
        name = _free(group, taken)
        if len(columns) == 1:
            graph.input.append(columns[0])
            feeds.append((columns[0].name, places))
            continue
        _put_split(graph, name, columns, _free(f"{name}_sizes", taken))
        feeds.append((name, places))
    return feeds


def _put_split(graph: Any, name: str, columns: Sequence[Any], sizes: str) -> None:
    element = columns[0].type.tensor_type.elem_type
    graph.input.append(helper.make_tensor_value_info(name, element, [None, len(columns)]))
    graph.initializer.append(helper.make_tensor(sizes, TensorProto.INT64, [len(columns)], [1] * len(columns)))
    split = helper.make_node(
        "Split", [name, sizes], [column.name for column in columns], axis=1, name=f"{name}_split"
    )
    graph.node.insert(0, split)


def _free(name: str, taken: set[str]) -> str:
    while name in taken:
        name += "_"
    taken.add(name)
    return name


def _state_true_types(model: Any) -> None:
    """skl2onnx states doubles where its operators give floats; onnxruntime knows what they give."""
    untyped = [output for output in model.graph.output if output.type.HasField("tensor_type")]
    for output in untyped:
        output.ClearField("type")
    session = open_session(model.SerializeToString(), "the converted graph").session
    found = {item.name: item for item in session.get_outputs()}
    for output in untyped:
        given = found[output.name]
        element = ELEMENT_TYPES[given.type.rpartition("(")[2].rstrip(")")]
        shape = [dim if isinstance(dim, int) else None for dim in given.shape] or None
        output.CopyFrom(helper.make_tensor_value_info(output.name, element, shape))
