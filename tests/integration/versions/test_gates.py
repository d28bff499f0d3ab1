"""Gates by metric, memory, mapping and of other packages, on a running service."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest
from asyncua.ua.status_codes import StatusCodes
from asyncua.ua.uaerrors import UaStatusCodeError
from sklearn.linear_model import LinearRegression

from opcua_ml import pack
from opcua_ml.store.packages import sign_package
from tests.integration.versions.pinned import pinned
from tests.integration.versions.site import PRIVATE, ROWS, candidate, running

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.versions.site import Plant

GATES = "sum.Versions.{version}.Gates.{gate}.{name}"


async def gate(plant: Plant, version: str, gate: str, name: str) -> object:
    """What a variable of a gate shows."""
    path = GATES.format(version=version.replace(".", "%2E"), gate=gate, name=name)
    found = (await plant.engineer.read(path)).Value
    return None if found is None else found.Value


async def test_a_worse_version_never_goes_live_and_a_better_one_does(tmp_path: Path) -> None:
    """Told with both metrics and the interval of their difference."""
    async with running(tmp_path, model=pinned(tmp_path, 2.0)) as plant:
        await plant.drop(candidate(tmp_path, "0.5.0", 0.5))
        assert await plant.state("0.5.0") == "Rejected"
        assert await gate(plant, "0.5.0", "metric", "Passed") is False
        assert "mae of" in str(await gate(plant, "0.5.0", "metric", "Text"))
        await plant.drop(candidate(tmp_path, "2.0.0", 2.0))
        assert await plant.state("2.0.0") == "Staged"
        assert await gate(plant, "2.0.0", "metric", "Passed") is True
        assert await gate(plant, "2.0.0", "metric", "Value") == pytest.approx(0.0, abs=1e-9)
        assert await gate(plant, "2.0.0", "metric", "Limit") == pytest.approx(np.abs(ROWS.sum(1)).mean())
        await plant.do("Promote", "2.0.0", 0.0, "")
        await plant.drop(candidate(tmp_path, "1.9.0", 1.9))
        assert await plant.state("1.9.0") == "Rejected"
        assert await plant.predict() == (pytest.approx(6.0), "2.0.0")


async def test_other_data_than_the_pinned_let_nothing_pass(tmp_path: Path) -> None:
    """Somebody changed the file: a gate that can't be held is not passed."""
    section = pinned(tmp_path, 2.0)
    (tmp_path / "pinned.csv").write_text("x1,x2,target\n1,2,3\n", encoding="utf-8")
    async with running(tmp_path, model=section) as plant:
        await plant.drop(candidate(tmp_path, "2.0.0", 2.0))
        assert await plant.state("2.0.0") == "Rejected"
        assert "SHA-256" in str(await gate(plant, "2.0.0", "metric", "Text"))


async def shown_gates(plant: Plant, *versions: str) -> list[object]:
    """What engineers see of the metric and of all gates of these versions."""
    found: list[object] = []
    for version in versions:
        found += [await gate(plant, version, "metric", name) for name in ("Passed", "Value", "Limit", "Text")]
        path = f"sum.Versions.{version.replace('.', '%2E')}.GateResults"
        texts = (await plant.engineer.read(path)).Value
        assert texts is not None
        found.append(texts.Value)
    return found


async def test_what_the_gates_gave_outlives_the_service(tmp_path: Path) -> None:
    """Of a version that stands by, of one that was rejected, and of one that can't be promoted any more."""
    versions = "2.0.0", "0.5.0", "1.9.0"
    section = pinned(tmp_path, 2.0)
    async with running(tmp_path, model=section) as plant:
        for version, gain in (("2.0.0", 2.0), ("0.5.0", 0.5), ("1.9.0", 1.9)):
            await plant.drop(candidate(tmp_path, version, gain))
        before = await shown_gates(plant, *versions)
        assert [before[0], before[5], before[10]] == [True, False, True]
        assert all(before[4::5])
    async with running(tmp_path, model=section) as plant:
        assert await shown_gates(plant, *versions) == before
        await plant.do("Promote", "2.0.0", 0.0, "")
        with pytest.raises(UaStatusCodeError):
            await plant.do("Promote", "1.9.0", 0.0, "")
        after = await shown_gates(plant, *versions)
        assert [after[0], after[5], after[10]] == [True, False, False]
        assert await plant.state("1.9.0") == "Staged"
    async with running(tmp_path, model=section) as plant:
        assert await shown_gates(plant, *versions) == after
        assert await plant.state("1.9.0") == "Staged"


@pytest.mark.skipif(sys.platform == "win32", reason="memory can't be measured there")
async def test_a_version_has_a_budget_of_memory(tmp_path: Path) -> None:
    """Measured in a process of its own."""
    async with running(tmp_path, model="[models.sum.gates]\nmemory_mb = 300") as plant:
        await plant.drop(candidate(tmp_path, "2.0.0", 2.0))
        assert await plant.state("2.0.0") == "Staged"
        value = await gate(plant, "2.0.0", "memory", "Value")
        assert isinstance(value, float)
        assert 0 < value < 300
        assert await gate(plant, "2.0.0", "memory", "Limit") == 300.0
    async with running(tmp_path, model="[models.sum.gates]\nmemory_mb = 0.001") as plant:
        with pytest.raises(UaStatusCodeError) as refusal:
            await plant.do("Promote", "2.0.0", 0.0, "")
        assert refusal.value.code == StatusCodes.BadConfigurationError
        assert await gate(plant, "2.0.0", "memory", "Passed") is False
        assert await plant.predict() == (pytest.approx(3.0), "1.0.0")


async def test_a_version_with_other_names_goes_live_where_they_are_mapped(tmp_path: Path) -> None:
    """Renamed and in another order: each value goes to its own place, also after a restart."""
    weights = np.array([10.0, 1.0])
    model = LinearRegression().fit(ROWS, ROWS @ weights)
    bare, package = tmp_path / "bare.zip", tmp_path / "sum-2.0.0.zip"
    pack(model, ROWS, ROWS @ weights, name="sum", version="2.0.0", path=bare, names=["second", "first"])
    sign_package(bare, package, PRIVATE, "key")
    mapping = '[models.sum.mapping.inputs]\nx1 = "first"\nx2 = "second"'
    async with running(tmp_path) as plant:
        await plant.drop(package)
        assert "input x1, x2 is missing" in await plant.engineer.text("sum.Versions.2%2E0%2E0.Reason")
    async with running(tmp_path, model=mapping) as plant:
        await plant.do("Stage", "2.0.0", "now its names are mapped")
        await plant.do("Promote", "2.0.0", 0.0, "")
        assert await plant.predict(1.0, 2.0) == (pytest.approx(21.0), "2.0.0")
    async with running(tmp_path, model=mapping) as plant:
        assert await plant.predict(1.0, 2.0) == (pytest.approx(21.0), "2.0.0")
        await plant.do("Rollback", "")
        assert await plant.predict(1.0, 2.0) == (pytest.approx(3.0), "1.0.0")


GATE = """
from opcua_ml.domain.gate import GateResult

def of_order(trialist):
    value = trialist.predict([(1.0, 1.0)])[0][0]
    now = trialist.active([(1.0, 1.0)])[0][0]
    return GateResult("order", value < 3 * now, f"{value:g} in place of {now:g}", value, 3 * now)

def held_up(trialist):
    # Until somebody makes the file: as a gate that takes long.
    import pathlib, time
    begun, free = (pathlib.Path(__file__).with_name(name) for name in ("begun", "free"))
    begun.touch()
    end = time.monotonic() + 60
    while not free.exists() and time.monotonic() < end:
        time.sleep(0.02)
    return GateResult("held_up", free.exists(), "in the end")

def broken(trialist):
    raise ValueError("out of order")
"""


def with_gates(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Install another package's gates in this folder."""
    (site / "plant_gates-1.dist-info").mkdir(parents=True)
    (site / "plant_gates.py").write_text(GATE, encoding="utf-8")
    names = {"order": "of_order", "broken": "broken", "held_up": "held_up"}
    entries = "".join(f"{name} = plant_gates:{function}\n" for name, function in names.items())
    info = site / "plant_gates-1.dist-info"
    (info / "entry_points.txt").write_text(f"[opcua_ml.gates]\n{entries}", encoding="utf-8")
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: plant-gates\nVersion: 1\n", encoding="utf-8")
    monkeypatch.syspath_prepend(site)


async def test_nobody_waits_with_a_pause_or_a_rollback_behind_a_version_at_its_gates(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However long its gates take; what stands in line after it is done in its turn."""
    site = tmp_path / "packages"
    with_gates(site, monkeypatch)
    async with running(tmp_path) as plant:
        await plant.drop(candidate(tmp_path, "2.0.0", 2.0))
        await plant.do("Promote", "2.0.0", 0.0, "")
        await plant.drop(candidate(tmp_path, "3.0.0", 3.0))
    async with running(tmp_path, model='[models.sum.gates]\ncustom = ["held_up"]') as plant:
        async with asyncio.TaskGroup() as group:
            promoted = group.create_task(plant.do("Promote", "3.0.0", 0.0, ""), name="promote")
            async with asyncio.timeout(30):
                while not (site / "begun").exists():  # noqa: ASYNC110 - the gate's doing
                    await asyncio.sleep(0.02)
            for method in ("Pause", "Resume", "Rollback"):
                await plant.do(method, "now")
            assert await plant.predict() == (pytest.approx(3.0), "1.0.0")
            assert not promoted.done()
            (site / "free").touch()
        assert await plant.predict() == (pytest.approx(9.0), "3.0.0")


async def test_gates_of_other_packages_run_where_they_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their results stand beside ours; one that raises, or is not there, lets nothing pass."""
    with_gates(tmp_path / "packages", monkeypatch)
    async with running(tmp_path, model='[models.sum.gates]\ncustom = ["order"]') as plant:
        await plant.drop(candidate(tmp_path, "2.0.0", 2.0))
        assert await plant.state("2.0.0") == "Staged"
        assert await gate(plant, "2.0.0", "order", "Value") == pytest.approx(4.0)
        await plant.drop(candidate(tmp_path, "9.0.0", 9.0))
        assert await plant.state("9.0.0") == "Rejected"
    for name, words in (("broken", "raised ValueError: out of order"), ("missing", "not installed")):
        async with running(tmp_path, model=f'[models.sum.gates]\ncustom = ["{name}"]') as plant:
            with pytest.raises(UaStatusCodeError):
                await plant.do("Promote", "2.0.0", 0.0, "")
            assert words in str(await gate(plant, "2.0.0", name, "Text"))
