"""Imputing in double precision, for which onnxruntime has no operator."""

from __future__ import annotations

from typing import Any

import numpy as np
from onnx import TensorProto
from skl2onnx.common._registration import get_converter
from skl2onnx.common.data_types import DoubleTensorType


def convert_imputer(scope: Any, operator: Any, container: Any) -> None:
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
