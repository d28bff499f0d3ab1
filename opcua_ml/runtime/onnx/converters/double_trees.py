"""Histogram gradient boosting with thresholds in double precision, as values stand exactly on them.

skl2onnx 1.20 writes the thresholds in single precision and hands onnx a bool where it wants an integer (an
error since protobuf 7.34).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from onnx import TensorProto, helper
from skl2onnx.common.data_types import guess_numpy_type

if TYPE_CHECKING:
    from collections.abc import Callable

REALS = ("nodes_values", "nodes_hitrates", "class_weights", "target_weights", "base_values")
ML_OPSET = 3  # the first whose tree ensembles take their numbers as tensors of doubles


class _DoubleTrees:
    """A container of skl2onnx in which tree ensembles keep their doubles."""

    def __init__(self, container: Any, *, double: bool) -> None:
        self._container = container
        self._double = double

    def __getattr__(self, name: str) -> Any:
        return getattr(self._container, name)

    def add_node(self, op_type: str, inputs: Any, outputs: Any, **attributes: Any) -> Any:
        if op_type.startswith("TreeEnsemble"):
            key = "nodes_missing_value_tracks_true"
            attributes[key] = [int(value) for value in attributes[key]]
            if self._double:
                attributes = _as_tensors(attributes) | {"op_version": ML_OPSET}
        return self._container.add_node(op_type, inputs, outputs, **attributes)


def _as_tensors(attributes: dict[str, Any]) -> dict[str, Any]:
    kept = {name: value for name, value in attributes.items() if name not in REALS}
    for name in REALS:
        numbers = [float(value) for value in attributes.get(name, ())]
        if numbers:
            kept[f"{name}_as_tensor"] = helper.make_tensor(name, TensorProto.DOUBLE, [len(numbers)], numbers)
    return kept


def with_double_trees(convert: Callable[..., Any]) -> Callable[..., Any]:
    """The converter of skl2onnx, with the numbers of its trees kept as they are."""

    def converted(scope: Any, operator: Any, container: Any) -> None:
        double = guess_numpy_type(operator.inputs[0].type) == np.float64
        trees = _DoubleTrees(container, double=double)
        convert(scope, operator, trees, op_version=ML_OPSET if double else 1)

    return converted
