"""The elliptic envelope (Hotelling's T²), which skl2onnx does not know: squared Mahalanobis distances."""

from __future__ import annotations

from typing import Any

import numpy as np
from onnx import TensorProto
from skl2onnx.common.data_types import Int64TensorType, guess_numpy_type

OPSET = 13  # of the operators below, as skl2onnx counts the graph's version from them


def shape_of_ellipse(operator: Any) -> None:
    """A label and a score per row."""
    rows = operator.inputs[0].get_first_dimension()
    operator.outputs[0].type = Int64TensorType([rows])
    operator.outputs[1].type.shape = [rows, 1]


def convert_ellipse(scope: Any, operator: Any, container: Any) -> None:
    """`decision = -(x - location) P (x - location)ᵀ - offset`, with the precision matrix P; 1 where >= 0."""
    envelope, given = operator.raw_operator, operator.inputs[0].full_name
    double = guess_numpy_type(operator.inputs[0].type) == np.float64
    element = TensorProto.DOUBLE if double else TensorProto.FLOAT

    def constant(name: str, values: Any, kind: int = element) -> str:
        own: str = scope.get_unique_variable_name(name)
        array = np.asarray(values)
        container.add_initializer(own, kind, array.shape, array.ravel().tolist())
        return own

    def node(kind: str, inputs: list[str], output: str = "", **attributes: Any) -> str:
        own: str = output or scope.get_unique_variable_name(kind.lower())
        name = scope.get_unique_operator_name(kind)
        container.add_node(kind, inputs, own, name=name, op_version=OPSET, **attributes)
        return own

    apart = node("Sub", [given, constant("location", envelope.location_)])
    turned = node("MatMul", [apart, constant("precision", envelope.get_precision())])
    axes = constant("axes", [1], TensorProto.INT64)
    squared = node("ReduceSum", [node("Mul", [apart, turned]), axes], keepdims=1)
    score = operator.outputs[1].full_name
    node("Sub", [node("Neg", [squared]), constant("offset", [float(envelope.offset_)])], score)
    strange = node("Less", [score, constant("zero", [0.0])])
    labels = node("Sub", [constant("one", [1], TensorProto.INT64), _twice(strange, node, constant)])
    node("Reshape", [labels, constant("flat", [-1], TensorProto.INT64)], operator.outputs[0].full_name)


def _twice(flag: str, node: Any, constant: Any) -> Any:
    number = node("Cast", [flag], to=TensorProto.INT64)
    return node("Mul", [number, constant("two", [2], TensorProto.INT64)])
