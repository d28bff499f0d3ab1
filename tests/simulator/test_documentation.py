"""docs/simulator.md says what is so: its tables are complete."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from typer.main import get_command

from opcua_ml_simulator import load_scenario
from opcua_ml_simulator.cli import app
from opcua_ml_simulator.faults.process import PROCESS_FAULTS
from opcua_ml_simulator.faults.registry import REGISTRY, FaultScope
from opcua_ml_simulator.tags import ALL_TAGS

TEXT = (Path(__file__).resolve().parents[2] / "docs" / "simulator.md").read_text(encoding="utf-8")
TESTS = re.findall(r"```python show\n(.*?)```", TEXT, flags=re.DOTALL)
ROWS = {line.split("|")[1].strip(" `"): line for line in TEXT.splitlines() if line.startswith("| ")}


def test_the_fixture_works_as_described(tmp_path: Path) -> None:
    """A foreign project with the two lines of the documentation has a plant in its test."""
    (plugins,) = re.findall(r'`(pytest_plugins = \["[\w.]+"\])`', TEXT)
    (tmp_path / "conftest.py").write_text(plugins, encoding="utf-8")
    (tmp_path / "test_plant.py").write_text("\n".join(TESTS), encoding="utf-8")
    (tmp_path / "pytest.ini").write_text("[pytest]\nasyncio_mode = auto\n", encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, cwd=tmp_path)
    assert "1 passed" in done.stdout


def test_the_scenario_of_the_documentation_is_valid(tmp_path: Path) -> None:
    """With all its events."""
    (example,) = re.findall(r"```toml show\n(.*?)```", TEXT, flags=re.DOTALL)
    path = tmp_path / "scenario.toml"
    path.write_text(example, encoding="utf-8")
    assert len(load_scenario(path).events) == 3


def test_every_option_in_the_documentation_exists() -> None:
    """None is misspelt or left over."""
    known = {
        name for parameter in get_command(app).params for name in parameter.opts + parameter.secondary_opts
    }
    mentioned = set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", TEXT)) - {"--help"}
    assert mentioned
    assert mentioned <= known


async def test_the_switches_begin_as_described(start_simulator: Any) -> None:
    """Whoever waits for questions that nobody has switched on waits for ever."""
    simulator = await start_simulator(manual=True)
    for tag in ("Results.Enable", "Inquiry.Enable"):
        (told,) = re.findall(rf"`{tag}` begins as (true|false)", TEXT)
        assert simulator.read(tag).Value.Value is (told == "true"), tag


def test_the_documentation_lists_every_tag() -> None:
    """With its type, unit, range and description, in one row of a table."""
    for tag in ALL_TAGS:
        assert tag.path in ROWS, tag.path
        row = ROWS[tag.path]
        assert tag.type.name in row, tag.path
        assert tag.description in row, tag.path
        if tag.unit is not None:
            assert f"{tag.unit.symbol} ({tag.unit.code})" in row, tag.path
            assert f"{tag.low:g} to {tag.high:g}" in row, tag.path


def test_the_documentation_lists_every_fault() -> None:
    """With its description and, for the process, its number and onset."""
    for fault, entry in PROCESS_FAULTS.items():
        assert f"| {fault.value} | {fault.name} | {entry.onset:g} s | {entry.description} |" in TEXT
    for registered in REGISTRY.values():
        if registered.scope is not FaultScope.PROCESS:
            assert f"| {registered.name} | {registered.description} |" in TEXT


async def test_the_documentation_lists_every_method(start_plant: Any) -> None:
    """In the order of the address space, and no other."""
    plant = await start_plant(manual=True)
    for owner in ("Simulation", "SignalSet"):
        methods = await plant.node(owner).get_methods()
        names = [(await method.read_browse_name()).Name for method in methods]
        assert sorted(ROWS[owner].split("|")[2].strip().split(", ")) == sorted(names)
