"""`opcua-ml deploy PACKAGE --to ENDPOINT`: a package goes into a running service, over OPC UA."""

import asyncio
import json
import sys
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TimeRemainingColumn

from opcua_ml import bundled
from opcua_ml.cli.output import Output
from opcua_ml.cli.remote import Reason, Within, with_service
from opcua_ml.runtime.package.package import open_package
from opcua_ml.service.versions.remote import Deployed, send

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from opcua_ml.opcua.remote.service import RemoteService


def _is_package(package: str, **_: object) -> None:
    """What can't be sent is told before anything is made, asked for or connected."""
    open_package(bundled.package(package))


@partial(with_service, first=_is_package)
def deploy(
    service: "RemoteService",
    package: Annotated[
        str,
        typer.Argument(help="Folder or .zip file of the package, or a bundled model.", show_default=False),
    ],
    *,
    model: Annotated[
        str | None, typer.Option(help="Model in the service; that of the manifest.", show_default=False)
    ] = None,
    promote: Annotated[bool, typer.Option("--promote", help="Let the version predict.")] = False,
    confirm_within: Within = None,
    reason: Reason = "",
    output: Annotated[Output, typer.Option("--output", "-o", help="How to print.")] = Output.TABLE,
) -> None:
    """Send a model package to a running service, over OPC UA.

    The service holds it against its gates and stages it, or tells why not. An upload that a lost connection
    breaks off goes on where it was, for a minute.
    """
    path = bundled.package(package)

    async def sent(progress: "Callable[[int, int], None]") -> Deployed:
        async with service:
            return await send(
                service,
                path,
                model=model,
                promote=promote,
                confirm_within=confirm_within,
                reason=reason,
                progress=progress,
            )

    with _bar() as progress:
        made = asyncio.run(sent(progress))
    if output is Output.JSON:
        typer.echo(json.dumps({"model": made.model, "version": made.version, "state": made.state}))
    else:
        typer.echo(f"{made.model} {made.version}: {made.state}")


@contextmanager
def _bar() -> "Iterator[Callable[[int, int], None]]":
    """A bar on standard error, where somebody looks at it."""
    console = Console(stderr=True)
    with Progress(
        "sending",
        BarColumn(),
        DownloadColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not sys.stderr.isatty(),
    ) as bar:
        task = bar.add_task("sending", total=None)
        yield lambda done, whole: bar.update(task, completed=done, total=whole)
