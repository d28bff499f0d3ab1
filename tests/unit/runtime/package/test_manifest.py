"""The manifest: strict about its keys, and the same however often it is written."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import pytest
import tomlkit

from opcua_ml.domain.errors import ManifestInvalid
from opcua_ml.runtime.package.manifest_file import manifest_bytes, parse_manifest

if TYPE_CHECKING:
    from collections.abc import Callable

    from opcua_ml.runtime.package.package import Package


@pytest.fixture
def told(packed: Package) -> dict[str, Any]:
    """The tables of a manifest, to be changed."""
    return tomlkit.parse((packed.path / "manifest.toml").read_text()).unwrap()


def refusal(tables: dict[str, Any]) -> str:
    """Why the manifest is refused."""
    with pytest.raises(ManifestInvalid) as refused:
        parse_manifest(tomlkit.dumps(tables).encode(), "manifest.toml")
    return str(refused.value)


def test_what_is_written_is_read_as_the_same(packed: Package) -> None:
    """And written again it has the same bytes, so that the content hash stays."""
    data = manifest_bytes(packed.manifest)
    assert parse_manifest(data, "") == packed.manifest
    assert data == (packed.path / "manifest.toml").read_bytes()


@pytest.mark.parametrize(
    ("place", "key"),
    [
        (lambda m: m, "descripton"),
        (lambda m: m["inputs"][1], "unti"),
        (lambda m: m["outputs"][0]["source"], "methd"),
        (lambda m: m["artifacts"][0], "sha265"),
        (lambda m: m["training"], "row"),
    ],
)
def test_an_unknown_key_is_refused(told: dict[str, Any], place: Callable[[Any], Any], key: str) -> None:
    """Wherever it stands, with its place."""
    place(told)[key] = "x"
    assert f"{key}: unknown key" in refusal(told)


def test_a_missing_key_is_told_by_its_place(told: dict[str, Any]) -> None:
    """As is a key of a table in an array."""
    del told["inputs"][2]["data_type"]
    assert "inputs[2].data_type: the key is missing" in refusal(told)


def _set(*path: str | int, to: Any) -> Callable[[dict[str, Any]], None]:
    def change(tables: dict[str, Any]) -> None:
        at: Any = tables
        for step in path[:-1]:
            at = at[step]
        at[path[-1]] = to

    return change


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (_set("schema_version", to=2), "schema version that is not served; found 2; wanted 1"),
        (_set("name", to="pump/../x"), "name: not allowed; found 'pump/../x'"),
        (
            _set("version", to="1.0"),
            "version: not allowed; found '1.0'; wanted a semantic version, such as 1.0.0",
        ),
        (_set("task", to="guessing"), "task: not allowed; found 'guessing'"),
        (_set("inputs", 0, "unit", to="degrees"), "inputs[0].unit: not allowed; found 'degrees'"),
        (_set("inputs", 0, "range", to=[5, 5]), "low end is not less"),
        (_set("inputs", 0, "name", to="x1"), "two inputs of one name: x1"),
        (_set("inputs", 0, "columns", to=["a", "b"]), "2 columns for a window of 1"),
        (_set("inputs", 0, "columns", to=["y"]), "do not fill each of the features' columns"),
        (_set("inputs", 0, "categories", to=[1, 1]), "a category stands there twice"),
        (_set("inputs", 0, "categories", to=["low"]), "the input x0: the category 'low' is no Double"),
        (_set("schema_version", to=True), "schema version that is not served; found True; wanted 1"),
        (_set("task", to="regression"), "the task is regression, but no output has the role value"),
        (_set("task", to="anomaly detection"), "but no output has the role anomaly or score"),
        (_set("horizon", to=3), "a horizon of 3, but the task is classification"),
        (_set("outputs", 1, "categories", to=["a", "b", "other"]), "name other categories"),
        (_set("outputs", 1, "source", "method", to="predict"), "probabilities comes from predict_proba"),
        (_set("outputs", 0, "length", to=2), "a label is one value, not 2"),
        (_set("outputs", 0, "source", "classes", to=[0, 0, 2]), "a class stands there twice"),
        (_set("outputs", 0, "data_type", to="Double"), "a label is of data type Int32"),
        (_set("outputs", 0, "categories", to=["a"]), "not one to one"),
        (_set("outputs", 1, "length", to=4), "not one category for each"),
        (_set("outputs", 0, "source", "target", to=1), "of no label"),
        (_set("artifacts", 0, "file", to="../model.onnx"), "artifacts[0].onnx.file: not allowed"),
        (_set("artifacts", 0, "file", to="MODEL.skops"), "two files of one name"),
        (_set("artifacts", 0, "file", to="manifest.toml"), "two files of one name"),
        (_set("artifacts", 0, "format", to="pickle"), "artifacts[0]: not allowed"),
        (_set("artifacts", 0, "tolerance", to=0.5), "tolerance: not allowed; found 0.5"),
        (_set("artifacts", 0, "sha256", to="abc"), "sha256: not allowed"),
        (_set("artifacts", 0, "outputs", to={"predict": "label"}), "stands for predict_proba"),
        (_set("artifacts", 0, "inputs", 0, "columns", to=["x9"]), "columns that no input fills"),
        (_set("artifacts", to=[]), "artifacts: not allowed"),
        (_set("metrics", to={"f1": float("nan")}), "metrics.f1: not allowed"),
        (_set("golden", "rows", to="10"), "golden.rows: not allowed; found '10'"),
    ],
)
def test_what_can_not_be_is_refused(
    told: dict[str, Any], change: Callable[[dict[str, Any]], None], sentence: str
) -> None:
    """With the key, what was found and, where it is a matter of form, what is wanted."""
    change(told)
    assert sentence in refusal(told)


@pytest.mark.parametrize("data", [b"\xff\xfe", b"name = ", b"x = " + b"[" * 50_000, b"\0"])
def test_what_is_no_toml_is_refused(data: bytes) -> None:
    """Without a traceback, however deep it is nested."""
    with pytest.raises(ManifestInvalid, match="not readable as TOML"):
        parse_manifest(data, "manifest.toml")


def test_a_date_may_be_one_of_toml(told: dict[str, Any]) -> None:
    """Or a text of ISO 8601: both say the same, and both need a time zone."""
    other = copy.deepcopy(told)
    told["training"]["trained_at"] = tomlkit.parse("t = 2026-11-21T03:00:00Z").unwrap()["t"]
    other["training"]["trained_at"] = "2026-11-21T04:00:00+01:00"
    first, second = (parse_manifest(tomlkit.dumps(tables).encode(), "").training for tables in (told, other))
    assert first.trained_at == second.trained_at
    told["training"]["trained_at"] = "2026-11-21T03:00:00"
    assert "trained_at: not allowed" in refusal(told)
