"""`opcua-ml pack` and `opcua-ml inspect`: model packages from the command line."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from opcua_ml import bundled
from opcua_ml.cli import pairs
from opcua_ml.cli.output import Output
from opcua_ml.cli.package_card import as_json, print_card
from opcua_ml.domain.errors import PackageError
from opcua_ml.domain.signature import Task
from opcua_ml.runtime.contract.trust import NO_TRUST, Trust
from opcua_ml.runtime.loading.load import load
from opcua_ml.runtime.package.package import open_package

STANDARD = ("onnx", "skops")
Printed = Annotated[Output, typer.Option("--output", "-o", help="How to print the card.")]
Texts = list[str]


def _many(told: str, *names: str) -> Any:
    """An option that may be given several times, or not at all."""
    return typer.Option(*names, help=told, default_factory=list, show_default=False)


def inspect(
    package: Annotated[
        str,
        typer.Argument(help="Folder or .zip file of the package, or a bundled model.", show_default=False),
    ],
    check: Annotated[
        bool, typer.Option("--check", help="Also load the model and hold it against its golden rows.")
    ] = False,
    pin: Annotated[
        str,
        typer.Option(
            help="SHA-256 of an artifact that could run foreign code: leave for --check to load it.",
            show_default=False,
        ),
    ] = "",
    output: Printed = Output.TABLE,
) -> None:
    """Print the card of a model package, after checking the hash of every file.

    Ends with exit code 1 and one sentence where the package must not be used.
    """
    opened = open_package(bundled.package(package))
    trust = Trust(frozenset({pin.lower()}), joblib=True) if pin else NO_TRUST
    reason = load(opened, trust=trust).reason if check else None
    if output is Output.JSON:
        typer.echo(json.dumps(as_json(opened) | ({"check": reason} if check else {}), indent=2))
        return
    print_card(opened)
    if reason:
        typer.echo(f"Checked: {reason}.")


def pack(
    model: Annotated[Path, typer.Argument(help="Fitted estimator: .skops or .joblib.", show_default=False)],
    *,
    data: Annotated[
        Path, typer.Option(help="CSV file with a header: the data it was fitted on.", show_default=False)
    ],
    name: Annotated[str, typer.Option(help="Name of the model.", show_default=False)],
    path: Annotated[
        Path, typer.Option(help="Package to make: a folder, or a file that ends in .zip.", show_default=False)
    ],
    version: Annotated[str, typer.Option(help="Semantic version.")] = "1.0.0",
    target: Annotated[Texts, _many("Column that is predicted.")],
    column: Annotated[Texts, _many("Column to take, in order; by default all.")],
    task: Annotated[Task | None, typer.Option(help="By default what the estimator's type tells.")] = None,
    description: Annotated[str, typer.Option(help="What the model is for.")] = "",
    author: Annotated[str, typer.Option(help="Whom to ask.")] = "",
    spdx: Annotated[str, typer.Option("--license", help="SPDX identifier.")] = "",
    unit: Annotated[Texts, _many("NAME=CODE: UNECE code of an input or output.")],
    bounds: Annotated[Texts, _many("NAME=LOW:HIGH, in the unit.", "--range")],
    describe: Annotated[Texts, _many("NAME=TEXT for an input or output; NAME@de=TEXT in another language.")],
    display: Annotated[Texts, _many("NAME=TEXT, or NAME@de=TEXT: what displays call it.")],
    instrument: Annotated[Texts, _many("NAME=LOW:HIGH: what the instrument can tell.", "--instrument-range")],
    precision: Annotated[Texts, _many("NAME=PLACES: decimal places that count.")],
    definition: Annotated[Texts, _many("NAME=TEXT: how the value comes about.")],
    window: Annotated[Texts, _many("NAME=SAMPLES:PERIOD, the period in seconds.")],
    metric: Annotated[Texts, _many("NAME=VALUE, measured on held-out data.")],
    revision: Annotated[
        str, typer.Option(help="Of the code that trained it, such as a commit.", show_default=False)
    ] = "",
    threshold: Annotated[float | None, typer.Option(help="Scores above are anomalies.")] = None,
    horizon: Annotated[int | None, typer.Option(min=1, help="Steps of a forecast.")] = None,
    golden_rows: Annotated[int, typer.Option(min=1, max=10_000, help="Rows to keep as proof.")] = 50,
    artifact: Annotated[Texts, _many("onnx, treelite, skops or joblib; by default onnx and skops.")],
    delimiter: Annotated[str, typer.Option(help="Between the CSV file's cells; by default , or ;.")] = "",
    decimal: Annotated[str, typer.Option(help="Decimal mark of its numbers; by default . or ,.")] = "",
    trust: Annotated[
        bool, typer.Option("--trust", help="Load the estimator though that may run its author's code.")
    ] = False,
    output: Printed = Output.TABLE,
) -> None:
    """Make a model package from a fitted estimator and the data it was fitted on.

    The signature is inferred. Options that take NAME=… may be given several times.
    """
    # scikit-learn takes a second to import, which `inspect` saves.
    from opcua_ml.runtime.packing.csv_file import Dialect, read_csv  # noqa: PLC0415
    from opcua_ml.runtime.packing.estimator_file import read_estimator  # noqa: PLC0415
    from opcua_ml.runtime.packing.pack import pack as make  # noqa: PLC0415
    from opcua_ml.service.building.unit_codes import unknown_units  # noqa: PLC0415

    estimator = read_estimator(model, is_trusted=trust)
    for option, told in (("--delimiter", delimiter or ","), ("--decimal", decimal or ".")):
        if len(told) != 1:
            raise PackageError("not one character", where=option, found=repr(told), wanted="such as ;")
    described = pairs.languages("--describe", describe)
    read = read_csv(data, inputs=column, targets=target, dialect=Dialect(delimiter, decimal))
    with Console(stderr=True, highlight=False).status("reading") as status:
        made = make(
            estimator,
            read.inputs,
            read.target,
            name=name,
            version=version,
            path=path,
            task=task,
            description=description,
            author=author,
            license=spdx,
            names=read.names,
            threshold=threshold,
            horizon=horizon,
            golden_rows=golden_rows,
            artifacts=artifact or STANDARD,
            units=pairs.units("--unit", unit),
            ranges=pairs.ranges("--range", bounds),
            descriptions=described.pop("", {}),
            details=pairs.details(
                {
                    "description": described,
                    "display_name": pairs.languages("--display", display, plain="en"),
                },
                {
                    "instrument_range": pairs.ranges("--instrument-range", instrument),
                    "value_precision": pairs.numbers("--precision", precision),
                    "definition": pairs.texts("--definition", definition),
                },
            ),
            windows=pairs.windows("--window", window),
            metrics=pairs.numbers("--metric", metric),
            code_revision=revision,
            progress=status.update,
        )
    for port, code in unknown_units(made.signature):
        typer.echo(f"note: {port}: displays show the code {code}, as its symbol is not known here", err=True)
    if output is Output.JSON:
        typer.echo(json.dumps(as_json(made), indent=2))
    else:
        print_card(made)
