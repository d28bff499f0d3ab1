"""Whatever is packed answers, loaded again, as it did before."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from sklearn.calibration import CalibratedClassifierCV
from sklearn.cluster import KMeans, MiniBatchKMeans
from sklearn.compose import TransformedTargetRegressor, make_column_transformer
from sklearn.covariance import EllipticEnvelope
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.ensemble import (
    AdaBoostClassifier,
    BaggingClassifier,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    IsolationForest,
    RandomForestClassifier,
    RandomForestRegressor,
    StackingClassifier,
    VotingClassifier,
)
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge, RidgeClassifier, SGDOneClassSVM
from sklearn.model_selection import GridSearchCV
from sklearn.multioutput import MultiOutputClassifier, MultiOutputRegressor
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier, LocalOutlierFactor
from sklearn.neural_network import MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PolynomialFeatures, StandardScaler
from sklearn.svm import SVC, SVR, LinearSVC, OneClassSVM

from opcua_ml.domain.signature import OutputRole
from opcua_ml.runtime.contract.trust import Trust
from opcua_ml.runtime.loading.load import load
from opcua_ml.runtime.packing.pack import pack
from tests.unit.runtime.data import plant

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from opcua_ml.domain.row import Row
    from opcua_ml.runtime.package.package import Package


@dataclass(frozen=True)
class Case:
    """An estimator, the target it is fitted on and whether skl2onnx knows it."""

    estimator: Any
    target: str | None
    converts: bool = True


def scaled(estimator: Any) -> Any:
    """With a scaler before it."""
    return make_pipeline(StandardScaler(), estimator)


TWO = [("a", LogisticRegression()), ("b", GaussianNB())]
CASES = {
    "logistic regression of texts": Case(scaled(LogisticRegression()), "state"),
    "logistic regression of Booleans": Case(scaled(LogisticRegression()), "runs"),
    "linear discriminant": Case(LinearDiscriminantAnalysis(), "state"),
    "naive Bayes": Case(GaussianNB(), "state"),
    "neighbours": Case(KNeighborsClassifier(), "state"),
    "random forest": Case(RandomForestClassifier(10, n_jobs=2, random_state=0), "state"),
    "gradient boosting": Case(GradientBoostingClassifier(n_estimators=5), "state"),
    "histogram boosting": Case(scaled(HistGradientBoostingClassifier(max_iter=5)), "state"),
    "AdaBoost": Case(AdaBoostClassifier(n_estimators=5), "state"),
    "bagging": Case(BaggingClassifier(n_estimators=5, random_state=0), "state"),
    "stacking": Case(scaled(StackingClassifier(TWO, cv=2)), "state"),
    "soft voting": Case(scaled(VotingClassifier(TWO, voting="soft")), "state"),
    "hard voting": Case(scaled(VotingClassifier(TWO)), "state"),
    "calibrated": Case(CalibratedClassifierCV(GaussianNB(), cv=2), "state"),
    "support vectors": Case(scaled(SVC()), "state"),
    "support vectors of two classes": Case(scaled(SVC()), "runs"),
    "linear support vectors": Case(scaled(LinearSVC()), "runs"),
    "search of two classes": Case(GridSearchCV(scaled(SVC()), {"svc__C": [1, 2]}, cv=2), "runs"),
    "ridge classifier": Case(RidgeClassifier(), "state"),
    "grid search": Case(GridSearchCV(scaled(SVC()), {"svc__C": [1, 2]}, cv=2), "state"),
    "several labels": Case(scaled(MultiOutputClassifier(LogisticRegression())), "both"),
    "linear regression": Case(LinearRegression(), "power"),
    "linear regression of two": Case(LinearRegression(), "pair"),
    "polynomials": Case(make_pipeline(StandardScaler(), PolynomialFeatures(), Ridge()), "power"),
    "random forest regression": Case(
        make_pipeline(SimpleImputer(), StandardScaler(), RandomForestRegressor(10)), "power"
    ),
    "gradient boosting regression": Case(GradientBoostingRegressor(n_estimators=5), "power"),
    "histogram boosting regression": Case(scaled(HistGradientBoostingRegressor(max_iter=5)), "power"),
    "boosting of two": Case(MultiOutputRegressor(GradientBoostingRegressor(n_estimators=3)), "pair"),
    "support vector regression": Case(scaled(SVR()), "power"),
    "neural network of two": Case(scaled(MLPRegressor(hidden_layer_sizes=(8,), max_iter=20)), "pair"),
    "Gaussian process": Case(scaled(GaussianProcessRegressor(alpha=0.1)), "power"),
    "transformed target": Case(TransformedTargetRegressor(LinearRegression()), "power", converts=False),
    "columns by place": Case(
        make_pipeline(make_column_transformer((StandardScaler(), [0, 2]), ("drop", [1, 3])), Ridge()), "power"
    ),
    "isolation forest": Case(IsolationForest(n_estimators=10, random_state=0), None),
    "isolation forest of all rows": Case(
        IsolationForest(n_estimators=10, max_samples=1.0, contamination=0.1, random_state=0), None
    ),
    "isolation forest of some columns": Case(
        scaled(IsolationForest(n_estimators=10, max_features=0.5, random_state=0)), None
    ),
    "local outlier factor": Case(LocalOutlierFactor(novelty=True), None),
    "one-class support vectors": Case(scaled(OneClassSVM(nu=0.1)), None),
    "linear one-class support vectors": Case(scaled(SGDOneClassSVM(nu=0.1, random_state=0)), None),
    "elliptic envelope": Case(scaled(EllipticEnvelope(random_state=0)), None),
    "k-means": Case(scaled(KMeans(3, n_init=1, random_state=0)), None),
    "mini-batch k-means": Case(MiniBatchKMeans(3, n_init=1, random_state=0), None),
}


@pytest.mark.parametrize("name", CASES)
def test_what_is_loaded_answers_as_the_estimator(name: str, tmp_path: Path) -> None:
    """On every row of the data, whichever artifact answers, in one call or row by row."""
    case, data = CASES[name], plant()
    target = None if case.target is None else getattr(data, case.target)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a few iterations are enough here
        case.estimator.fit(data.x, target)
    package = pack(
        case.estimator, data.x, target, name="m", version="1.0.0", path=tmp_path / "m", golden_rows=10
    )
    formats = [artifact.format for artifact in package.manifest.artifacts]
    assert formats == (["onnx", "skops"] if case.converts else ["skops"]), package.manifest.notes
    rows: list[Row] = [tuple(row) for row in data.x.tolist()]
    for artifact in package.manifest.artifacts:
        trust = Trust(frozenset({artifact.sha256}))
        model = load(package, trust=trust, prefer=(artifact.format,))
        answers = model.predict(rows)
        tolerance = 1e-5 if artifact.format == "onnx" else 1e-12
        assert_as_estimator(package, case.estimator, data.x, answers, tolerance)
        singly = [model.predict([row])[0] for row in rows[:3]]
        np.testing.assert_allclose(_flat(singly), _flat(answers[:3]), rtol=1e-6, atol=1e-6)
        quick = model.one_row()
        found, whole = [quick(row) for row in rows], [model.predict([row])[0] for row in rows]
        if "from the graph's weights" in model.reason:  # which rounds its last digits otherwise
            np.testing.assert_allclose(_flat(found), _flat(whole), rtol=1e-10, atol=1e-10)
        else:
            assert found == whole


def assert_as_estimator(
    package: Package, estimator: Any, x: Any, answers: Sequence[Row], tolerance: float
) -> None:
    """Hold outputs against the estimator's own methods, computed here without the package's code."""
    predicted = estimator.predict(x)
    for place, output in enumerate(package.signature.outputs):
        found = [answer[place] for answer in answers]
        part = package.manifest.outputs[place]
        many = predicted.ndim == 2 and predicted.shape[1] > 1
        match output.role:
            case OutputRole.LABEL:
                own = predicted[:, part.source.target] if many else predicted
                assert [output.categories[index] for index in found] == [str(label) for label in own.tolist()]  # type: ignore[index]
                continue
            case OutputRole.ANOMALY:
                assert found == (predicted == -1).tolist()
                continue
            case OutputRole.CLUSTER:
                assert found == predicted.tolist()
                continue
            case OutputRole.PROBABILITIES | OutputRole.CONFIDENCE:
                own = estimator.predict_proba(x)
                own = own[part.source.target] if isinstance(own, list) else own
                own = own if output.role is OutputRole.PROBABILITIES else own.max(axis=1)
            case OutputRole.SCORE:
                own = estimator.decision_function(x) * (-1 if part.source.negated else 1)
            case OutputRole.DISTANCE:
                own = estimator.transform(x).min(axis=1)
            case OutputRole.VALUE:
                own = predicted[:, part.source.column] if many else predicted.reshape(len(x))
        np.testing.assert_allclose(np.array(found), own, rtol=0, atol=tolerance * np.abs(own).max())


def _flat(rows: Sequence[Row]) -> Any:
    return np.array([np.hstack(row) for row in rows], dtype=float)
