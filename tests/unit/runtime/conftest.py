"""Small data, and a package of a pipeline fitted on them, which tests copy before they damage it."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from opcua_ml.runtime.package.package import Package, open_package
from opcua_ml.runtime.packing.pack import pack
from tests.unit.runtime.data import plant
from tests.unit.runtime.tampering import Tampered

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture(scope="session")
def packed(tmp_path_factory: pytest.TempPathFactory) -> Package:
    """A classifier of three classes with all three artifacts; not to be changed."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    data = plant()
    return pack(
        make_pipeline(StandardScaler(), LogisticRegression()).fit(data.x, data.state),
        data.x,
        data.state,
        name="pump",
        version="1.2.0",
        path=tmp_path_factory.mktemp("packed") / "pump",
        artifacts=("onnx", "skops", "joblib"),
    )


@pytest.fixture
def tampered(packed: Package, tmp_path: Path) -> Callable[[], Tampered]:
    """Makes a copy of the package that may be changed."""

    def copy() -> Tampered:
        folder = tmp_path / "tampered"
        shutil.copytree(packed.path, folder)
        return Tampered(folder)

    return copy


@pytest.fixture
def zipped(packed: Package, tmp_path: Path) -> Path:
    """The package as a zip that any tool might have made."""
    return Path(shutil.make_archive(str(tmp_path / "pump"), "zip", packed.path))


@pytest.fixture
def opened(zipped: Path) -> Package:
    """The zip, opened."""
    return open_package(zipped)
