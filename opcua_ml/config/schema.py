"""The JSON Schema of the configuration, for editors that check and complete while one types."""

from __future__ import annotations

from typing import Any

from opcua_ml.config.configuration import Configuration


def schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of the configuration file."""
    return Configuration.model_json_schema() | {"title": "Configuration of opcua-ml"}
