"""What models are compared by: of which outputs, how it is computed, and which way is better."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from opcua_ml.domain.signature import OutputRole, Task

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


@dataclass(frozen=True, slots=True)
class Metric:
    """One of them.

    Attributes:
        score: from the targets and what a model gave, arrays over the same rows.
        greater_is_better: else the smaller one is.
        roles: of the outputs that it is told of, the first ones first.
    """

    score: Callable[[Any, Any], float]
    greater_is_better: bool
    roles: tuple[OutputRole, ...]


def _accuracy(targets: Any, found: Any) -> float:
    return float(np.mean(targets == found))


def _f1(targets: Any, found: Any) -> float:
    """Macro average over the classes that are there."""
    scores = []
    for one in np.unique(np.concatenate([targets, found])):
        hits = np.sum((targets == one) & (found == one))
        scores.append(2 * hits / (np.sum(targets == one) + np.sum(found == one)))
    return float(np.mean(scores))


def _auc(targets: Any, found: Any) -> float:
    """Area under the ROC curve, by ranks; of several classes the mean of one against the rest."""
    if found.ndim == 1 or found.shape[1] == 2:
        return _ranked(targets > 0, found if found.ndim == 1 else found[:, 1])
    present = [place for place in range(found.shape[1]) if 0 < np.sum(targets == place) < len(targets)]
    areas = [_ranked(targets == place, found[:, place]) for place in present]
    return float(np.mean(areas)) if areas else float("nan")


def _ranked(positive: Any, scores: Any) -> float:
    """Mann-Whitney's U over the number of pairs; ties count half."""
    count = int(np.sum(positive))
    if count in (0, len(positive)):
        return float("nan")
    _, places, sizes = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(sizes) - (sizes - 1) / 2)[places]
    return float((np.sum(ranks[positive]) - count * (count + 1) / 2) / (count * (len(positive) - count)))


def _mae(targets: Any, found: Any) -> float:
    return float(np.mean(np.abs(_like(targets, found) - found)))


def _rmse(targets: Any, found: Any) -> float:
    return float(np.sqrt(np.mean((_like(targets, found) - found) ** 2)))


def _r2(targets: Any, found: Any) -> float:
    spread = np.sum((targets - np.mean(targets)) ** 2)
    return float(1 - np.sum((_like(targets, found) - found) ** 2) / spread) if spread else float("nan")


def _like(targets: Any, found: Any) -> Any:
    return targets if found.ndim == 1 else targets[:, None]


METRICS: Final[Mapping[str, Metric]] = {
    "accuracy": Metric(_accuracy, True, (OutputRole.LABEL, OutputRole.ANOMALY, OutputRole.CLUSTER)),
    "f1": Metric(_f1, True, (OutputRole.LABEL, OutputRole.ANOMALY)),
    "auc": Metric(_auc, True, (OutputRole.PROBABILITIES, OutputRole.SCORE)),
    "mae": Metric(_mae, False, (OutputRole.VALUE,)),
    "rmse": Metric(_rmse, False, (OutputRole.VALUE,)),
    "r2": Metric(_r2, True, (OutputRole.VALUE,)),
}
DEFAULT_METRIC: Final = {Task.CLASSIFICATION: "f1", Task.ANOMALY_DETECTION: "auc"}
"""Of tasks; of all others it is mae."""
