"""The ways in which a command prints what it found."""

from __future__ import annotations

import csv
import io
import json
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from opcua_ml.domain.errors import ConfigurationError
from opcua_ml.domain.spreadsheet import harmless

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

_BORDER, _NARROW = 3, 9
"""Of a column: what is beside its text, and where it is too narrow to be read."""

Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace a file that is there already.")]


class Output(StrEnum):
    """Values of `--output`."""

    TABLE = "table"
    JSON = "json"


class Listing(StrEnum):
    """Values of `--output` of a command that lists."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"


def is_free(file: Path | None, *, overwrite: bool) -> None:
    """See that nothing is lost when a file is written.

    Raises:
        ConfigurationError: it is there, and nobody said that it may be replaced.
    """
    if file is not None and not overwrite and file.exists():
        raise ConfigurationError(
            "the file is there already", where=str(file), wanted="another name, or --overwrite"
        )


def print_table(columns: Sequence[str], rows: Iterable[Sequence[str]], *, whole: Sequence[str]) -> None:
    """Print a table of plain texts that fits a terminal of any width: cells are wrapped, nothing is cut off.

    A column in which nothing stands is left out.

    Args:
        columns: their heads.
        rows: a text for each column.
        whole: columns that one copies from, such as names: not broken where the others have room beside them.
    """
    console = Console(highlight=False)
    cells = [[_printable(cell) for cell in row] for row in rows]
    longest = [max((len(row[place]) for row in cells), default=0) for place in range(len(columns))]
    shown = {head: max(width, len(head)) for head, width in zip(columns, longest, strict=True) if width}
    least = sum(_BORDER + (width if head in whole else min(width, _NARROW)) for head, width in shown.items())
    kept = whole if least < console.width else ()
    table = Table(*(Column(head, overflow="fold", no_wrap=head in kept) for head in shown))
    for row in cells:
        table.add_row(*(Text(cell) for cell, width in zip(row, longest, strict=True) if width))
    console.print(table)


def print_rows(form: Listing, columns: Sequence[str], rows: Sequence[Mapping[str, object]]) -> None:
    """Print rows for programs: as a JSON array, or as CSV with a head (RFC 4180), several values by «; »."""
    if form is Listing.JSON:
        typer.echo(json.dumps(rows))
        return
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\r\n")
    writer.writeheader()
    for row in rows:
        writer.writerow({name: _cell(row[name]) for name in columns})
    typer.echo(text.getvalue(), nl=False)


def _cell(value: object) -> object:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return value
    words = "; ".join(map(str, value)) if isinstance(value, list | tuple) else str(value or "")
    return harmless(_printable(words))


def _printable(words: str) -> str:
    """A hostile name steers no terminal: of its control characters the names are shown."""
    shown = (one if one.isprintable() else one.encode("unicode_escape").decode() for one in words)
    return "".join(shown)
