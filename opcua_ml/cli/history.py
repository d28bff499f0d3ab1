"""`opcua-ml history`: what a service has recorded, as a table or in another store."""

import csv
import io
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Final, TextIO

import typer

from opcua_ml.application.history.store import FIRST_TIME, LAST_TIME
from opcua_ml.application.history.table import TableRow, table
from opcua_ml.application.history.transfer import transfer
from opcua_ml.atomic_file import replaced
from opcua_ml.cli.output import Overwrite, is_free
from opcua_ml.config import load
from opcua_ml.domain.errors import HistoryFailed
from opcua_ml.opcua.space.node_ids import model_path
from opcua_ml.runtime.recorded import QUALITY, TIME, exported_cell
from opcua_ml.service.building.history_store import store, stored_at

_EPOCH: Final = datetime(1601, 1, 1, tzinfo=UTC)
_TOLD_EVERY_S: Final = 1.0
_QUALITY: Final = ("Good", "Uncertain", "Bad", "Bad")
Moment = datetime | None
Configured = Annotated[Path, typer.Argument(help="Configuration file (TOML).", show_default=False)]

history = typer.Typer(
    name="history",
    help="What a service has recorded: export it as CSV, import it from another store.",
    no_args_is_help=True,
)


@history.callback()
def group() -> None:
    """What a service has recorded: export it as CSV, import it from another store."""


@history.command()
def export(
    file: Configured,
    model: Annotated[str, typer.Argument(help="Name of the model's table.", show_default=False)],
    csv_file: Annotated[
        Path | None, typer.Argument(help="CSV file to write; standard output without.", show_default=False)
    ] = None,
    *,
    named: Annotated[Path | None, typer.Option("--csv", help="The same.", hidden=True)] = None,
    begin: Annotated[Moment, typer.Option("--from", help="From this time on.", show_default=False)] = None,
    end: Annotated[Moment, typer.Option("--to", help="Up to this time.", show_default=False)] = None,
    overwrite: Overwrite = False,
) -> None:
    """Write the recorded inputs and outputs of a model as CSV, a row for each prediction.

    The service may run meanwhile. Times without a zone are UTC. `quality` is the worst of a row: Good,
    Uncertain or Bad; what has no value is empty. `opcua-ml verify --recorded` reads it.
    """
    csv_file = csv_file or named
    is_free(csv_file, overwrite=overwrite)
    _, reader = store(load(file).history)
    with closing(reader):
        prefix = f"{model_path(model)}."
        paths = [path for path in reader.paths() if path.startswith(prefix)]
        if not paths:
            raise HistoryFailed("nothing was recorded of this model", where=str(file), found=model)
        low = FIRST_TIME if begin is None else _filetime(begin)
        high = LAST_TIME if end is None else _filetime(end)
        with _opened(csv_file) as text:
            write_line = csv.writer(text, lineterminator="\n").writerow
            write_line((TIME, QUALITY, *(path.removeprefix(prefix) for path in paths)))
            count, told_at = 0, time.monotonic()
            for count, row in enumerate(table(reader, paths, low, high), 1):
                write_line(_cells(row))
                if time.monotonic() - told_at >= _TOLD_EVERY_S:
                    told_at = time.monotonic()
                    _tell(f"{count} rows, up to {_moment(row.source)}")
    _tell(f"{csv_file or 'standard output'}: {count} rows of {len(paths)} variables")


@contextmanager
def _opened(file: Path | None) -> Iterator[TextIO]:
    """Where the table goes; a file is there once it is whole."""
    if file is None:
        yield sys.stdout
        return
    with replaced(file) as raw:
        text = io.TextIOWrapper(raw, encoding="utf-8", newline="")
        yield text
        text.detach()  # as `raw` is closed where it was opened


@history.command(name="import")
def import_(
    file: Configured,
    source: Annotated[
        Path,
        typer.Argument(
            help="Folder of another history, or the configuration file that names it.", show_default=False
        ),
    ],
) -> None:
    """Copy another history, values and events, into that of the configuration file.

    The service must not run meanwhile. The history that is written to has to be empty; a copy that was
    interrupted goes on where it was.
    """
    given = stored_at(source)
    target = load(file).history
    if (given.postgresql, given.postgresql or given.folder.resolve()) == (
        target.postgresql,
        target.postgresql or target.folder.resolve(),
    ):
        raise HistoryFailed("a history can't be copied into itself", where=str(source))
    _, reader = store(given)
    writer, written = store(target)
    with closing(reader), closing(written), closing(writer):
        count, told_at = 0, time.monotonic()
        for count, last in transfer(reader, writer, written):
            if time.monotonic() - told_at >= _TOLD_EVERY_S:
                told_at = time.monotonic()
                _tell(f"{count} records, up to {_moment(last.server)}")
    typer.echo(f"{count} records copied from {source}")


def _cells(row: TableRow) -> list[str]:
    return [_moment(row.source), _QUALITY[row.worst >> 30], *map(exported_cell, row.values)]


def _moment(filetime: int) -> str:
    return (_EPOCH + timedelta(microseconds=filetime // 10)).isoformat(timespec="microseconds")


def _filetime(moment: datetime) -> int:
    zoned = moment.replace(tzinfo=moment.tzinfo or UTC)
    return int((zoned - _EPOCH) / timedelta(microseconds=1)) * 10


def _tell(sentence: str) -> None:
    typer.echo(sentence, err=True)
