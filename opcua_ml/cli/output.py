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

_BORDER = 3
"""Of a column: what is beside its text."""
_LONGEST_WORDS = (40, 20, 14, 11, 9)
"""Words up to this length are not broken; where there is no room for that, those up to the next."""

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
    """Print a table of plain texts: cells are wrapped between words as far as the terminal's width allows.

    Nothing is cut off. A column in which nothing stands is left out. A terminal in which the columns that one
    copies from would have to be broken gets a line for each cell in place of a table.

    Args:
        columns: their heads.
        rows: a text for each column.
        whole: columns that one copies from, such as names: never broken.
    """
    console = Console(highlight=False)
    cells = [[_printable(cell) for cell in row] for row in rows]
    longest = [max((len(row[place]) for row in cells), default=0) for place in range(len(columns))]
    shown = {head: max(width, len(head)) for head, width in zip(columns, longest, strict=True) if width}
    filled = [[cell for cell, width in zip(row, longest, strict=True) if width] for row in cells]
    widths = _widths(shown, filled, whole, console.width - 1)
    if widths is None:
        _print_blocks(console, shown, filled)
        return
    table = Table(
        *(
            Column(head, overflow="fold", width=width, no_wrap=width == shown[head])
            for head, width in widths.items()
        )
    )
    for row in filled:
        table.add_row(*map(Text, row))
    console.print(table)


def _widths(
    shown: Mapping[str, int], rows: Sequence[Sequence[str]], whole: Sequence[str], room: int
) -> dict[str, int] | None:
    """How wide each column becomes; None where there is no room for a table.

    What is left beside the least widths goes where most lines are saved.
    """
    words = [max(map(_longest_word, column), default=0) for column in zip(shown, *rows, strict=True)]
    for most in _LONGEST_WORDS:
        widths = {
            head: width if head in whole else min(word, most)
            for (head, width), word in zip(shown.items(), words, strict=True)
        }
        spare = room - sum(widths.values()) - _BORDER * len(widths)
        if spare >= 0:
            break
    else:
        return None
    for _ in range(spare):
        head = max(widths, key=lambda one: shown[one] / max(widths[one], 1))
        if widths[head] >= shown[head]:
            break
        widths[head] += 1
    return widths


def _print_blocks(console: Console, heads: Mapping[str, int], rows: Sequence[Sequence[str]]) -> None:
    """One line for each cell, whole: for a terminal that is too narrow for a table."""
    width = max(map(len, heads), default=0)
    for number, row in enumerate(rows):
        if number:
            console.print()
        for head, cell in zip(heads, row, strict=True):
            console.print(Text(f"{head:<{width}}  {cell}"), soft_wrap=True)


def _longest_word(cell: str) -> int:
    return max(map(len, cell.split()), default=0)


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
