"""A small plant, and how to load a configuration from text."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from opcua_ml.config import Configuration, ConfigurationRefused, load

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PLANT = """
[server.security]
anonymous = "observer"

[plcs.pump]
endpoint = "opc.tcp://127.0.0.1:4841"
namespace_uri = "urn:plant:pump"
security_policy = "None"

[models.anomaly]
package = "./packages/anomaly"

[models.anomaly.inputs]
flow = "pump:s=Pump.Flow"
pressure = { plc = "pump", node = "s=Pump.Pressure" }

[models.anomaly.outputs]
score = { plc = "pump", node = "s=Results.Score" }
"""


@pytest.fixture
def plant() -> str:
    """The text of a configuration without problems."""
    return PLANT


@pytest.fixture
def loaded(tmp_path: Path) -> Callable[[str], Configuration]:
    """Loads a configuration from text, in a folder that has the package it names."""
    (tmp_path / "packages" / "anomaly").mkdir(parents=True)

    def load_text(text: str) -> Configuration:
        file = tmp_path / "plant.toml"
        file.write_text(text, encoding="utf-8")
        return load(file)

    return load_text


@pytest.fixture
def problems(loaded: Callable[[str], Configuration]) -> Callable[[str], list[str]]:
    """Loads a configuration that must be refused; its problems as sentences without the folder's name."""

    def refused(text: str) -> list[str]:
        with pytest.raises(ConfigurationRefused) as error:
            loaded(text)
        return [problem.sentence.rpartition("plant.toml")[2] for problem in error.value.problems]

    return refused
