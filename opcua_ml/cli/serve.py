"""`opcua-ml serve FILE`: the service."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from opcua_ml.cli.frame import Frame
from opcua_ml.config import Configuration, load
from opcua_ml.service import event_loop
from opcua_ml.service.log import configure_logging
from opcua_ml.service.service import Service
from opcua_ml.service.signals import stop_on_signals


def serve(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="Configuration file (TOML).", show_default=False)],
    seconds: Annotated[
        float | None,
        typer.Option(
            "--seconds", min=0.0, help="End so long after clients could connect.", show_default=False
        ),
    ] = None,
) -> None:
    """Serve the models of a configuration file, until SIGTERM or Ctrl-C.

    The address is printed once clients can connect; log lines go to standard error.
    """
    configuration = load(file)
    frame = context.find_object(Frame) or Frame()
    level = "debug" if frame.verbose else configuration.logging.level
    configure_logging(level, configuration.logging.format)
    event_loop.run(_serve(configuration, str(file), seconds))


async def _serve(configuration: Configuration, source: str, seconds: float | None) -> None:
    service = Service(configuration, source=source)
    with stop_on_signals() as stop:

        def opened() -> None:
            typer.echo(service.endpoint)
            if seconds is not None:
                asyncio.get_running_loop().call_later(seconds, stop.set)

        await service.run(stop, opened=opened)
