"""`opcua-ml pack` and `opcua-ml inspect`, for people and for programs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import joblib
import numpy as np
import pytest
import skops.io
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from opcua_ml.runtime.package.package import open_package
from opcua_ml.runtime.packing import csv_file

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit.cli.conftest import Run


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Data, and estimators fitted on them, as somebody saved them."""
    random = np.random.default_rng(1)
    x = random.normal(loc=[10.0, 20.0, 30.0], size=(60, 3))
    load, state = x @ [1.0, 2.0, 3.0], np.where(x[:, 0] > 10, "high", "low")
    rows = [
        f"{a},{b},{c},{d},{e}"
        for (a, b, c), d, e in zip(x.tolist(), load.tolist(), state.tolist(), strict=True)
    ]
    (tmp_path / "data.csv").write_text("\n".join(["flow,pressure,speed,load,state", *rows]))
    regression = make_pipeline(StandardScaler(), LinearRegression()).fit(x, load)
    skops.io.dump(regression, tmp_path / "regression.skops")
    joblib.dump(regression, tmp_path / "regression.joblib")
    skops.io.dump(
        make_pipeline(StandardScaler(), LogisticRegression()).fit(x, state), tmp_path / "classes.skops"
    )
    return tmp_path


def packed(run: Run, folder: Path, *more: object, model: str = "regression.skops") -> Any:
    """Run `pack` with what is needed and more."""
    columns = [part for name in ("flow", "pressure", "speed") for part in ("--column", name)]
    given = ["--data", folder / "data.csv", "--name", "load", "--path", folder / "package", *columns]
    return run("pack", folder / model, *given, *more)


def test_a_saved_estimator_becomes_a_package(run: Run, folder: Path) -> None:
    """With what the options say of it; the card is printed."""
    ended = packed(
        run,
        folder,
        *("--target", "load", "--unit", "load=KWT", "--unit", "flow=MQH", "--range", "flow=0:50"),
        *("--describe", "flow=Flow delivered", "--metric", "r2=0.99", "--version", "2.1.0"),
    )
    assert (ended.code, ended.error) == (0, "")
    assert "load 2.1.0 · regression" in ended.out
    package = open_package(folder / "package")
    flow, load = package.signature.input("flow"), package.signature.outputs[0]
    assert (flow.unit, str(flow.range), flow.description) == ("MQH", "0 to 50", "Flow delivered")
    assert (load.name, load.unit) == ("load", "KWT")
    assert package.card.metrics == {"r2": 0.99}


def test_displays_are_told_in_several_languages(run: Run, folder: Path) -> None:
    """NAME@de is the German one; the rest is what becomes properties of Part 8."""
    ended = packed(
        run,
        folder,
        *("--target", "load", "--describe", "flow=Flow delivered", "--describe", "flow@de=Durchfluss"),
        *("--display", "flow=Flow", "--display", "flow@de-AT=Fluss", "--instrument-range", "flow=-1:80"),
        *("--precision", "flow=1", "--definition", "flow=meter A", "--precision", "load=2"),
    )
    assert (ended.code, ended.error) == (0, "")
    signature = open_package(folder / "package").signature
    flow, load = signature.input("flow"), signature.outputs[0]
    assert flow.description == "Flow delivered"
    assert flow.description.translations == {"de": "Durchfluss"}  # type: ignore[attr-defined]
    assert flow.details.display_name == "Flow"
    assert flow.details.display_name.translations == {"de-AT": "Fluss"}  # type: ignore[attr-defined]
    assert str(flow.details.instrument_range) == "-1 to 80"
    assert (flow.details.value_precision, flow.details.definition) == (1.0, "meter A")
    assert load.details.value_precision == 2.0


def test_a_program_gets_the_manifest(run: Run, folder: Path) -> None:
    """As JSON, by both commands alike."""
    made = json.loads(packed(run, folder, "--target", "state", "-o", "json", model="classes.skops").out)
    assert "UInt32" in run("inspect", folder / "package").out
    inspected = json.loads(run("inspect", folder / "package", "--output", "json").out)
    assert made == inspected
    assert made["task"] == "classification"
    assert made["content_hash"] == open_package(folder / "package").content_hash
    assert [item["name"] for item in made["inputs"]] == ["flow", "pressure", "speed"]


@pytest.mark.parametrize("has_pandas", [True, False])
def test_an_output_is_called_as_the_target_s_column(
    run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch, has_pandas: bool
) -> None:
    """With pandas and without."""
    if not has_pandas:
        monkeypatch.setattr(csv_file, "find_spec", lambda _: None)
    assert packed(run, folder, "--target", "load").code == 0
    assert [item.name for item in open_package(folder / "package").signature.outputs] == ["load"]


@pytest.mark.parametrize(("bounds", "is_told"), [("9:11", True), ("-90:90", False)])
def test_a_range_narrower_than_the_data_is_told(run: Run, folder: Path, bounds: str, is_told: bool) -> None:
    """As the service refuses what the estimator was fitted on."""
    ended = packed(run, folder, "--target", "load", "--range", f"flow={bounds}")
    assert ended.code == 0
    assert ("Note: the range of flow is narrower than what was seen" in ended.out) is is_told


def test_a_pickle_wants_trust(run: Run, folder: Path) -> None:
    """It runs what its author wrote; with --trust it is packed."""
    ended = packed(run, folder, "--target", "load", model="regression.joblib")
    assert ended.code == 1
    assert "a pickle could run any code; wanted --trust" in ended.error
    assert not (folder / "package").exists()
    assert packed(run, folder, "--target", "load", "--trust", model="regression.joblib").code == 0


@pytest.mark.parametrize(
    ("options", "code", "sentence"),
    [
        (
            ["--target", "laod"],
            1,
            "columns are missing; found flow, pressure, speed, load, state; wanted laod",
        ),
        (["--unit", "flwo=MQH"], 1, "units: no input or output of this name; found flwo"),
        (["--unit", "flow=bar"], 1, "--unit flow: no UNECE code; found bar; wanted flow=BAR"),
        (["--unit", "flow=m3/h"], 1, "--unit flow: no UNECE code; found m3/h; wanted flow=MQH"),
        (
            ["--target", "load", "--unit", "load=kw"],
            1,
            "--unit load: no UNECE code; found kw; wanted load=KWT",
        ),
        (["--unit", "flow=buckets"], 1, "wanted one that `opcua-ml units` lists"),
        (["--unit", "flow"], 2, "'flow' is not of the form NAME=VALUE"),
        (["--unit", "flow=MQH", "--unit", "flow=LPS"], 2, "'flow' stands there twice"),
        (["--display", "flwo@de=Fluss"], 1, "details: no input or output of this name; found flwo"),
        (["--precision", "flow=99"], 1, "less than or equal to 15"),
        (["--instrument-range", "flow=5:1"], 1, "the instrument range's low end is not less"),
        (["--range", "flow=5"], 2, "'5' is not of the form LOW:HIGH"),
        (["--range", "flow=a:b"], 2, "'a' is no number"),
        (["--window", "flow=x"], 2, "'x' is not of the form SAMPLES:PERIOD"),
        (["--artifact", "pmml"], 1, "no such artifact; found pmml"),
        (["--golden-rows", "0"], 2, "golden-rows"),
        (["--task", "guessing"], 2, "guessing"),
    ],
)
def test_what_is_wrong_is_told_in_a_sentence(
    run: Run, folder: Path, options: list[str], code: int, sentence: str
) -> None:
    """With exit code 1 where the data say so and 2 where the command line does; nothing is written."""
    ended = packed(run, folder, *options)
    assert ended.code == code
    assert sentence in " ".join(ended.error.split())
    assert "Traceback" not in ended.error
    assert not (folder / "package").exists()


@pytest.mark.parametrize(
    ("model", "sentence"),
    [
        ("nothing.skops", "nothing.skops: the file can't be read; found No such file"),
        ("data.csv", "data.csv: no file of an estimator; found .csv; wanted .skops or .joblib"),
        ("broken.skops", "broken.skops: not a skops file"),
    ],
)
def test_a_file_that_is_no_estimator_is_told(run: Run, folder: Path, model: str, sentence: str) -> None:
    """By its name."""
    (folder / "broken.skops").write_bytes(b"PK\x03\x04")
    ended = packed(run, folder, model=model)
    assert ended.code == 1
    assert sentence in ended.error


def test_data_that_are_no_table_are_told(run: Run, folder: Path) -> None:
    """As is a file that is not there."""
    (folder / "data.csv").write_bytes(b"")
    assert "data.csv: not a table of values" in packed(run, folder).error
    (folder / "data.csv").unlink()
    assert "data.csv: the file can't be read" in packed(run, folder).error


def test_inspect_prints_the_card(run: Run, folder: Path) -> None:
    """Everything that one needs to pin it, and whether it proves itself."""
    packed(run, folder, "--target", "load")
    ended = run("inspect", folder / "package", "--check")
    package = open_package(folder / "package")
    assert ended.code == 0
    assert package.content_hash in ended.out
    assert all(artifact.sha256 in ended.out for artifact in package.manifest.artifacts)
    assert "Pipeline(StandardScaler, LinearRegression)" in ended.out
    assert "Checked: onnx reproduces the golden rows" in ended.out


def test_inspect_refuses_a_package_that_was_changed(run: Run, folder: Path) -> None:
    """With exit code 1 and one sentence."""
    packed(run, folder, "--target", "load")
    (folder / "package" / "model.onnx").write_bytes(b"other")
    ended = run("inspect", folder / "package")
    assert (ended.code, ended.out) == (1, "")
    assert "model.onnx: not the file that the manifest names" in ended.error
    assert len(ended.error.splitlines()) == 1


def test_inspect_knows_bundled_models(run: Run) -> None:
    """By their bare names, as the configuration does."""
    ended = run("inspect", "pump_flow", "--check", "-o", "json")
    told = json.loads(ended.out)
    assert told["name"] == "pump_flow"
    assert told["check"].startswith("onnx")
    told = run("inspect", "no_such_model").error
    assert "no model package here" in told
    assert "a bundled model: pump_anomaly, pump_fault, pump_flow" in told
    for command, *options in (("inspect",), ("verify", "--recorded", "rows.csv")):
        told = run(command, "pump_falt", *options).error
        assert 'did you mean the bundled model "pump_fault"?' in told


def test_deploy_makes_nothing_where_there_is_no_package(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No keys, and no question for a password."""
    monkeypatch.chdir(tmp_path)
    ended = run("deploy", "pump_falt", "--to", "opc.tcp://127.0.0.1:9", "--user", "ann")
    assert 'did you mean the bundled model "pump_fault"?' in ended.error
    assert list(tmp_path.iterdir()) == []


def test_inspect_loads_a_pickle_only_with_its_hash(run: Run, folder: Path) -> None:
    """The refusal tells the option, whose value is the artifact's own hash."""
    packed(run, folder, "--target", "load", "--artifact", "joblib")
    (artifact,) = open_package(folder / "package").manifest.artifacts
    refused = run("inspect", folder / "package", "--check")
    assert refused.code == 1
    assert f"inspect --pin {artifact.sha256}" in refused.error
    assert run("inspect", folder / "package", "--check", "--pin", "0" * 64).code == 1
    checked = run("inspect", folder / "package", "--check", "--pin", artifact.sha256)
    assert (checked.code, checked.error) == (0, "")
    assert "joblib reproduces the golden rows" in checked.out
