"""`opcua-ml schema`: for editors that check and complete the configuration while one types."""

import json

import typer

import opcua_ml.config


def schema() -> None:
    """Print the JSON Schema of the configuration file."""
    typer.echo(json.dumps(opcua_ml.config.schema(), indent=2))
