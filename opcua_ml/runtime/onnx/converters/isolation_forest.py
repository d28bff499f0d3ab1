"""The isolation forest as one ensemble, where skl2onnx writes ten operators and more for each tree.

Source: Liu, Ting, Zhou, «Isolation Forest», ICDM 2008: s(x) = 2^(-E[h(x)] / c(n)).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from onnx import TensorProto, helper
from skl2onnx.common.data_types import BooleanTensorType, Int64TensorType, guess_numpy_type

from opcua_ml.runtime.onnx.converters.double_trees import ML_OPSET

OPSET = 13  # of the operators below, as skl2onnx counts the graph's version from them


def convert_isolation_forest(scope: Any, operator: Any, container: Any) -> None:
    """`decision = -2^(-depth / c) - offset`, with the mean depth of a sample's leaves; -1 where < 0, else 1.

    Each leaf weighs as much of the exponent as it adds to, so that the ensemble's sum is the exponent.
    """
    forest = operator.raw_operator
    double = guess_numpy_type(operator.inputs[0].type) == np.float64
    element = TensorProto.DOUBLE if double else TensorProto.FLOAT

    def node(kind: str, inputs: list[str], output: str = "", **attributes: Any) -> str:
        own: str = output or scope.get_unique_variable_name(kind.lower())
        name = scope.get_unique_operator_name(kind)
        container.add_node(kind, inputs, own, name=name, **({"op_version": OPSET} | attributes))
        return own

    def constant(name: str, value: float, kind: int = element) -> str:
        own: str = scope.get_unique_variable_name(name)
        container.add_initializer(own, kind, [1], [value])
        return own

    rounded = operator.inputs[0].full_name
    if double or isinstance(operator.inputs[0].type, BooleanTensorType | Int64TensorType):
        # scikit-learn's trees compare values of single precision with thresholds of double precision.
        rounded = node("Cast", [rounded], to=TensorProto.FLOAT)
    if double:
        rounded = node("Cast", [rounded], to=TensorProto.DOUBLE)
    attributes = _ensemble(forest, double=double)
    exponent = node(
        "TreeEnsembleRegressor", [rounded], op_domain="ai.onnx.ml", op_version=ML_OPSET, **attributes
    )
    if double:
        exponent = node("Cast", [exponent], to=TensorProto.DOUBLE)
    score = node("Neg", [node("Pow", [constant("two", 2.0), exponent])])
    decision = node("Sub", [score, constant("offset", float(forest.offset_))], operator.outputs[1].full_name)
    strange = node("Cast", [node("Less", [decision, constant("zero", 0.0)])], to=TensorProto.INT64)
    twice = node("Mul", [strange, constant("minus_two", -2, TensorProto.INT64)])
    node("Add", [twice, constant("one", 1, TensorProto.INT64)], operator.outputs[0].full_name)


def _ensemble(forest: Any, *, double: bool) -> dict[str, Any]:
    trees = [
        _tree(number, tree.tree_, features, lengths + averages - 1.0)
        for number, (tree, features, lengths, averages) in enumerate(
            zip(
                forest.estimators_,
                forest.estimators_features_,
                forest._decision_path_lengths,  # noqa: SLF001 - nothing public tells them
                forest._average_path_length_per_tree,  # noqa: SLF001 - likewise
                strict=True,
            )
        )
    ]
    joined: dict[str, Any] = {key: np.concatenate([tree[key] for tree in trees]) for key in trees[0]}
    thresholds, depths = joined.pop("thresholds"), joined.pop("depths")
    weights = depths / -(len(trees) * _mean_depth(forest.max_samples_))
    reals = {"nodes_values": thresholds, "target_weights": weights}
    if double:
        plain: dict[str, Any] = {
            f"{name}_as_tensor": helper.make_tensor(name, TensorProto.DOUBLE, [len(values)], values.tolist())
            for name, values in reals.items()
        }
    else:
        reals["nodes_values"] = _not_above(thresholds)
        plain = {name: values.astype(np.float32).tolist() for name, values in reals.items()}
    modes = ["LEAF" if is_leaf else "BRANCH_LEQ" for is_leaf in joined.pop("leaves")]
    integers = {key: values.astype(np.int64).tolist() for key, values in joined.items()}
    return {
        **integers,
        **plain,
        "nodes_modes": modes,
        "target_ids": [0] * len(integers["target_nodeids"]),
        "n_targets": 1,
        "post_transform": "NONE",
        "aggregate_function": "SUM",
    }


def _tree(number: int, tree: Any, features: Any, depths: Any) -> dict[str, Any]:
    """The columns of one tree; `features` are the forest's columns that it looks at."""
    places = np.arange(tree.node_count)
    leaves = tree.children_left == -1
    return {
        "nodes_treeids": np.full(tree.node_count, number),
        "nodes_nodeids": places,
        "nodes_featureids": np.where(leaves, 0, np.asarray(features)[np.where(leaves, 0, tree.feature)]),
        "nodes_truenodeids": np.where(leaves, 0, tree.children_left),
        "nodes_falsenodeids": np.where(leaves, 0, tree.children_right),
        "nodes_missing_value_tracks_true": np.where(leaves, 0, tree.missing_go_to_left),
        "target_treeids": np.full(int(leaves.sum()), number),
        "target_nodeids": places[leaves],
        "thresholds": np.where(leaves, 0.0, tree.threshold),
        "leaves": leaves,
        "depths": depths[leaves],
    }


def _mean_depth(samples: int) -> float:
    """c(n): mean depth of an unsuccessful search in a binary tree of so many samples (Liu et al., 1)."""
    if samples <= 2:
        return 1.0
    return float(2.0 * (np.log(samples - 1.0) + np.euler_gamma) - 2.0 * (samples - 1.0) / samples)


def _not_above(thresholds: Any) -> Any:
    """The greatest single-precision numbers that are not above: what compares the same for such values."""
    rounded = thresholds.astype(np.float32)
    return np.where(rounded > thresholds, np.nextafter(rounded, np.float32(-np.inf)), rounded)
