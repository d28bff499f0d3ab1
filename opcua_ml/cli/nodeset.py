"""`opcua-ml nodeset`: a running service's nodes as a NodeSet2 file."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from opcua_ml.atomic_file import write_atomically
from opcua_ml.cli.output import Overwrite, is_free
from opcua_ml.cli.remote import with_service
from opcua_ml.opcua.export.node_set import node_set
from opcua_ml.opcua.export.tag_table import as_csv, tags

if TYPE_CHECKING:
    from opcua_ml.opcua.export.exported_space import ExportedSpace
    from opcua_ml.opcua.remote.service import RemoteService

ALL_LANGUAGES = "mul"
"""Of Part 3, 8.5.2.2: a service that knows of it tells every text in all its languages."""
nodeset = typer.Typer(
    name="nodeset",
    help="A running service's nodes as a NodeSet2 file, for offline engineering.",
    no_args_is_help=True,
)


@nodeset.callback()
def group() -> None:
    """A running service's nodes as a NodeSet2 file, for offline engineering."""


@nodeset.command()
@with_service
def export(
    service: "RemoteService",
    file: Annotated[Path, typer.Argument(help="NodeSet2 file to write.", show_default=False)],
    *,
    csv: Annotated[
        Path | None, typer.Option("--csv", help="Write the table of tags there, too.", show_default=False)
    ] = None,
    version: Annotated[str, typer.Option("--version", help="Version of the model in the file.")] = "1.0.0",
    overwrite: Overwrite = False,
) -> None:
    """Write the instances that a running service shows as NodeSet2, over OPC UA.

    The file has what this user may see: all nodes of the site's namespace with their types, references,
    descriptions, units and ranges. It names the models that it builds on; load those first.
    """
    for path in (file, csv):
        is_free(path, overwrite=overwrite)
    space = asyncio.run(found(service.speaking(ALL_LANGUAGES)))
    write_atomically(file, node_set(space, version, datetime.now(UTC)).encode())
    typer.echo(f"{file}: {len(space.nodes)} nodes of {space.uris[space.index]}")
    if csv is not None:
        rows = list(tags(space))
        write_atomically(csv, as_csv(rows).encode())
        typer.echo(f"{csv}: {len(rows)} tags")


async def found(service: "RemoteService") -> "ExportedSpace":
    """What the service shows."""
    async with service:
        return await service.space()
