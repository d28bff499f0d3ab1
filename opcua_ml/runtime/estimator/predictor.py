"""An estimator of scikit-learn, or of a library with its interface, as a predictor."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from opcua_ml.runtime.contract.derivation import Derivation
from opcua_ml.runtime.contract.model import failure
from opcua_ml.runtime.estimator.container import container_for
from opcua_ml.runtime.package.parts import Method

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opcua_ml.domain.row import Row
    from opcua_ml.runtime.contract.contract import Contract


class EstimatorPredictor:
    """Calls the methods of an estimator that the outputs come from.

    Args:
        estimator: fitted; public, as explaining and retraining want it.
        contract: of the manifest.
        where: told in errors.

    Raises:
        LibraryMismatch: it takes a DataFrame and pandas is not installed.
    """

    backend = "scikit-learn"

    def __init__(self, estimator: Any, contract: Contract, where: str = "") -> None:
        self.estimator = estimator
        self._container = container_for(contract, where)
        self._methods = contract.methods
        self._derivation = Derivation(contract)

    def predict(self, rows: Sequence[Row]) -> list[Row]:
        """See `Predictor`."""
        try:
            raw = raw_results(self.estimator, self._container.build(rows), self._methods)
        except Exception as error:  # the estimator is foreign code and may raise anything
            raise failure(error) from error
        return self._derivation.rows(raw, len(rows))


def raw_results(estimator: Any, columns: Any, methods: Sequence[Method]) -> list[Any]:
    """What each method returns for `columns`, as `derivation` wants it."""
    return [_raw(method, getattr(estimator, method)(columns)) for method in methods]


def _raw(method: Method, found: Any) -> Any:
    if method is Method.PREDICT_PROBA and isinstance(found, list):
        return found
    array = np.asarray(found)
    if method is Method.PREDICT and array.ndim == 2 and array.shape[1] == 1:
        return array[:, 0]
    return array
