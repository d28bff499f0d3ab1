"""From a fitted ensemble of scikit-learn to a checkpoint of treelite."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sklearn.ensemble import (
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    IsolationForest,
    RandomForestClassifier,
    RandomForestRegressor,
)

from opcua_ml.domain.errors import LibraryMismatch, PackageError
from opcua_ml.domain.signature import DataType
from opcua_ml.runtime.contract.foreign_error import told
from opcua_ml.runtime.package.artifact_parts import TreeResult
from opcua_ml.runtime.package.parts import Method

if TYPE_CHECKING:
    from opcua_ml.runtime.contract.contract import Contract

_RESULTS: dict[type, TreeResult] = {
    RandomForestClassifier: TreeResult.PROBABILITIES,
    ExtraTreesClassifier: TreeResult.PROBABILITIES,
    GradientBoostingClassifier: TreeResult.PROBABILITIES,
    HistGradientBoostingClassifier: TreeResult.PROBABILITIES,
    RandomForestRegressor: TreeResult.VALUES,
    ExtraTreesRegressor: TreeResult.VALUES,
    GradientBoostingRegressor: TreeResult.VALUES,
    HistGradientBoostingRegressor: TreeResult.VALUES,
    IsolationForest: TreeResult.STRANGENESS,
}
_IN_DOUBLES = (HistGradientBoostingClassifier, HistGradientBoostingRegressor)
SERVED = {
    TreeResult.PROBABILITIES: {Method.PREDICT, Method.PREDICT_PROBA},
    TreeResult.VALUES: {Method.PREDICT},
    TreeResult.STRANGENESS: {Method.PREDICT, Method.DECISION_FUNCTION, Method.SCORE_SAMPLES},
}


@dataclass(frozen=True, slots=True)
class Converted:
    """A checkpoint, and what its numbers are.

    Attributes:
        rounds: whether scikit-learn rounds inputs to single precision for these trees.
        offset: of an isolation forest's decision.
    """

    data: bytes
    result: TreeResult
    rounds: bool
    offset: float


def converted(estimator: Any, contract: Contract) -> Converted:
    """The estimator as treelite takes it; whether that agrees with it is not known yet.

    Raises:
        LibraryMismatch: treelite is not installed.
        PackageError: it does not know the estimator.
    """
    result = _RESULTS.get(type(estimator))
    if result is None:
        raise PackageError(
            "treelite takes tree ensembles alone",
            found=type(estimator).__name__,
            wanted="one of scikit-learn's, without steps around it",
        )
    missing = set(contract.methods) - SERVED[result]
    if missing or any(item.data_type is DataType.STRING for item in contract.inputs):
        raise PackageError(
            "treelite gives no such output or takes no texts", found=", ".join(missing) or None
        )
    try:
        import treelite  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise LibraryMismatch("treelite is not installed", wanted="pip install 'opcua-ml[trees]'") from error
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            data = treelite.sklearn.import_model(estimator).serialize_bytes()
    except Exception as error:  # its importer asserts whatever it does not know
        raise PackageError("treelite can't take the estimator", found=told(error)) from error
    offset = float(estimator.offset_) if result is TreeResult.STRANGENESS else 0.0
    return Converted(data, result, not isinstance(estimator, _IN_DOUBLES), offset)
