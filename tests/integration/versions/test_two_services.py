"""Two services that would write to one folder: the second one is refused before it has touched anything."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from opcua_ml.config import load
from opcua_ml.domain.errors import FolderInUse
from opcua_ml.service.service import Service
from tests.integration.versions.site import running, written


def with_state(file: str, folder: str) -> str:
    """The configuration with another folder for switches and alarms."""
    text = Path(file).read_text(encoding="utf-8")
    Path(file).write_text(text.replace("[server]", f'[server]\nstate = "{folder}"', 1), encoding="utf-8")
    return file


async def refused(file: str) -> str:
    """Why a service with this configuration does not start."""
    with pytest.raises(FolderInUse) as caught:
        await Service(load(Path(file)), source=file).run(asyncio.Event())
    return caught.value.sentence


async def test_a_store_of_versions_has_one_service_at_a_time(tmp_path: Path) -> None:
    """Both would append to one journal, neither knowing of the other; once the first has ended it is free."""
    one, two = tmp_path / "one", tmp_path / "two"
    for folder in (one, two):
        folder.mkdir()
    store = 'folder = "../one/versions"'
    async with running(one) as plant:
        await plant.do("Pause", "first")
        why = await refused(written(two, store=store))
        assert "another service keeps its versions here" in why
        assert "store.folder" in why
        await plant.do("Resume", "first")
    async with running(two, store=store) as plant:
        assert (await plant.predict())[1] == "1.0.0"


async def test_switches_and_alarms_are_of_one_service_at_a_time(tmp_path: Path) -> None:
    """One's file would replace the other's."""
    one, two = tmp_path / "one", tmp_path / "two"
    for folder in (one, two):
        folder.mkdir()
    async with running(one):
        assert "server.state" in await refused(with_state(written(two), "../one/state"))
