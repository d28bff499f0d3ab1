"""ONNX graphs that run a Loop before they answer as before."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

ENDLESS = 10**13


def with_loop(data: bytes, *, above: float | None = None) -> bytes:
    """The same graph, with a Loop whose result counts for nothing.

    Args:
        data: of the ONNX file, whose first input and output are matrices of numbers.
        above: where an input is greater, the Loop runs a billion times, else never; None for a Loop that
            never ends in practice.
    """
    model = onnx.load_model_from_string(data)
    graph = model.graph
    given, answer = graph.input[0], graph.output[-1]
    for node in graph.node:
        for names in (node.input, node.output):
            for place, name in enumerate(names):
                if name == answer.name:
                    names[place] = "as before"
    element = answer.type.tensor_type.elem_type
    for name, value in (
        ("goes on", np.array(True)),
        ("one", np.array(1.0, np.float32)),
        ("nothing", np.array(0.0, np.float32)),
        ("times", np.array(ENDLESS if above is None else 10**9, np.int64)),
        ("border", np.array(above or 0.0, np.float64)),
    ):
        graph.initializer.append(numpy_helper.from_array(value, name))
    times = "times"
    if above is not None:
        graph.node.extend(
            [
                helper.make_node("ReduceMax", [given.name], ["greatest of its kind"], keepdims=0),
                helper.make_node("Cast", ["greatest of its kind"], ["greatest"], to=TensorProto.DOUBLE),
                helper.make_node("Greater", ["greatest", "border"], ["is above"]),
                helper.make_node("Cast", ["is above"], ["is above, as a number"], to=TensorProto.INT64),
                helper.make_node("Mul", ["is above, as a number", "times"], ["how often"]),
            ]
        )
        times = "how often"
    graph.node.extend(
        [
            helper.make_node("Loop", [times, "goes on", "one"], ["spun"], body=_body()),
            helper.make_node("Mul", ["spun", "nothing"], ["zero"]),
            helper.make_node("Cast", ["zero"], ["zero of its kind"], to=element),
            helper.make_node("Add", ["as before", "zero of its kind"], [answer.name]),
        ]
    )
    found: bytes = model.SerializeToString()
    return found


def _body() -> Any:
    tensor = helper.make_tensor_value_info
    return helper.make_graph(
        [helper.make_node("Identity", ["more"], ["again"]), helper.make_node("Sin", ["x"], ["y"])],
        "body",
        [
            tensor("turn", TensorProto.INT64, []),
            tensor("more", TensorProto.BOOL, []),
            tensor("x", TensorProto.FLOAT, []),
        ],
        [tensor("again", TensorProto.BOOL, []), tensor("y", TensorProto.FLOAT, [])],
    )
