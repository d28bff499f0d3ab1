"""`opcua-ml verify`: a version gives again what was recorded of it."""

import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from opcua_ml import bundled
from opcua_ml.application.history.store import HistoryReader
from opcua_ml.cli.output import Output
from opcua_ml.domain.errors import PackageError
from opcua_ml.runtime.contract.trust import NO_TRUST, Trust
from opcua_ml.runtime.loading.load import PREFERRED, load
from opcua_ml.runtime.package.package import Package, open_package
from opcua_ml.runtime.recorded import RecordedRow, recorded_rows
from opcua_ml.runtime.replay import Replay, replayed
from opcua_ml.service.building.history_store import store, stored_at
from opcua_ml.service.versions.recorded_history import recorded_history

Moment = datetime | None


def verify(
    package: Annotated[
        str,
        typer.Argument(
            help="Folder or .zip file of the version, as in the store's folder, or a bundled model.",
            show_default=False,
        ),
    ],
    *,
    recorded: Annotated[
        Path | None, typer.Option(help="CSV file of recorded inputs and outputs.", show_default=False)
    ] = None,
    history: Annotated[
        Path | None,
        typer.Option(
            help="Folder of a service's history, or its configuration file, instead.", show_default=False
        ),
    ] = None,
    model: Annotated[
        str, typer.Option(help="Model in that history; by default the package's.", show_default=False)
    ] = "",
    begin: Annotated[Moment, typer.Option("--from", help="From this time on.", show_default=False)] = None,
    end: Annotated[Moment, typer.Option("--to", help="Up to this time.", show_default=False)] = None,
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

    The history has no versions: --from and --to tell when this one predicted; times without a zone are UTC.
    Ends with exit code 1 and the first differences where one is not the same, or nothing could be compared.
    """
    opened = open_package(bundled.package(package))
    trust = Trust.of("joblib", trust_sha256) if trust_sha256 else NO_TRUST
    loaded = load(opened, trust=trust, prefer=(artifact,) if artifact else PREFERRED)
    version = "" if all_versions else opened.manifest.version
    rows, where = _rows(opened, recorded, history, model=model, begin=begin, end=end)
    found = replayed(loaded, opened.signature, rows, version=version, tolerance=tolerance)
    if output is Output.JSON:
        told = {
            "model": opened.manifest.name,
            "version": opened.manifest.version,
            "artifact": loaded.artifact,
        }
        typer.echo(json.dumps(told | {"reproduced": found.is_reproduced} | asdict(found)))
    else:
        name = f"{opened.manifest.name} {opened.manifest.version}"
        typer.echo(f"{name} ({loaded.artifact}): {_told(found, tolerance, version)}")
        for one in found.differences:
            typer.echo(f"line {one.line} {one.time} {one.output}: recorded {one.recorded}, found {one.found}")
    if not found.is_reproduced:
        raise PackageError(
            "the version does not give again what was recorded" if found.rows else "nothing to compare",
            where=str(where),
            found=f"{found.different} of {found.rows} rows differ, at most by {found.greatest:.3g}",
            wanted=_wanted(found, version, of_history=history is not None),
        )


def _told(found: Replay, tolerance: float, version: str) -> str:
    """What came of it, in a line."""
    within = f"{found.within} within {tolerance:g}, " if tolerance else ""
    told = f"{found.rows} rows, {found.exact} the same bit for bit, {within}{found.different} different"
    if found.untold and version:
        told += f"; which version gave {found.untold} of them is not recorded"
    return f"{told}; {found.other_versions} of other versions left out" if found.other_versions else told


def _wanted(found: Replay, version: str, *, of_history: bool) -> str | None:
    """What would make it a comparison with what the version itself gave; None where it was one."""
    if not found.rows:
        return "rows of this version"
    if not (found.untold and version):
        return None
    if of_history:
        return f"--from and --to around the time in which {version} predicted, as history tells no versions"
    return f"only rows that {version} gave, or a column version, as this recording does not tell it"


def _rows(
    opened: Package,
    recorded: Path | None,
    history: Path | None,
    *,
    model: str,
    begin: datetime | None,
    end: datetime | None,
) -> tuple[Iterator[RecordedRow], Path]:
    """What was recorded, and where."""
    if recorded is not None and history is None:
        return recorded_rows(recorded, opened.signature), recorded
    if recorded is not None or history is None:
        raise PackageError("nothing to replay", wanted="either --recorded or --history")
    span = {"begin": _zoned(begin), "end": _zoned(end)}
    name = model or opened.manifest.name
    _, reader = store(stored_at(history))
    return _closing(reader, recorded_history(reader, name, opened.signature, **span)), history


def _closing(reader: HistoryReader, rows: Iterator[RecordedRow]) -> Iterator[RecordedRow]:
    with closing(reader):
        yield from rows


def _zoned(moment: datetime | None) -> datetime | None:
    return None if moment is None else moment.replace(tzinfo=moment.tzinfo or UTC)
