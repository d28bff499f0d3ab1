"""`import_model`: an ONNX or skops file on disk, with a manifest beside it, as a package."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from opcua_ml.domain.errors import PackageError
from opcua_ml.runtime.imports.facts import ImportFacts, read_facts
from opcua_ml.runtime.package.manifest_file import manifest_problem
from opcua_ml.runtime.packing.csv_file import read_csv
from opcua_ml.runtime.packing.estimator_file import read_artifact, read_estimator

if TYPE_CHECKING:
    import os
    from collections.abc import Callable

    from opcua_ml.runtime.package.package import Package


def import_model(
    model: str | os.PathLike[str],
    target: str | os.PathLike[str],
    *,
    manifest: str | os.PathLike[str] | None = None,
) -> Package:
    """Make a package of a model file that other tools saved.

    Nothing is unpickled: a pickle is refused, and of a skops file only types that skops trusts are built.

    Args:
        model: `.onnx` or `.skops` file.
        target: package to make: a zip where it ends in `.zip`, else a folder.
        manifest: TOML file with the keys of `ImportFacts`; by default the model's name with `.toml`.

    Raises:
        PackageError: the file, the manifest or the examples can't be used; told which, and why.
    """
    path = Path(model)
    if not path.is_file():
        raise PackageError("there is no such file", where=str(path), wanted="an .onnx or .skops file")
    beside = Path(manifest) if manifest is not None else path.with_suffix(".toml")
    facts = read_facts(beside)
    examples = read_csv(beside.parent / facts.examples, targets=facts.targets)
    return packaged(path, facts, (examples.names, examples.inputs), Path(target), y=examples.target)


def packaged(
    path: Path,
    facts: ImportFacts,
    table: tuple[tuple[str, ...], Any],
    target: Path,
    *,
    y: Any = None,
    progress: Callable[[str], None] | None = None,
) -> Package:
    """Make a package of a model file and example rows.

    Args:
        path: of the `.onnx` or `.skops` file.
        facts: what the file does not tell.
        table: names of the inputs, and rows of examples with one column per input.
        target: of the package.
        y: targets of the examples, where they are known.
        progress: see `pack`.

    Raises:
        PackageError: see `import_model`.
    """
    kind = path.suffix.lower()
    if kind not in (".onnx", ".skops"):
        raise PackageError(
            "a model of this kind is not imported", where=str(path), found=kind, wanted=".onnx or .skops"
        )
    try:
        if kind == ".skops":
            return _packed(path, facts, table, target, y=y, progress=progress)
        # Imports of scikit-learn's models never load onnxruntime.
        from opcua_ml.runtime.imports.onnx_file import package_of_onnx  # noqa: PLC0415

        names, rows = table
        numbers = rows.to_numpy(dtype=float) if hasattr(rows, "to_numpy") else rows
        plain = [[float(value) for value in row] for row in numbers]
        return package_of_onnx(read_artifact(path), facts, names, plain, target)
    except ValidationError as error:
        raise manifest_problem(str(path), error) from error


def _packed(
    path: Path,
    facts: ImportFacts,
    table: tuple[tuple[str, ...], Any],
    target: Path,
    *,
    y: Any,
    progress: Callable[[str], None] | None,
) -> Package:
    from opcua_ml.runtime.packing.pack import pack  # noqa: PLC0415  scikit-learn takes a second

    names, rows = table
    estimator = read_estimator(path, is_trusted=False)
    return pack(
        estimator,
        rows,
        y,
        name=facts.name,
        version=facts.version,
        path=target,
        task=facts.task,
        description=facts.description,
        author=facts.author,
        license=facts.license,
        names=None if hasattr(rows, "columns") else names,
        units=facts.units,
        ranges=facts.ranges,
        descriptions=facts.descriptions,
        class_names=facts.class_names or None,
        output_names=facts.output_names or None,
        threshold=facts.threshold,
        metrics=facts.metrics,
        code_revision=facts.code_revision,
        of_examples=True,
        progress=progress,
    )
