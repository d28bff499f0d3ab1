"""`import opcua_ml`: light, and everything a script needs in one place."""

import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

import opcua_ml
from opcua_ml.runtime.package.package import Package

HEAVY = (
    "sklearn",
    "skl2onnx",
    "skops",
    "joblib",
    "onnx",
    "onnxruntime",
    "pandas",
    "asyncua",
    "pydantic",
    "numpy",
)


def imported_by(script: str, *arguments: object) -> set[str]:
    """Packages that a script has imported at its end, in an interpreter of its own."""
    told = f"{script}\nimport sys\nprint(*sys.modules)"
    command = [sys.executable, "-c", told, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    return {name.partition(".")[0] for name in done.stdout.split()}


def test_the_front_is_light() -> None:
    """Importing it imports no library."""
    assert imported_by("import opcua_ml").isdisjoint(HEAVY)


def test_a_service_with_onnx_models_alone_never_imports_scikit_learn(packed_onnx: Package) -> None:
    """Which would take a second at every start; nor pandas, nor what packing alone needs."""
    script = (
        "import sys, opcua_ml, opcua_ml.service.service\n"
        "from opcua_ml.runtime.executor import executor_for\n"
        "model = opcua_ml.load(sys.argv[1])\n"
        "assert model.backend == 'onnx'\n"
        "executor = executor_for(model)\n"
        "executor.predict(model.golden.inputs)\n"
        "executor.close()"
    )
    imported = imported_by(script, packed_onnx.path)
    assert "onnxruntime" in imported
    assert imported.isdisjoint({"sklearn", "skl2onnx", "skops", "joblib", "pandas", "tomlkit", "scipy"})


def test_inspecting_a_package_imports_no_model_library(packed_onnx: Package) -> None:
    """A card is read, not run."""
    imported = imported_by("import sys, opcua_ml\nopcua_ml.open_package(sys.argv[1]).card", packed_onnx.path)
    assert imported.isdisjoint({"sklearn", "skops", "joblib", "onnx", "onnxruntime"})


def test_every_name_of_the_front_is_there() -> None:
    """As a program that lists them expects."""
    for name in opcua_ml.__all__:
        assert getattr(opcua_ml, name) is not None
        assert name in dir(opcua_ml)
    assert opcua_ml.__version__ == version("opcua-ml")


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    """As of any module."""
    with pytest.raises(AttributeError, match="has no attribute 'pakc'"):
        opcua_ml.pakc  # noqa: B018 - the access is what is tested


def test_the_front_packs_opens_loads_and_predicts(tmp_path: Path) -> None:
    """The way that the documentation shows."""
    from sklearn.linear_model import LinearRegression

    x, y = [[0.0], [1.0], [2.0]], [1.0, 3.0, 5.0]
    opcua_ml.pack(LinearRegression().fit(x, y), x, y, name="line", version="1.0.0", path=tmp_path / "line")
    package = opcua_ml.open_package(tmp_path / "line")
    assert package.card.name == "line"
    assert opcua_ml.load(package).predict([(10.0,)])[0][0] == pytest.approx(21.0)


@pytest.fixture(scope="module")
def packed_onnx(tmp_path_factory: pytest.TempPathFactory) -> Package:
    """A package that has an ONNX artifact alone."""
    from sklearn.linear_model import LinearRegression

    x, y = [[0.0], [1.0], [2.0]], [1.0, 3.0, 5.0]
    return opcua_ml.pack(
        LinearRegression().fit(x, y),
        x,
        y,
        name="line",
        version="1.0.0",
        path=tmp_path_factory.mktemp("onnx") / "line",
        artifacts=["onnx"],
    )
