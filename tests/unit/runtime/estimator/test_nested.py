"""Estimators are found however deep they are, and compute on one thread when they serve."""

from pathlib import Path

import numpy as np
from sklearn.compose import make_column_transformer
from sklearn.ensemble import GradientBoostingRegressor, RandomForestRegressor, VotingRegressor
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from opcua_ml.runtime.contract.trust import Trust
from opcua_ml.runtime.estimator.nested import compute_on_one_thread, nested_estimators
from opcua_ml.runtime.estimator.predictor import EstimatorPredictor
from opcua_ml.runtime.loading.load import load
from opcua_ml.runtime.packing.pack import pack
from tests.unit.runtime.data import plant

DATA = plant()


def test_every_estimator_is_found_once() -> None:
    """In pipelines, column transformers, ensembles, arrays of trees and searches."""
    forest = RandomForestRegressor(2, n_jobs=2)
    voting = VotingRegressor([("forest", forest), ("boosting", GradientBoostingRegressor(n_estimators=3))])
    columns = make_column_transformer((StandardScaler(), [0, 1]), remainder="passthrough")
    search = GridSearchCV(make_pipeline(columns, voting), {"votingregressor__n_jobs": [2]}, cv=2)
    search.fit(DATA.x, DATA.power)
    found = list(nested_estimators(search))
    names = [type(one).__name__ for one in found]
    assert len({id(one) for one in found}) == len(found)
    assert {"GridSearchCV", "Pipeline", "ColumnTransformer", "StandardScaler"} <= set(names)
    assert names.count("DecisionTreeRegressor") >= 5
    before = search.predict(DATA.x)
    compute_on_one_thread(search)
    assert {getattr(one, "n_jobs", None) for one in nested_estimators(search)} == {None}
    np.testing.assert_allclose(search.predict(DATA.x), before, rtol=1e-12)


def test_a_loaded_forest_starts_no_threads(tmp_path: Path) -> None:
    """For one row they cost more than they save; the estimator's own setting stays in the file."""
    forest = RandomForestRegressor(5, n_jobs=2, random_state=0).fit(DATA.x, DATA.power)
    package = pack(
        forest, DATA.x, DATA.power, name="m", version="1.0.0", path=tmp_path / "m", artifacts=["skops"]
    )
    predictor = load(package, trust=Trust(frozenset({package.content_hash}))).predictor
    assert isinstance(predictor, EstimatorPredictor)
    assert predictor.estimator.n_jobs is None
    assert forest.n_jobs == 2
