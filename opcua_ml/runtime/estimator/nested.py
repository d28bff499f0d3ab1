"""Every estimator within an estimator: steps, members of ensembles, what a search found best."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sklearn.base import BaseEstimator

if TYPE_CHECKING:
    from collections.abc import Iterator


def nested_estimators(root: Any) -> Iterator[Any]:
    """`root` and all estimators that its attributes reach, each once."""
    waiting, seen = [root], set()
    while waiting:
        found = waiting.pop()
        if id(found) in seen:
            continue
        seen.add(id(found))
        if isinstance(found, BaseEstimator):
            yield found
            waiting.extend(vars(found).values())
        elif isinstance(found, dict):
            waiting.extend(found.values())
        elif isinstance(found, list | tuple):
            waiting.extend(found)
        elif getattr(getattr(found, "dtype", None), "kind", "") == "O" and hasattr(found, "ravel"):
            waiting.extend(found.ravel().tolist())  # gradient boosting keeps its trees so


def compute_on_one_thread(root: Any) -> None:
    """Set `n_jobs` to None wherever it is: starting threads for one row costs more than its prediction."""
    for estimator in nested_estimators(root):
        if getattr(estimator, "n_jobs", None) is not None:
            estimator.n_jobs = None
