"""From the files of an MLflow model to a package: our own among them, or one made of a flavour."""

from __future__ import annotations

import hashlib
import json
import logging
import math
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from opcua_ml.domain.errors import ArtifactUntrusted, PackageError
from opcua_ml.runtime.imports.model_file import packaged
from opcua_ml.runtime.package.manifest import FILE
from opcua_ml.runtime.package.package import open_package

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from opcua_ml.registry.mlflow import RegisteredVersion
    from opcua_ml.runtime.imports.facts import ImportFacts
    from opcua_ml.runtime.package.package import Package

_EXAMPLE: Final = "input_example.json"
_DEEPEST: Final = 3
_DIGITS: Final = 12

_LOG = logging.getLogger("opcua_ml.registry")


class Registered(NamedTuple):
    """A package of a registered version.

    Attributes:
        is_made: of a flavour; else it was among the model's files.
    """

    package: Package
    is_made: bool


def package_of(folder: Path, version: RegisteredVersion, facts: ImportFacts, target: Path) -> Registered:
    """The package that an MLflow model's files hold, or one made of its skops or ONNX flavour.

    Args:
        folder: with the model's files.
        version: of the registry.
        facts: what MLflow does not tell: units, ranges, classes.
        target: of a package that is made: a zip. Its version is the registry's, with the first digits of the
            SHA-256 of what it is made of.

    Raises:
        ArtifactUntrusted: the model is a pickle.
        PackageError: it is of no flavour that is served, or has no input example.
    """
    own = _own_package(folder)
    if own is not None:
        return Registered(open_package(own), is_made=False)
    flavors, root = _flavors(folder)
    file = _model_file(flavors, root, version)
    table = _examples(root / _EXAMPLE)
    digest = hashlib.sha256(file.read_bytes() + (root / _EXAMPLE).read_bytes()).hexdigest()
    told = facts.model_copy(update={"version": f"{version.version}.{digest[:_DIGITS]}"})
    return Registered(packaged(file, told, table, target, progress=_LOG.debug), is_made=True)


def _own_package(folder: Path) -> Path | None:
    """A package among the files, as a folder or a zip."""
    for depth in range(_DEEPEST + 1):
        for found in sorted(folder.glob("/".join(["*"] * depth + [FILE]))):
            return found.parent
        for found in sorted(folder.glob("/".join(["*"] * depth + ["*.zip"]))):
            return found
    return None


def _flavors(folder: Path) -> tuple[Mapping[str, Any], Path]:
    from mlflow.models import Model  # noqa: PLC0415  an extra

    described = next(iter(sorted(folder.rglob("MLmodel"))), None)
    if described is None:
        raise PackageError("no MLflow model", where=str(folder), wanted="a file MLmodel, or a package")
    try:
        flavors = Model.load(str(described)).flavors
    except Exception as error:
        # MLflow tells nothing of what it raises, nor does its YAML library.
        words = str(error).splitlines() or [type(error).__name__]
        raise PackageError("the file MLmodel can't be read", found=words[0]) from error
    if not isinstance(flavors, dict) or not all(isinstance(one, dict) for one in flavors.values()):
        raise PackageError("the flavours in MLmodel are no tables", found=str(flavors)[:80])
    return flavors, described.parent


def _model_file(flavors: Mapping[str, Any], root: Path, version: RegisteredVersion) -> Path:
    if "onnx" in flavors:
        name = flavors["onnx"].get("data", "model.onnx")
    else:
        sklearn = flavors.get("sklearn", {})
        if sklearn.get("serialization_format") != "skops":
            raise ArtifactUntrusted(
                "the MLflow model is a pickle, which could run any code",
                where=f"{version.model} {version.number}",
                found=", ".join(sorted(map(str, flavors))),
                wanted='mlflow.sklearn.log_model(…, serialization_format="skops"), mlflow.onnx.log_model, '
                "or a package of opcua-ml among the model's files",
            )
        name = sklearn.get("pickled_model", "model.skops")
    file = (root / str(name)).resolve()
    if not file.is_relative_to(root.resolve()) or not file.is_file():
        raise PackageError(
            "MLmodel names a file that is not the model's", found=str(name), wanted="one beside it"
        )
    return file


def _examples(path: Path) -> tuple[tuple[str, ...], Any]:
    """Names and rows of the input example that was logged with the model."""
    import numpy as np  # noqa: PLC0415  only where a model is imported

    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise PackageError(
            "the MLflow model has no input example that can be read",
            where=path.name,
            wanted="log_model(…, input_example=…), whose rows become golden rows",
        ) from error
    is_table = isinstance(document, dict)
    rows = document.get("data", document.get("inputs")) if is_table else document
    if not isinstance(rows, list) or not rows or not all(isinstance(row, list) and row for row in rows):
        raise PackageError("the input example is no table", where=path.name, wanted="rows of columns")
    width = len(rows[0])
    for place, row in enumerate(rows, 1):
        where = f"{path.name}: row {place}"
        if len(row) != width:
            raise PackageError(
                "the input example is ragged", where=where, found=f"{len(row)} values", wanted=width
            )
        strange = [one for one in row if one is not None and not isinstance(one, int | float)]
        if strange:
            raise PackageError(
                "the input example has a value that is no number",
                where=where,
                found=str(strange[0])[:80],
                wanted="numbers; a model with other inputs comes as a package of opcua-ml",
            )
    columns = document.get("columns") if is_table else None
    if columns is not None and (not isinstance(columns, list) or len(columns) != width):
        raise PackageError("the input example's columns don't fit its rows", where=path.name, wanted=width)
    names = tuple(map(str, columns)) if columns else tuple(f"x{place + 1}" for place in range(width))
    return names, np.array([[math.nan if one is None else float(one) for one in row] for row in rows])
