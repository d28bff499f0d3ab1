"""Conversions of our own, where skl2onnx's would be wrong, or would give up double precision.

skl2onnx 1.20 writes the thresholds of histogram gradient boosting in single precision, though values stand
exactly on them, and hands onnx a bool where it wants an integer (an error since protobuf 7.34). Its imputer
has no double precision in onnxruntime.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from onnx import TensorProto, helper
from skl2onnx.common._registration import get_converter, get_shape_calculator
from skl2onnx.common.data_types import DoubleTensorType, guess_numpy_type
from skl2onnx.operator_converters.random_forest import (
    convert_sklearn_random_forest_classifier,
    convert_sklearn_random_forest_regressor_converter,
)
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.impute import SimpleImputer

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


def _histogram_boosting(convert: Callable[..., Any]) -> Callable[..., Any]:
    def converted(scope: Any, operator: Any, container: Any) -> None:
        double = guess_numpy_type(operator.inputs[0].type) == np.float64
        trees = _DoubleTrees(container, double=double)
        convert(scope, operator, trees, op_version=ML_OPSET if double else 1)

    return converted


def _imputer(scope: Any, operator: Any, container: Any) -> None:
    """`Where(IsNaN(x), statistics, x)`, for doubles; anything else is skl2onnx's."""
    imputer, given = operator.raw_operator, operator.inputs[0]
    missing = imputer.missing_values
    is_simple = (
        isinstance(given.type, DoubleTensorType)
        and len(operator.inputs) == 1
        and not imputer.add_indicator
        and isinstance(missing, float)
        and np.isnan(missing)
        and np.isfinite(np.asarray(imputer.statistics_, dtype=np.float64)).all()
    )
    if not is_simple:
        get_converter("SklearnSimpleImputer")(scope, operator, container)
        return
    fills, where = scope.get_unique_variable_name("fills"), scope.get_unique_variable_name("missing")
    numbers = np.asarray(imputer.statistics_, dtype=np.float64)
    container.add_initializer(fills, TensorProto.DOUBLE, [len(numbers)], numbers.tolist())
    container.add_node(
        "IsNaN", given.full_name, where, name=scope.get_unique_operator_name("IsNaN"), op_version=13
    )
    container.add_node(
        "Where",
        [where, fills, given.full_name],
        operator.outputs[0].full_name,
        name=scope.get_unique_operator_name("Where"),
        op_version=9,
    )


CONVERTERS: dict[type, Callable[..., Any]] = {
    HistGradientBoostingClassifier: _histogram_boosting(convert_sklearn_random_forest_classifier),
    HistGradientBoostingRegressor: _histogram_boosting(convert_sklearn_random_forest_regressor_converter),
    SimpleImputer: _imputer,
}

SHAPES: dict[type, Callable[..., Any]] = {
    kind: get_shape_calculator(f"Sklearn{kind.__name__}") for kind in CONVERTERS
}
