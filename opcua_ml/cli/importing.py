"""`opcua-ml import MODEL`: a file that other tools saved becomes a package."""

import json
from pathlib import Path
from typing import Annotated

import typer

from opcua_ml.cli.output import Output
from opcua_ml.cli.package_card import as_json, print_card


def import_(
    model: Annotated[Path, typer.Argument(help="ONNX or skops file.", show_default=False)],
    *,
    path: Annotated[
        Path, typer.Option(help="Package to make: a folder, or a file that ends in .zip.", show_default=False)
    ],
    manifest: Annotated[
        Path | None,
        typer.Option(help="TOML file; by default beside the model, named as it is.", show_default=False),
    ] = None,
    output: Annotated[Output, typer.Option("--output", "-o", help="How to print.")] = Output.TABLE,
) -> None:
    """Make a model package of an ONNX or skops file with a manifest beside it.

    The manifest tells what the file does not: name, version, units, ranges, classes, and the CSV file of
    examples, whose rows become golden rows. Nothing is unpickled.
    """
    # scikit-learn takes a second to import, which other commands save.
    from opcua_ml.runtime.imports.model_file import import_model  # noqa: PLC0415

    made = import_model(model, path, manifest=manifest)
    if output is Output.JSON:
        typer.echo(json.dumps(as_json(made), indent=2))
    else:
        print_card(made)
