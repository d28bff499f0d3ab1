"""What a manifest may not say of a model because another of its keys says otherwise.

Every function raises ValueError with one sentence; the manifest tells where.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from opcua_ml.domain.signature import INTEGER_LIMITS, DataType, OutputRole, Task
from opcua_ml.runtime.package.parts import Method

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opcua_ml.runtime.package.parts import InputPart, OutputPart

NEEDED = {
    Task.CLASSIFICATION: frozenset({OutputRole.LABEL}),
    Task.REGRESSION: frozenset({OutputRole.VALUE}),
    Task.ANOMALY_DETECTION: frozenset({OutputRole.SCORE, OutputRole.ANOMALY}),
    Task.CLUSTERING: frozenset({OutputRole.CLUSTER}),
    Task.FORECAST: frozenset({OutputRole.VALUE}),
}
"""One of these must be among the outputs of a task."""
ALLOWED = {
    Task.CLASSIFICATION: NEEDED[Task.CLASSIFICATION]
    | {OutputRole.PROBABILITIES, OutputRole.CONFIDENCE, OutputRole.SCORE},
    Task.REGRESSION: NEEDED[Task.REGRESSION],
    Task.ANOMALY_DETECTION: NEEDED[Task.ANOMALY_DETECTION],
    Task.CLUSTERING: NEEDED[Task.CLUSTERING] | {OutputRole.DISTANCE},
    Task.FORECAST: NEEDED[Task.FORECAST],
}
SOURCES = {
    OutputRole.VALUE: {Method.PREDICT},
    OutputRole.LABEL: {Method.PREDICT},
    OutputRole.PROBABILITIES: {Method.PREDICT_PROBA},
    OutputRole.CONFIDENCE: {Method.PREDICT_PROBA},
    OutputRole.SCORE: {Method.DECISION_FUNCTION, Method.SCORE_SAMPLES, Method.PREDICT_PROBA},
    OutputRole.ANOMALY: {Method.DECISION_FUNCTION, Method.SCORE_SAMPLES, Method.PREDICT_PROBA},
    OutputRole.CLUSTER: {Method.PREDICT},
    OutputRole.DISTANCE: {Method.TRANSFORM},
}
"""The estimator's methods that an output of a role can come from."""
WIDE = {OutputRole.VALUE, OutputRole.PROBABILITIES, OutputRole.SCORE}
"""Roles whose values may be arrays."""


def check_task(task: Task, outputs: Sequence[OutputPart], horizon: int | None) -> None:
    """A task has the outputs that it is for, and no others; a forecast alone has a horizon."""
    roles = {output.role for output in outputs}
    if not roles & NEEDED[task]:
        wanted = " or ".join(sorted(NEEDED[task]))
        raise ValueError(f"the task is {task}, but no output has the role {wanted}")
    for output in outputs:
        if output.role not in ALLOWED[task]:
            raise ValueError(f"the task is {task}, but the output {output.name} has the role {output.role}")
    if task is not Task.FORECAST:
        if horizon is not None:
            raise ValueError(f"a horizon of {horizon}, but the task is {task}")
        return
    other = next((output for output in outputs if output.length != horizon), None)
    if horizon is not None and other is not None:
        raise ValueError(f"the horizon is {horizon}, but the output {other.name} has {other.length} values")


def check_classes(outputs: Sequence[OutputPart]) -> None:
    """Probabilities name the classes that the label of their target names; a confidence has its label."""
    labels = {output.source.target: output for output in outputs if output.role is OutputRole.LABEL}
    for output in outputs:
        label = labels.get(output.source.target)
        if output.role is OutputRole.CONFIDENCE and label is None:
            raise ValueError(f"the output {output.name} is the confidence of no label")
        if output.role is OutputRole.PROBABILITIES:
            if label is None:
                raise ValueError(f"the output {output.name} has the probabilities of no label")
            if output.categories != label.categories:
                raise ValueError(f"the outputs {label.name} and {output.name} name other categories")


def check_output(output: OutputPart) -> None:
    """An output comes from a method that gives its role, and is an array only where the role allows it."""
    if output.source.method not in SOURCES[output.role]:
        wanted = " or ".join(sorted(SOURCES[output.role]))
        raise ValueError(
            f"the output {output.name}: a {output.role} comes from {wanted}, not from {output.source.method}"
        )
    if output.length > 1 and output.role not in WIDE:
        raise ValueError(f"the output {output.name}: a {output.role} is one value, not {output.length}")
    for kind, labels in (("category", output.categories), ("class", output.source.classes)):
        if len(set(labels)) != len(labels):
            raise ValueError(f"the output {output.name}: a {kind} stands there twice")


def check_categories(item: InputPart) -> None:
    """Categories are values of the input's data type, and each stands there once."""
    if len(set(item.categories)) != len(item.categories):
        raise ValueError(f"the input {item.name}: a category stands there twice")
    for category in item.categories:
        if not _is_of(category, item.data_type):
            raise ValueError(f"the input {item.name}: the category {category!r} is no {item.data_type}")


def _is_of(category: str | bool | int, data_type: DataType) -> bool:
    if data_type is DataType.STRING:
        return isinstance(category, str)
    if data_type is DataType.BOOLEAN:
        return isinstance(category, bool)
    if isinstance(category, str | bool):
        return False
    low, high = INTEGER_LIMITS.get(data_type, (category, category))
    return low <= category <= high
