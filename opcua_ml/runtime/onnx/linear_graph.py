"""What an ONNX graph computes, where that is linear: one matrix, one vector, and what is made of the scores.

The graph's operators are followed with symbols in place of numbers. Scalers, imputers, projections and the
linear part itself fold into weights and an intercept per score; what comes after them (sigmoid, softmax, the
best class) is recognised as one step. An operator that is not known makes the graph not linear.

Source: the ONNX operator sets ai.onnx (opset 18) and ai.onnx.ml (opset 3).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from onnx import TensorProto, helper, numpy_helper

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_DOUBLE: Final = TensorProto.DOUBLE
_ROW_AXES: Final = (1, -1)


class NotLinear(Exception):
    """The graph is none, or has an operator that is not known here."""


class Link(Enum):
    """What is made of a row's scores."""

    IDENTITY = "the scores"
    SIGMOID = "the sigmoid of each"
    SHARES = "the sigmoid of each, as a share of their sum"
    SOFTMAX = "the softmax"
    COMPLEMENT = "one less the sigmoid"
    PAIR = "one less the sigmoid, and the sigmoid"


@dataclass(frozen=True, slots=True, eq=False)
class Scores:
    """`link(row @ weights + intercept)`; weights are (columns, scores), the intercept (scores,)."""

    weights: Any
    intercept: Any
    link: Link = Link.IDENTITY

    def linked(self, link: Link) -> Scores:
        """The same scores, with this made of them."""
        return Scores(self.weights, self.intercept, link)

    def same_scores(self, other: object) -> bool:
        """Whether both are made of the same scores, whatever is made of them."""
        return (
            isinstance(other, Scores)
            and np.array_equal(self.weights, other.weights)
            and np.array_equal(self.intercept, other.intercept)
        )


@dataclass(frozen=True, slots=True, eq=False)
class Best:
    """The first place with the greatest value, or what stands at that place in `classes`."""

    of: Scores
    classes: tuple[Any, ...] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class _Missing:
    """Where a value is NaN; for rows without any, nowhere."""

    of: Scores


@dataclass(frozen=True, slots=True, eq=False)
class _Sum:
    of: Scores


@dataclass
class _Walk:
    """The graph's values by name: arrays where they are constant, symbols elsewhere."""

    values: dict[str, Any] = field(default_factory=dict)

    def constant(self, name: str) -> Any:
        """An array.

        Raises:
            NotLinear: it depends on the row.
        """
        value = self.values.get(name)
        if not isinstance(value, np.ndarray):
            raise NotLinear(name)
        return value


def linear_results(model: Any, width: int) -> Mapping[str, Scores | Best]:
    """What each output of the graph is of a row without missing values, by the output's name.

    Args:
        model: onnx.ModelProto with one input, a matrix of doubles.
        width: of that matrix.

    Raises:
        NotLinear: the graph does something else, in part at least.
    """
    graph = model.graph
    walk = _Walk({item.name: numpy_helper.to_array(item) for item in graph.initializer})
    inputs = [item for item in graph.input if item.name not in walk.values]
    if len(inputs) != 1 or inputs[0].type.tensor_type.elem_type != _DOUBLE:
        raise NotLinear("not one matrix of doubles")
    walk.values[inputs[0].name] = Scores(np.eye(width), np.zeros(width))
    for node in graph.node:
        follow = _OPERATORS.get(node.op_type)
        if follow is None or len(node.output) != 1:
            raise NotLinear(node.op_type)
        given = {item.name: helper.get_attribute_value(item) for item in node.attribute}
        try:
            walk.values[node.output[0]] = follow(walk, node.input, given)
        except (KeyError, ValueError, IndexError, TypeError) as error:
            raise NotLinear(f"{node.op_type}: {error}") from error
    results = {item.name: walk.values.get(item.name) for item in graph.output}
    for name, value in results.items():
        if not isinstance(value, Scores | Best):
            raise NotLinear(name)
    return results  # type: ignore[return-value]


def _scores(walk: _Walk, name: str) -> Scores:
    value = walk.values[name]
    if not isinstance(value, Scores) or value.link is not Link.IDENTITY:
        raise NotLinear(name)
    return value


def _vector(array: Any, width: int) -> Any:
    """A constant that acts on each score apart: (scores,), (1, scores) or one number for all."""
    if array.dtype != np.float64 or (array.ndim == 2 and array.shape[0] != 1) or array.ndim > 2:
        raise NotLinear(array.shape)
    return np.broadcast_to(array.reshape(-1), (width,))


def _each(apply: Callable[[Any, Any], Any], scales: bool) -> Callable[..., Any]:
    """Scores and a constant, by score; where it scales, the weights take part."""

    def follow(walk: _Walk, names: Any, _: Mapping[str, Any]) -> Scores:
        left = _scores(walk, names[0])
        right = _vector(walk.constant(names[1]), left.intercept.size)
        weights = apply(left.weights, right) if scales else left.weights
        return Scores(weights, apply(left.intercept, right))

    return follow


def _commutes(follow: Callable[..., Any]) -> Callable[..., Any]:
    def either(walk: _Walk, names: Any, given: Mapping[str, Any]) -> Any:
        ordered = names[::-1] if isinstance(walk.values[names[0]], np.ndarray) else names
        return follow(walk, ordered, given)

    return either


def _subtract(walk: _Walk, names: Any, given: Mapping[str, Any]) -> Scores:
    right = walk.values[names[1]]
    if isinstance(right, Scores) and right.link is Link.SIGMOID and right.intercept.size == 1:
        if walk.constant(names[0]).tolist() not in (1.0, [1.0], [[1.0]]):
            raise NotLinear(names[0])
        return right.linked(Link.COMPLEMENT)
    subtracted: Scores = _each(np.subtract, scales=False)(walk, names, given)
    return subtracted


def _divide(walk: _Walk, names: Any, given: Mapping[str, Any]) -> Scores:
    left, right = walk.values[names[0]], walk.values[names[1]]
    if isinstance(right, _Sum) and isinstance(left, Scores) and left.link is Link.SIGMOID:
        if not left.same_scores(right.of) or right.of.link is not Link.SIGMOID:
            raise NotLinear("a share of another sum")
        return left.linked(Link.SHARES)
    divided: Scores = _each(np.divide, scales=True)(walk, names, given)
    return divided


def _multiply_matrix(walk: _Walk, names: Any, _: Mapping[str, Any]) -> Scores:
    left, matrix = _scores(walk, names[0]), walk.constant(names[1])
    if matrix.ndim != 2 or matrix.dtype != np.float64:
        raise NotLinear(matrix.shape)
    return Scores(left.weights @ matrix, left.intercept @ matrix)


def _gemm(walk: _Walk, names: Any, given: Mapping[str, Any]) -> Scores:
    left, matrix = _scores(walk, names[0]), walk.constant(names[1])
    if given.get("transA") or matrix.dtype != np.float64:
        raise NotLinear("a transposed row")
    matrix = (matrix.T if given.get("transB") else matrix) * given.get("alpha", 1.0)
    weights, intercept = left.weights @ matrix, left.intercept @ matrix
    if len(names) > 2:
        intercept = intercept + given.get("beta", 1.0) * _vector(walk.constant(names[2]), intercept.size)
    return Scores(weights, intercept)


def _sigmoid(walk: _Walk, names: Any, _: Mapping[str, Any]) -> Scores:
    return _scores(walk, names[0]).linked(Link.SIGMOID)


def _softmax(walk: _Walk, names: Any, given: Mapping[str, Any]) -> Scores:
    if given.get("axis", -1) not in _ROW_AXES:
        raise NotLinear("softmax over rows")
    return _scores(walk, names[0]).linked(Link.SOFTMAX)


def _absolute(walk: _Walk, names: Any, _: Mapping[str, Any]) -> Scores:
    value = walk.values[names[0]]
    if not isinstance(value, Scores) or value.link is not Link.SIGMOID:
        raise NotLinear("the sign of a score")
    return value


def _sum(walk: _Walk, names: Any, given: Mapping[str, Any]) -> _Sum:
    axes = walk.constant(names[1]).tolist() if len(names) > 1 else given.get("axes")
    value = walk.values[names[0]]
    if not isinstance(value, Scores) or axes not in ([1], [-1]) or not given.get("keepdims", 1):
        raise NotLinear("a sum over rows")
    return _Sum(value)


def _concatenate(walk: _Walk, names: Any, given: Mapping[str, Any]) -> Scores:
    first, *others = (walk.values[name] for name in names)
    if given.get("axis") not in _ROW_AXES or len(others) != 1 or not isinstance(first, Scores):
        raise NotLinear("columns of several origins")
    (other,) = others
    if first.link is Link.COMPLEMENT and first.same_scores(other) and other.link is Link.SIGMOID:
        return first.linked(Link.PAIR)
    raise NotLinear("columns of several origins")


def _best(walk: _Walk, names: Any, given: Mapping[str, Any]) -> Best:
    value = walk.values[names[0]]
    if not isinstance(value, Scores) or given.get("axis", 0) not in _ROW_AXES:
        raise NotLinear("the best row")
    if given.get("select_last_index") or value.link in (Link.SIGMOID, Link.COMPLEMENT):
        raise NotLinear("the last of several bests")
    return Best(value)


def _class_at(walk: _Walk, names: Any, _: Mapping[str, Any]) -> Best:
    classes, place = walk.constant(names[0]), walk.values[names[1]]
    if not isinstance(place, Best) or place.classes is not None:
        raise NotLinear("a column of the row")
    told = classes.reshape(-1).tolist()
    return Best(place.of, tuple(one.decode() if isinstance(one, bytes) else one for one in told))


def _unchanged(walk: _Walk, names: Any, given: Mapping[str, Any]) -> Any:
    """Identity, a Reshape of one row's result, or a Cast that keeps every value."""
    value = walk.values[names[0]]
    if isinstance(value, Best):
        if "to" in given and not _keeps(value.classes, given["to"]):
            raise NotLinear("classes of another type")
        return value
    if not isinstance(value, Scores) or given.get("to", _DOUBLE) != _DOUBLE:
        raise NotLinear("another precision")
    return value


def _keeps(classes: tuple[Any, ...] | None, element: int) -> bool:
    """Whether a cast leaves these classes what they are; Python's 1 and 1.0 are the same key."""
    return element in (TensorProto.INT64, TensorProto.INT32, _DOUBLE) and all(
        isinstance(one, int | float) and float(one).is_integer() and abs(one) < 2**31 for one in classes or ()
    )


def _missing(walk: _Walk, names: Any, _: Mapping[str, Any]) -> _Missing:
    return _Missing(_scores(walk, names[0]))


def _where(walk: _Walk, names: Any, _: Mapping[str, Any]) -> Scores:
    """A fill for what is missing: a row without any passes as it is."""
    missing, otherwise = walk.values[names[0]], _scores(walk, names[2])
    if not isinstance(missing, _Missing) or not missing.of.same_scores(otherwise):
        raise NotLinear("a choice")
    return otherwise


_OPERATORS: Final[dict[str, Callable[..., Any]]] = {
    "Identity": _unchanged,
    "Cast": _unchanged,
    "Reshape": _unchanged,
    "Add": _commutes(_each(np.add, scales=False)),
    "Sub": _subtract,
    "Mul": _commutes(_each(np.multiply, scales=True)),
    "Div": _divide,
    "MatMul": _multiply_matrix,
    "Gemm": _gemm,
    "Sigmoid": _sigmoid,
    "Softmax": _softmax,
    "Abs": _absolute,
    "ReduceSum": _sum,
    "Concat": _concatenate,
    "ArgMax": _best,
    "ArrayFeatureExtractor": _class_at,
    "IsNaN": _missing,
    "Where": _where,
}
