"""Conversions of our own, where skl2onnx has none, has a wrong one or gives up double precision."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from skl2onnx.common._registration import get_shape_calculator
from skl2onnx.operator_converters.random_forest import (
    convert_sklearn_random_forest_classifier,
    convert_sklearn_random_forest_regressor_converter,
)
from sklearn.covariance import EllipticEnvelope
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor, IsolationForest
from sklearn.impute import SimpleImputer

from opcua_ml.runtime.onnx.converters.double_trees import with_double_trees
from opcua_ml.runtime.onnx.converters.ellipse import convert_ellipse, shape_of_ellipse
from opcua_ml.runtime.onnx.converters.imputer import convert_imputer
from opcua_ml.runtime.onnx.converters.isolation_forest import convert_isolation_forest

if TYPE_CHECKING:
    from collections.abc import Callable

CONVERTERS: dict[type, Callable[..., Any]] = {
    HistGradientBoostingClassifier: with_double_trees(convert_sklearn_random_forest_classifier),
    HistGradientBoostingRegressor: with_double_trees(convert_sklearn_random_forest_regressor_converter),
    SimpleImputer: convert_imputer,
    EllipticEnvelope: convert_ellipse,
    IsolationForest: convert_isolation_forest,
}

SHAPES: dict[type, Callable[..., Any]] = {
    HistGradientBoostingClassifier: get_shape_calculator("SklearnHistGradientBoostingClassifier"),
    HistGradientBoostingRegressor: get_shape_calculator("SklearnHistGradientBoostingRegressor"),
    SimpleImputer: get_shape_calculator("SklearnSimpleImputer"),
    EllipticEnvelope: shape_of_ellipse,
    IsolationForest: get_shape_calculator("SklearnIsolationForest"),
}
