"""`opcua-ml verify`: a version gives again what was recorded of it."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from opcua_ml.cli.output import Output
from opcua_ml.domain.errors import PackageError
from opcua_ml.runtime.load import PREFERRED, load
from opcua_ml.runtime.package.package import open_package
from opcua_ml.runtime.recorded import recorded_rows
from opcua_ml.runtime.replay import replayed
from opcua_ml.runtime.trust import NO_TRUST, Trust


def verify(
    package: Annotated[
        Path,
        typer.Argument(
            help="Folder or .zip file of the version, as in the store's folder.", show_default=False
        ),
    ],
    *,
    recorded: Annotated[
        Path, typer.Option(help="CSV file of recorded inputs and outputs.", show_default=False)
    ],
    tolerance: Annotated[
        float,
        typer.Option(min=0.0, help="Of numbers, as a share of their magnitude; 0: bit for bit."),
    ] = 0.0,
    all_versions: Annotated[
        bool, typer.Option("--all-versions", help="Replay rows that name another version, too.")
    ] = False,
    artifact: Annotated[
        str, typer.Option(help="onnx, skops or joblib; by default the one that would serve.")
    ] = "",
    trust_sha256: Annotated[
        str, typer.Option(help="Of a joblib artifact that may run its author's code.", show_default=False)
    ] = "",
    output: Annotated[Output, typer.Option("--output", "-o", help="How to print.")] = Output.TABLE,
) -> None:
    """Replay recorded predictions against a version, bit for bit.

    Ends with exit code 1 and the first differences where one is not the same, or nothing could be compared.
    """
    opened = open_package(package)
    trust = Trust.of("joblib", trust_sha256) if trust_sha256 else NO_TRUST
    model = load(opened, trust=trust, prefer=(artifact,) if artifact else PREFERRED)
    version = "" if all_versions else opened.manifest.version
    rows = recorded_rows(recorded, opened.signature)
    found = replayed(model, opened.signature, rows, version=version, tolerance=tolerance)
    if output is Output.JSON:
        told = {"model": opened.manifest.name, "version": opened.manifest.version, "artifact": model.artifact}
        typer.echo(json.dumps(told | {"reproduced": found.is_reproduced} | asdict(found)))
    else:
        typer.echo(
            f"{opened.manifest.name} {opened.manifest.version} ({model.artifact}): {found.rows} rows, "
            f"{found.exact} the same bit for bit, {found.within} within {tolerance:g}, "
            f"{found.different} different; {found.other_versions} of other versions"
        )
        for one in found.differences:
            typer.echo(f"line {one.line} {one.time} {one.output}: recorded {one.recorded}, found {one.found}")
    if not found.is_reproduced:
        raise PackageError(
            "the version does not give again what was recorded" if found.rows else "nothing to compare",
            where=str(recorded),
            found=f"{found.different} of {found.rows} rows differ, at most by {found.greatest:.3g}",
            wanted="rows of this version, all the same" if not found.rows else None,
        )
