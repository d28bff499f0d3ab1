"""From an estimator to ONNX graphs that may stand for it; whether one does, its golden rows decide."""

from __future__ import annotations

import copy
import re
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from skl2onnx import convert_sklearn
from skl2onnx.common.data_types import (
    BooleanTensorType,
    DoubleTensorType,
    FloatTensorType,
    Int64TensorType,
    StringTensorType,
)
from skl2onnx.common.exceptions import MissingConverter, MissingShapeCalculator
from sklearn.base import is_classifier
from sklearn.ensemble import VotingClassifier

from opcua_ml.domain.errors import PackageError
from opcua_ml.domain.signature import FLOATING, DataType
from opcua_ml.runtime.contract.features import FeatureColumns
from opcua_ml.runtime.contract.foreign_error import told
from opcua_ml.runtime.estimator.nested import nested_estimators
from opcua_ml.runtime.onnx.converters import CONVERTERS, SHAPES
from opcua_ml.runtime.onnx.converters.double_trees import ML_OPSET
from opcua_ml.runtime.onnx.shape import finished
from opcua_ml.runtime.package.artifact_parts import OnnxInput
from opcua_ml.runtime.package.parts import Container, Method

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from opcua_ml.runtime.contract.contract import Contract
    from opcua_ml.runtime.package.parts import InputPart

_QUOTED_TYPE = re.compile(r"<class '(?:\w+\.)*(\w+)'>")
OPSET = 18  # of onnxruntime 1.14 and later; nothing that skl2onnx writes gains from a newer one
Precision = Literal["double", "single"]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A graph that converted and opens; whether it agrees with the estimator is not known yet."""

    data: bytes
    precision: Precision
    inputs: tuple[OnnxInput, ...]
    outputs: Mapping[Method, str]


@dataclass(frozen=True, slots=True)
class _Attempt:
    precision: Precision
    style: Literal["matrix", "columns", "typed columns"]


def candidates(estimator: Any, contract: Contract) -> Iterator[Candidate | PackageError]:
    """Graphs of the estimator, the most precise first; an error for each way that failed.

    Args:
        estimator: fitted; not changed.
        contract: its columns, and the methods whose results the graph must give.
    """
    columns = FeatureColumns(contract)
    prepared = _prepared(estimator)
    for attempt in _attempts(contract.features.container, columns):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                yield _converted(prepared, columns, contract.methods, attempt)
        except PackageError as error:
            yield error
        except (MissingShapeCalculator, MissingConverter) as error:
            named = _QUOTED_TYPE.search(str(error))
            yield PackageError(f"skl2onnx has no converter for {named[1] if named else 'a part of it'}")
            return
        except Exception as error:  # noqa: BLE001  converters run into anything on models they don't know
            yield PackageError(f"in {attempt.precision} precision, {told(error)}")


def _prepared(estimator: Any) -> Any:
    copied = copy.deepcopy(estimator)
    for nested in nested_estimators(copied):
        if isinstance(nested, VotingClassifier):
            nested.flatten_transform = False  # skl2onnx refuses the default, which predictions don't need
    return copied


def _attempts(container: Container, columns: FeatureColumns) -> list[_Attempt]:
    has_texts = any(item.data_type is DataType.STRING for item in columns.inputs)
    is_floating = all(item.data_type in FLOATING for item in columns.inputs)
    styles: list[Literal["matrix", "columns", "typed columns"]] = []
    if container is Container.ARRAY or not has_texts:
        styles.append("matrix")
    if container is Container.FRAME:
        styles.append("columns")
        if not is_floating:
            styles.append("typed columns")
    precisions: tuple[Precision, ...] = ("double", "single")
    return [_Attempt(precision, style) for precision in precisions for style in styles]


def _converted(
    estimator: Any, columns: FeatureColumns, methods: Sequence[Method], attempt: _Attempt
) -> Candidate:
    types = _initial_types(columns, attempt)
    model = _convert(estimator, types, methods)
    names = [item.name for item in model.graph.output]
    others = [method for method in methods if method is not Method.PREDICT]
    if len(names) < 1 + len(others):
        raise PackageError(f"the graph has no output for {others[-1]}")
    outputs = {Method.PREDICT: names[0]} if Method.PREDICT in methods else {}
    outputs |= dict(zip(others, names[1:], strict=False))
    whole = {"inputs": tuple(range(len(columns.names)))}
    groups = whole if attempt.style == "matrix" else _groups(types)
    data, feeds = finished(model, groups, keep=set(outputs.values()))
    fed = tuple(
        OnnxInput(name=name, columns=tuple(columns.names[place] for place in places))
        for name, places in feeds
    )
    return Candidate(data, attempt.precision, fed, outputs)


def _initial_types(columns: FeatureColumns, attempt: _Attempt) -> list[tuple[str, Any]]:
    number = DoubleTensorType if attempt.precision == "double" else FloatTensorType

    def kind(item: InputPart) -> Any:
        if item.data_type is DataType.STRING:
            return StringTensorType
        if attempt.style == "typed columns" and item.data_type is DataType.BOOLEAN:
            return BooleanTensorType
        if attempt.style == "typed columns" and item.data_type not in FLOATING:
            return Int64TensorType
        return number

    if attempt.style == "matrix":
        kinds = {kind(item) for item in columns.inputs}
        if len(kinds) > 1:
            raise PackageError("an array that mixes texts and numbers has no type in ONNX")
        return [("inputs", kinds.pop()([None, len(columns.names)]))]
    return [(name, kind(item)([None, 1])) for name, item in zip(columns.names, columns.inputs, strict=True)]


def _groups(types: Sequence[tuple[str, Any]]) -> dict[str, tuple[int, ...]]:
    """Columns of one type, which the finished graph takes as one matrix."""
    names = {
        DoubleTensorType: "numbers",
        FloatTensorType: "numbers",
        StringTensorType: "texts",
        Int64TensorType: "integers",
        BooleanTensorType: "booleans",
    }
    groups: dict[str, tuple[int, ...]] = {}
    for place, (_, kind) in enumerate(types):
        name = names[type(kind)]
        groups[name] = (*groups.get(name, ()), place)
    return groups


def _convert(estimator: Any, types: list[tuple[str, Any]], methods: Sequence[Method]) -> Any:
    """Convert, with those options that the converters of this estimator know."""
    last = _last_step(estimator)
    wanted: list[dict[str, Any]] = [{}]
    if is_classifier(estimator) or Method.PREDICT_PROBA in methods:
        wanted = [{"zipmap": False}, {}]
        if Method.DECISION_FUNCTION in methods:
            wanted = [{"zipmap": False, "raw_scores": True}, {"raw_scores": True}, *wanted]
    refused: NameError | None = None
    for options in wanted:
        # A pipeline's options reach its last step in part only; some other estimators take them themselves.
        for taker in (last, estimator):
            try:
                return convert_sklearn(
                    estimator,
                    initial_types=types,
                    options={id(taker): options} if options else None,
                    target_opset={"": OPSET, "ai.onnx.ml": ML_OPSET},
                    custom_conversion_functions=CONVERTERS,
                    custom_shape_calculators=SHAPES,
                )
            except NameError as error:  # the converter does not know one of the options
                refused = error
    raise PackageError("skl2onnx refuses every set of options", found=refused)


def _last_step(estimator: Any) -> Any:
    while True:
        inner = getattr(estimator, "best_estimator_", None)
        if inner is None and hasattr(estimator, "steps"):
            inner = estimator.steps[-1][1]
        if inner is None:
            return estimator
        estimator = inner
