"""`opcua-ml tags`: a running service's tags as a table."""

import asyncio
import json
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from opcua_ml.cli.nodeset import found
from opcua_ml.cli.remote import with_service
from opcua_ml.opcua.atomic_file import write_atomically
from opcua_ml.opcua.export.tag_table import Tag, as_csv
from opcua_ml.opcua.export.tag_table import tags as tags_of

if TYPE_CHECKING:
    from opcua_ml.opcua.remote.service import RemoteService


class Form(StrEnum):
    """Values of `--output`."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"


tags = typer.Typer(
    name="tags",
    help="A running service's tags as a table, for SCADA and historians.",
    no_args_is_help=True,
)


@tags.callback()
def group() -> None:
    """A running service's tags as a table, for SCADA and historians."""


@tags.command()
@with_service
def export(
    service: "RemoteService",
    file: Annotated[
        Path | None, typer.Argument(help="File to write; standard output without.", show_default=False)
    ] = None,
    *,
    output: Annotated[Form, typer.Option("--output", "-o", help="How to write.")] = Form.CSV,
) -> None:
    """List the variables of a running service with NodeIds, types, units, ranges and descriptions."""
    rows = list(tags_of(asyncio.run(found(service))))
    if output is Form.TABLE and file is None:
        _print_table(rows)
        return
    text = json.dumps([asdict(row) for row in rows], indent=1) if output is Form.JSON else as_csv(rows)
    if file is None:
        typer.echo(text, nl=output is Form.JSON)
    else:
        write_atomically(file, text.encode())
        typer.echo(f"{file}: {len(rows)} tags")


def _print_table(rows: list[Tag]) -> None:
    table = Table("path", "NodeId", "type", "access", "unit", "range")
    for row in rows:
        kind = row.data_type + "[]" * row.array
        span = f"{row.low} to {row.high}" if row.low else ""
        table.add_row(escape(row.path), escape(row.node_id), kind, row.access, row.unit, span)
    Console().print(table)
