"""The card of a model package, for people and for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from opcua_ml.cli.output import print_table
from opcua_ml.domain.engineering_units import engineering_unit
from opcua_ml.domain.figure import figure
from opcua_ml.domain.signature import DataType, OutputRole

if TYPE_CHECKING:
    from opcua_ml.runtime.package.artifact_parts import Artifact
    from opcua_ml.runtime.package.package import Package
    from opcua_ml.runtime.package.parts import InputPart, OutputPart

FEW = 6  # categories that are shown in a cell


def as_json(package: Package) -> dict[str, Any]:
    """The manifest, with the package's path and content hash."""
    return {
        "path": str(package.path),
        "content_hash": package.content_hash,
        **package.manifest.model_dump(mode="json"),
    }


def print_card(package: Package) -> None:
    """Print the card as tables."""
    console = Console(highlight=False)
    manifest = package.manifest
    console.print(f"[bold]{manifest.name} {manifest.version}[/] · {manifest.task.value}")
    if manifest.description:
        console.print(escape(manifest.description))
    console.print(_identification(package))
    _print_inputs(
        manifest.inputs, "Seen in examples" if manifest.training.of_examples else "Seen in training"
    )
    _print_outputs(manifest.outputs)
    _print_artifacts(manifest.artifacts)
    for note in manifest.notes:
        console.print(f"Note: {escape(note)}", soft_wrap=True)
    for item in manifest.inputs:
        if _is_narrow(item):
            told = f"the range of {item.name} is narrower than what was seen; what lies beyond"
            console.print(f"Note: {escape(told)} is refused or marked.", soft_wrap=True)


def _identification(package: Package) -> Table:
    manifest, training = package.manifest, package.manifest.training
    rows = {
        "Content hash": package.content_hash,
        "Fitted by": f"{manifest.framework.name} {manifest.framework.version}",
        "Estimator": manifest.framework.estimator,
        "Examples" if training.of_examples else "Trained on": (
            f"{training.rows} rows, SHA-256 {training.data_hash}"
        ),
        "Trained at": training.trained_at.isoformat() if training.trained_at else "",
        "Author": manifest.author,
        "License": manifest.license,
        "Horizon": f"{manifest.horizon} steps" if manifest.horizon else "",
        "Metrics": ", ".join(f"{name} {figure(value, 4)}" for name, value in manifest.metrics.items()),
        "Code revision": training.code_revision,
        "Parameters": ", ".join(f"{name}={value}" for name, value in training.parameters.items()),
        "Environment": ", ".join(f"{name} {value}" for name, value in training.environment.items()),
        "Golden rows": str(manifest.golden.rows),
        **{f"{one.format} hash": one.sha256 for one in manifest.artifacts},
    }
    table = Table.grid(padding=(0, 2))
    for name, value in rows.items():
        if value:
            table.add_row(f"[dim]{name}[/]", escape(value))
    return table


def _print_inputs(inputs: tuple[InputPart, ...], seen: str) -> None:
    columns = ("Input", "Type", "Unit", "Range", seen, "Window", "Description")
    print_table(columns, map(_input, inputs), whole=("Input",))


def _input(item: InputPart) -> tuple[str, ...]:
    seen = item.statistics
    return (
        item.name,
        item.data_type.value + (", may be missing" if item.allow_missing else ""),
        _unit(item.unit),
        _categories(tuple(map(str, item.categories))) or _range(item.range),
        f"{figure(seen.minimum, 4)} to {figure(seen.maximum, 4)}" if seen else "",
        _window(item),
        item.description,
    )


def _unit(code: str | None) -> str:
    """The symbol, with the code by which configurations name it."""
    if not code:
        return ""
    symbol = engineering_unit(code).symbol
    return code if symbol == code else f"{symbol} ({code})"


def _is_narrow(item: InputPart) -> bool:
    """Whether the service would not take as Good what the estimator was fitted on."""
    ends, seen = item.range, item.statistics
    if ends is None or seen is None:
        return False
    return seen.minimum < ends[0] or seen.maximum > ends[1]


def _window(item: InputPart) -> str:
    window = item.window
    if window is None:
        return ""
    return " ".join(filter(None, (window.statistic, f"of {window.samples}, every {figure(window.period)} s")))


def _print_outputs(outputs: tuple[OutputPart, ...]) -> None:
    columns = ("Output", "Role", "Type", "Unit", "Values", "Description")
    print_table(columns, map(_output, outputs), whole=("Output",))


def _output(item: OutputPart) -> tuple[str, ...]:
    return (
        item.name,
        item.role.value,
        _shown_type(item) + (f"[{item.length}]" if item.length > 1 else ""),
        _unit(item.unit),
        _categories(item.categories) or _range(item.range),
        item.description,
    )


def _shown_type(item: OutputPart) -> str:
    """What clients see: a class is an index, and no index is less than 0."""
    is_index = item.role is OutputRole.LABEL and item.categories
    return (DataType.UINT32 if is_index else item.data_type).value


def _print_artifacts(artifacts: tuple[Artifact, ...]) -> None:
    rows = [(item.format, str(item.size), _remarks(item)) for item in artifacts]
    print_table(("Artifact", "Bytes", "Remarks"), rows, whole=("Artifact", "Bytes"))


def _remarks(item: Artifact) -> str:
    match item.format:
        case "onnx":
            sets = ", ".join(f"{name} {number}" for name, number in item.opset.items())
            return f"{item.precision} precision, differs by {item.greatest_difference:.1g}; {sets}"
        case "treelite":
            return f"trees that give {item.result.value}, differs by {item.greatest_difference:.1g}"
        case "skops":
            types = ", ".join(item.untrusted_types)
            return f"wants its hash pinned, for {types}" if types else "no code runs when it is loaded"
        case "joblib":
            return "a pickle: wants leave and its hash pinned"


def _categories(names: tuple[str, ...]) -> str:
    shown = ", ".join(name or '""' for name in names[:FEW])
    return f"{shown}, … ({len(names)})" if len(names) > FEW else shown


def _range(ends: tuple[float, float] | None) -> str:
    return f"{figure(ends[0])} to {figure(ends[1])}" if ends else ""
