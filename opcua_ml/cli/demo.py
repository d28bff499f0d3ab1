"""`opcua-ml demo`: a simulated plant, its models and a live view in one command."""

import asyncio
import json
import sys
from typing import Annotated, Any

import typer

from opcua_ml.cli.frame import Frame
from opcua_ml.demo.plant import PlantSettings
from opcua_ml.demo.run import Demo, DemoSettings
from opcua_ml.service.log import configure_logging
from opcua_ml.service.signals import stop_on_signals


def demo(
    context: typer.Context,
    *,
    seconds: Annotated[
        float | None, typer.Option("--seconds", min=0.0, help="End after this time.", show_default=False)
    ] = None,
    port: Annotated[
        int | None,
        typer.Option(
            "--port",
            min=0,
            max=65535,
            help="Port of the service; by default 4840, or a free one where that is taken.",
            show_default=False,
        ),
    ] = None,
    no_ui: Annotated[bool, typer.Option("--no-ui", help="Print the address and no live view.")] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print a summary at the end, as one JSON object on the last line.")
    ] = False,
    seed: Annotated[int, typer.Option("--seed", help="Of the plant's noise.")] = 1,
    speed: Annotated[
        float, typer.Option("--speed", min=0.1, max=100.0, help="Plant seconds per second.")
    ] = 1.0,
) -> None:
    """Run a simulated pump station and its models, and watch them.

    Everything listens on loopback only. The way in is open to anonymous operators without encryption, beside
    the secure ways: a choice of the demo, never of `opcua-ml serve`.
    """
    frame = context.find_object(Frame) or Frame()
    view = not no_ui and not as_json and sys.stdout.isatty()
    configure_logging("debug" if frame.verbose else "error" if view else "warning")
    typer.echo("Starting a simulated pump station and its models: a few seconds.", err=True)
    settings = DemoSettings(port=port, view=view, plant=PlantSettings(seed=seed, speed=speed))
    summary = asyncio.run(_run(settings, seconds))
    typer.echo(json.dumps(summary) if as_json else summary_text(summary))


async def _run(settings: DemoSettings, seconds: float | None) -> dict[str, Any]:
    def opened(endpoint: str) -> None:
        typer.echo(f"Open {endpoint} in UaExpert: security None, anonymous. Ctrl-C ends the demo.")
        if seconds is not None:
            asyncio.get_running_loop().call_later(seconds, stop.set)

    with stop_on_signals() as stop:
        return await Demo(settings).run(stop, opened=opened)


def summary_text(summary: dict[str, Any]) -> str:
    """What a run was, for people: a line for all, and one per model."""
    lines = [f"{summary['predictions']} predictions, {summary['rejected']} rejected."]
    for name, model in summary["models"].items():
        latency, score = model["latency_ms"], model["score"]
        figures = ", ".join(
            f"{key} {value if isinstance(value, int) else format(value, '.3g')}"
            for key, value in score.items()
        )
        lines.append(
            f"{name} {model['version']}: p50 {latency['p50']} ms, p99 {latency['p99']} ms; {figures}"
        )
    return "\n".join(lines)
