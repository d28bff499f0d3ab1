"""`pack`: from a fitted estimator and its data to a package on disk."""

from __future__ import annotations

import hashlib
import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from opcua_ml.domain.errors import LibraryMismatch, PackageError
from opcua_ml.domain.signature import DataType, Task
from opcua_ml.domain.wording import wording
from opcua_ml.runtime.package.artifact_parts import GoldenPart
from opcua_ml.runtime.package.golden import golden_bytes
from opcua_ml.runtime.package.manifest import FILE, SCHEMA, Manifest
from opcua_ml.runtime.package.manifest_file import manifest_bytes, manifest_problem
from opcua_ml.runtime.package.package import Package, open_package
from opcua_ml.runtime.package.parts import TrainingPart
from opcua_ml.runtime.package.write import write_package
from opcua_ml.runtime.packing.artifacts import Made, Specimen, make
from opcua_ml.runtime.packing.declarations import Bounds, Declarations, WindowLike
from opcua_ml.runtime.packing.draft import draft, specimen
from opcua_ml.runtime.packing.progress import steps_of
from opcua_ml.runtime.packing.provenance import environment, parameters_of
from opcua_ml.runtime.packing.task import framework_of

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from opcua_ml.runtime.package.golden import GoldenRows

GOLDEN_FILE = "golden.json"
MOST_TOLERANT = 0.1  # as the manifest allows
_LOG = logging.getLogger("opcua_ml.pack")


def pack(
    model: Any,
    X: Any,  # noqa: N803  scikit-learn's name
    y: Any = None,
    *,
    name: str,
    version: str,
    path: str | os.PathLike[str],
    task: Task | str | None = None,
    description: str | Mapping[str, str] = "",
    display_name: str | Mapping[str, str] = "",
    author: str = "",
    license: str = "",  # noqa: A002  the manifest's key
    names: Sequence[str] | None = None,
    descriptions: Mapping[str, str] | None = None,
    units: Mapping[str, str] | None = None,
    ranges: Mapping[str, Bounds] | None = None,
    details: Mapping[str, Mapping[str, Any]] | None = None,
    data_types: Mapping[str, DataType | str] | None = None,
    categories: Mapping[str, Sequence[str | int | bool]] | None = None,
    windows: Mapping[str, WindowLike] | None = None,
    class_names: Mapping[Any, str] | Sequence[str] | None = None,
    output_names: Mapping[str, str] | Sequence[str] | None = None,
    threshold: float | None = None,
    horizon: int | None = None,
    golden_rows: int | Any = 50,
    artifacts: Sequence[str] = ("onnx", "skops"),
    tolerance: float = 1e-5,
    metrics: Mapping[str, float] | None = None,
    trained_at: datetime | None = None,
    code_revision: str = "",
    of_examples: bool = False,
    progress: Callable[[str], None] | None = None,
) -> Package:
    """Make a model package of a fitted estimator or pipeline.

    The signature is inferred: inputs from the columns and dtypes of `X`, outputs from the task. An artifact
    that can't be made, or that does not answer as the estimator does, is left out, with the reason among the
    manifest's notes and in the log; where none is left, packing fails.

    Args:
        model: fitted estimator or pipeline of scikit-learn, or of a library with its interface.
        X: the data it was fitted on, (samples, columns): a DataFrame, an array or a list of lists.
        y: the targets it was fitted on; their names become outputs' names.
        name: of the model: a letter, then letters, digits, `_` and `-`.
        version: semantic version, such as «1.0.0».
        path: of the package to be; a zip where it ends in `.zip`, else a folder. Must not exist.
        task: by default what the estimator's type tells; «forecast» must be said.
        description: what the model is for; also by language, such as {"en": …, "de": …}.
        display_name: in place of the name where people read it; likewise.
        author: whom to ask.
        license: SPDX identifier.
        names: of an array's columns, or of its inputs where `windows` spread over several columns.
        descriptions: by name of an input or output.
        units: likewise, as UNECE codes («CEL», «MQH»).
        ranges: likewise, as (low, high) in the unit.
        details: likewise, for displays: `display_name` and `description` by language, `category_names` by
            language in the classes' order, `instrument_range`, `value_precision` (decimal places) and
            `definition`.
        data_types: of inputs, where the dtype's own is not wanted («Int16»).
        categories: of inputs: the only values allowed.
        windows: of inputs: samples, (samples, period in seconds), or a `Window`; the columns `name[t-1]`,
            `name[t]` and so on are one input then.
        class_names: by class, or in the order of `classes_`.
        output_names: the outputs' names in order for a regression, or new ones by default name.
        threshold: scores above are anomalies; by default the estimator's own.
        horizon: steps of a forecast; by default as many as the estimator predicts.
        golden_rows: how many rows of `X` to keep with their outputs, or rows to keep.
        artifacts: any of «onnx», «treelite», «skops», «joblib»; treelite also takes the place of an ONNX
            artifact that can't be made of a tree ensemble.
        tolerance: greatest difference of ONNX from the estimator, as a share of the greatest golden value.
        metrics: measured on data that training had not seen.
        trained_at: with a time zone.
        code_revision: of the code that trained it, such as a commit.
        of_examples: `X` and `y` are examples only, not what it was fitted on.
        progress: is told what begins, in words, as large ensembles take some seconds; by default a line on
            standard error, where that is a terminal.

    Returns:
        The package, opened.

    Raises:
        PackageError: with what is wrong; nothing is left on disk then.
    """
    declared = Declarations(
        task=task,
        names=names,
        units=units or {},
        ranges=ranges or {},
        descriptions=descriptions or {},
        data_types=data_types or {},
        categories=categories or {},
        windows=windows or {},
        class_names=class_names,
        output_names=output_names,
        threshold=threshold,
        horizon=horizon,
        details=details or {},
    )
    progress = progress or steps_of(f"{name} {version}")
    main, others = _by_language(description)
    _check_numbers(golden_rows, tolerance, metrics or {})
    try:
        progress("inferring the signature")
        made = draft(model, X, y, declared)
        progress("asking the estimator for the golden rows")
        whole = specimen(model, made, declared, golden_rows, tolerance)
        files, notes = _artifacts(artifacts, whole, progress)
        golden = golden_bytes(whole.golden)
        manifest = Manifest(
            schema_version=SCHEMA,
            name=name,
            version=version,
            task=made.task,
            description=main,
            descriptions=others,
            display_name=_texts(display_name),
            author=author,
            license=license,
            notes=notes,
            horizon=made.contract.outputs[0].length if made.task is Task.FORECAST else None,
            framework=framework_of(model),
            training=TrainingPart(
                rows=len(made.rows),
                data_hash=made.data_hash,
                of_examples=of_examples,
                trained_at=trained_at,
                code_revision=code_revision,
                parameters=parameters_of(model),
                environment=environment(),
            ),
            metrics={key: float(value) for key, value in (metrics or {}).items()},
            features=made.contract.features,
            inputs=made.contract.inputs,
            outputs=made.contract.outputs,
            artifacts=tuple(one.part for one in files),
            golden=_golden_part(golden, whole.golden),
        )
    except ValidationError as error:
        raise manifest_problem("pack", error) from error
    progress("writing the package and opening it")
    written = {one.part.file: one.data for one in files} | {
        GOLDEN_FILE: golden,
        FILE: manifest_bytes(manifest),
    }
    write_package(Path(path), written, open_package)
    for note in notes:
        _LOG.warning("%s %s: %s", name, version, note)
    return open_package(path)


def _texts(told: str | Mapping[str, str]) -> dict[str, str]:
    return dict(told) if not isinstance(told, str) else {"en": told} if told else {}


def _by_language(told: str | Mapping[str, str]) -> tuple[str, dict[str, str]]:
    """The English text, or else the first one; and all others."""
    if isinstance(told, str):
        return told, {}
    made = wording(told)
    return str(made), dict(made.translations)


def _check_numbers(golden_rows: int | Any, tolerance: float, metrics: Mapping[str, float]) -> None:
    if isinstance(golden_rows, int) and golden_rows < 1:
        raise PackageError("too few golden rows", where="golden_rows", found=golden_rows, wanted="at least 1")
    if not 0 <= tolerance <= MOST_TOLERANT:
        raise PackageError(
            "not a tolerance",
            where="tolerance",
            found=tolerance,
            wanted=f"a number from 0 to {MOST_TOLERANT}",
        )
    for name, value in metrics.items():
        try:
            float(value)
        except (TypeError, ValueError) as error:
            raise PackageError(
                "not a number", where=f"metrics: {name}", found=repr(value), wanted="what was measured"
            ) from error


def _artifacts(
    formats: Sequence[str], whole: Specimen, told: Callable[[str], None]
) -> tuple[list[Made], tuple[str, ...]]:
    if isinstance(formats, str) or not formats:
        raise PackageError(
            "no list of artifacts", where="artifacts", found=formats, wanted="such as ('onnx', 'skops')"
        )
    made: list[Made] = []
    notes: list[str] = []
    for artifact_format in dict.fromkeys(formats):
        told(f"making the {artifact_format} artifact and holding it against the estimator")
        try:
            made.append(make(artifact_format, whole))
        except PackageError as error:
            if len(set(formats)) == 1:
                raise
            notes.append(f"the {artifact_format} artifact was left out: {error}")
            if artifact_format == "onnx" and "treelite" not in formats:
                made += _in_its_place(whole, notes)
    if not made:
        raise PackageError(
            "; ".join(notes), wanted="at least one artifact; joblib takes nearly any estimator"
        )
    return made, tuple(notes)


def _in_its_place(whole: Specimen, notes: list[str]) -> list[Made]:
    """What serves a tree ensemble without scikit-learn where ONNX can't; a note where it is not installed."""
    try:
        return [make("treelite", whole)]
    except LibraryMismatch as error:
        notes.append(f"a treelite artifact would take its place: {error}")
        return []
    except PackageError as error:
        _LOG.debug("nor is there a treelite artifact: %s", error)
        return []


def _golden_part(data: bytes, golden: GoldenRows) -> GoldenPart:
    return GoldenPart(
        file=GOLDEN_FILE, sha256=hashlib.sha256(data).hexdigest(), size=len(data), rows=len(golden.inputs)
    )
