"""A real MLflow registry with a SQLite backend as the source of versions."""

from __future__ import annotations

import os
from importlib.util import find_spec
from typing import TYPE_CHECKING

import pytest

from tests.integration.plc.bench import free_port
from tests.integration.versions.mlflow_server import registry, train
from tests.integration.versions.site import running

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.service.hmi import Hmi

pytestmark = [
    pytest.mark.filterwarnings("default"),  # MLflow's client warns of its own
    pytest.mark.skipif(
        not (find_spec("mlflow") and find_spec("flask")) and not os.environ.get("CI"),
        reason="MLflow is not installed",
    ),
    pytest.mark.timeout(240),
]
PATIENCE = 60


async def problem(hmi: Hmi, words: str) -> None:
    """Wait until the alias's problem says so."""

    def says(found: object) -> bool:
        value = getattr(found, "Value", None)
        return value is not None and words in str(value.Value)

    await hmi.until("sum.Versions.AliasProblem", says, PATIENCE)


async def named(hmi: Hmi, start: str) -> str:
    """The version that the alias names, once it is one that starts so."""

    def says(found: object) -> bool:
        value = getattr(found, "Value", None)
        return value is not None and str(value.Value).startswith(start)

    await hmi.until("sum.Versions.AliasVersion", says, PATIENCE)
    return await hmi.text("sum.Versions.AliasVersion")


async def test_what_an_alias_names_is_staged_and_can_be_promoted(tmp_path: Path) -> None:
    """A registry that is away is shown; then skops, ONNX and our own package come; a pickle does not."""
    port = free_port()
    section = f"""
        [models.sum.mlflow]
        uri = "http://127.0.0.1:{port}"
        model = "pump"
        poll_s = 1
    """
    async with running(tmp_path, model=section, store="allow_unsigned = true") as plant:
        hmi = plant.engineer
        await problem(hmi, "does not give it")
        assert await hmi.text("sum.Versions.Alias") == "models:/pump@champion"
        async with registry(tmp_path, port) as uri:
            await train(uri, "skops", "onnx", "package", "pickle")
            first = await named(hmi, "1.0.0+mlflow.")
            assert await hmi.text("sum.Versions.AliasProblem") == ""
            assert await hmi.text("sum.Versions.CandidateVersion") == first
            await plant.do("Promote", first, 0.0, "champion")
            assert await plant.predict() == (pytest.approx(6.0), first)

            from mlflow import MlflowClient

            client = MlflowClient(uri, uri)
            for number, start, answer in (("2", "2.0.0+mlflow.", 9.0), ("3", "4.5.0", 12.0)):
                client.set_registered_model_alias("pump", "champion", number)
                version = await named(hmi, start)
                await plant.do("Promote", version, 0.0, "champion")
                assert await plant.predict() == (pytest.approx(answer), version)
            client.set_registered_model_alias("pump", "champion", "4")
            await problem(hmi, "pickle")
            assert await plant.predict() == (pytest.approx(12.0), "4.5.0")
            client.set_registered_model_alias("pump", "champion", "1")
        await problem(hmi, "does not give it")
        assert await plant.predict() == (pytest.approx(12.0), "4.5.0")
    journal = (tmp_path / "versions" / "sum" / "journal").read_text(encoding="utf-8")
    assert '"who":"mlflow"' in journal
