"""What an estimator is for, and how it is called."""

from __future__ import annotations

from importlib.metadata import packages_distributions, version
from typing import TYPE_CHECKING, Any

from sklearn.base import is_classifier, is_clusterer, is_outlier_detector, is_regressor

from opcua_ml.domain.errors import PackageError
from opcua_ml.domain.signature import Task
from opcua_ml.runtime.estimator.nested import nested_estimators
from opcua_ml.runtime.package.parts import FrameworkPart

if TYPE_CHECKING:
    from collections.abc import Callable

_KINDS: tuple[tuple[Callable[[Any], bool], Task], ...] = (
    (is_outlier_detector, Task.ANOMALY_DETECTION),
    (is_classifier, Task.CLASSIFICATION),
    (is_regressor, Task.REGRESSION),
    (is_clusterer, Task.CLUSTERING),
)


def task_of(estimator: Any, declared: Task | str | None) -> Task:
    """The declared task, else the one that the estimator's type tells.

    Raises:
        PackageError: neither says.
    """
    names = ", ".join(task.value for task in Task)
    if isinstance(estimator, type):
        raise PackageError(
            "a class and no estimator", where="model", found=estimator.__name__, wanted="a fitted instance"
        )
    if declared is not None:
        try:
            return Task(declared)
        except ValueError as error:
            raise PackageError("no such task", where="task", found=declared, wanted=names) from error
    if not hasattr(estimator, "fit"):
        raise PackageError("not an estimator", where="model", found=type(estimator).__name__)
    for is_of_kind, task in _KINDS:
        if is_of_kind(estimator):
            return task
    raise PackageError(
        "the estimator does not tell what it is for",
        where="task",
        found=words(estimator),
        wanted=f"one of {names}",
    )


def words(estimator: Any) -> str:
    """The estimator and its steps in words: «Pipeline(StandardScaler, SVC)»."""
    name = type(estimator).__name__
    if hasattr(estimator, "steps"):
        return f"{name}({', '.join(words(step) for _, step in estimator.steps if step is not None)})"
    inner = getattr(estimator, "best_estimator_", None) or getattr(estimator, "estimator", None)
    return f"{name}({words(inner)})" if hasattr(inner, "fit") else name


def framework_of(estimator: Any) -> FrameworkPart:
    """scikit-learn and every other installed distribution that has a class in the estimator."""
    modules = {type(nested).__module__.partition(".")[0] for nested in nested_estimators(estimator)}
    modules -= {"sklearn", "builtins", "__main__"}
    distributions = packages_distributions() if modules else {}
    names = {name for module in modules for name in distributions.get(module, [])[:1]}
    return FrameworkPart(
        name="scikit-learn",
        version=version("scikit-learn"),
        estimator=words(estimator),
        libraries={name: version(name) for name in sorted(names)},
    )
