"""`opcua-ml check FILE`: everything that can be known to be wrong before anything connects."""

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from opcua_ml.cli.output import Output, print_table
from opcua_ml.config import Configuration, ConfigurationRefused, ModelSection, load
from opcua_ml.runtime.package.package import open_package
from opcua_ml.service.building.models import package_path
from opcua_ml.service.check import service_problems
from opcua_ml.service.first_steps import first_steps


def check(
    file: Annotated[Path, typer.Argument(help="Configuration file (TOML).", show_default=False)],
    output: Annotated[
        Output, typer.Option("--output", "-o", help="How to print what was found.")
    ] = Output.TABLE,
) -> None:
    """Check a configuration file, without connecting to anything.

    Ends with exit code 1 and one sentence per problem where the service would not start with it. What is
    still to do before a client can connect, such as adding a user, is no problem: it needs no restart.
    """
    configuration = _checked(file)
    if output is Output.JSON:
        typer.echo(json.dumps({"file": str(file), "ok": True, "problems": []} | _summary(configuration)))
    else:
        _print_table(file, configuration)


def _checked(file: Path) -> Configuration:
    configuration = load(file)
    problems = tuple(service_problems(str(file), configuration))
    if problems:
        raise ConfigurationRefused(str(file), problems)
    return configuration


def _summary(configuration: Configuration) -> dict[str, object]:
    return {
        "to_do": list(first_steps(configuration.server)),
        "endpoint": configuration.server.endpoint,
        "plcs": {name: plc.endpoint for name, plc in configuration.plcs.items()},
        "models": {
            name: {
                "package": model.package,
                "trigger": model.trigger.kind,
                "inputs": {key: str(tag) for key, tag in model.inputs.items()},
                "outputs": {key.removeprefix("outputs."): str(tag) for key, tag in model.written.items()},
            }
            for name, model in configuration.models.items()
        },
    }


def _print_table(file: Path, configuration: Configuration) -> None:
    columns = ("model", "package", "scored", "inputs from tags", "tags written")
    rows = [_row(name, model) for name, model in configuration.models.items()]
    console = Console()
    if configuration.models:
        print_table(columns, rows, whole=("model", "package"))
    else:
        console.print("Serves no model: there is no table models.<name>.", markup=False)
    plcs = ", ".join(f"{name} at {plc.endpoint}" for name, plc in configuration.plcs.items()) or "none"
    console.print(f"Serves on: {configuration.server.endpoint}", highlight=False, soft_wrap=True)
    console.print(f"PLCs: {plcs}", highlight=False, soft_wrap=True)
    for step in first_steps(configuration.server):
        console.print(f"To do: {step}", highlight=False, soft_wrap=True, markup=False)
    console.print(f"No problem found in {file}.", highlight=False, soft_wrap=True)


def _row(name: str, model: ModelSection) -> tuple[str, ...]:
    inputs = len(open_package(package_path(model)).signature.inputs)
    fed = f"{len(model.inputs)} of {inputs}"
    return name, model.package, _when(model), fed, str(len(model.written))


def _when(model: ModelSection) -> str:
    trigger = model.trigger
    match trigger.kind:
        case "change":
            return f"at any change, after {trigger.debounce_ms} ms"
        case "leading":
            return f"at each change of {trigger.input or trigger.tag}"
        case "period":
            return f"every {trigger.period_ms} ms"
        case "handshake":
            return f"at each request of {trigger.request_id or 'a client'}"
        case "method":
            return "by method calls"
