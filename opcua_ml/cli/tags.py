"""`opcua-ml tags`: a running service's tags as a table."""

import asyncio
import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from opcua_ml.atomic_file import write_atomically
from opcua_ml.cli.nodeset import found
from opcua_ml.cli.output import Listing, Overwrite, is_free
from opcua_ml.cli.remote import with_service
from opcua_ml.opcua.export.tag_table import Tag, as_csv
from opcua_ml.opcua.export.tag_table import tags as tags_of

if TYPE_CHECKING:
    from opcua_ml.opcua.remote.service import RemoteService


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
    output: Annotated[Listing, typer.Option("--output", "-o", help="How to write.")] = Listing.CSV,
    locale: Annotated[
        str, typer.Option("--locale", help="Language of names and descriptions, such as de.")
    ] = "",
    overwrite: Overwrite = False,
) -> None:
    """List the variables of a running service with NodeIds, types, units, ranges and descriptions."""
    is_free(file, overwrite=overwrite)
    rows = list(tags_of(asyncio.run(found(service.speaking(locale)))))
    if output is Listing.TABLE and file is None:
        _print_table(rows)
        return
    text = json.dumps([asdict(row) for row in rows], indent=1) if output is Listing.JSON else as_csv(rows)
    if file is None:
        typer.echo(text, nl=output is Listing.JSON)
    else:
        write_atomically(file, text.encode())
        typer.echo(f"{file}: {len(rows)} tags")


def _print_table(rows: list[Tag]) -> None:
    """A tag per line, its NodeId last and whole, so that it can be copied from a terminal of any width."""
    lines = [("TYPE", "ACCESS", "UNIT", "RANGE", "NODEID"), *map(_cells, rows)]
    widths = [max(len(line[place]) for line in lines) for place in range(4)]
    for *cells, node_id in lines:
        told = "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
        typer.echo(f"{told}  {node_id}")


def _cells(row: Tag) -> tuple[str, ...]:
    span = f"{row.low} to {row.high}" if row.low else ""
    return row.data_type + "[]" * row.array, row.access, row.unit, span, row.node_id
