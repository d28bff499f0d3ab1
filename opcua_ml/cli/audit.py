"""`opcua-ml audit`: whether the audit log is whole."""

import json
from pathlib import Path
from typing import Annotated

import typer

from opcua_ml.cli.output import Output
from opcua_ml.opcua.audit.verification import verify as verified

audit = typer.Typer(name="audit", help="The audit log: verify that nobody changed it.", no_args_is_help=True)


@audit.callback()
def group() -> None:
    """The audit log: verify that nobody changed it."""


@audit.command()
def verify(
    log: Annotated[Path, typer.Argument(help="The log's folder, or one of its files.", show_default=False)],
    output: Annotated[Output, typer.Option("--output", "-o", help="How to print.")] = Output.TABLE,
) -> None:
    """Check that every line is as it was written, and that none is missing or put in.

    Ends with exit code 1 and the first broken place where that is not so. The hash of the last line stands
    for all lines before it: noted down elsewhere, it proves later that the log was not written anew.
    """
    found = verified(log)
    if output is Output.JSON:
        typer.echo(json.dumps({"first": found.first, "last": found.last, "hash": found.last_hash}))
        return
    typer.echo(f"whole: lines {found.first} to {found.last}, last hash {found.last_hash}")
    if found.first > 1:
        typer.echo(f"lines 1 to {found.first - 1} are in files that are no longer there")
