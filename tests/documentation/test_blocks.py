"""What the documents show is true: commands run, configurations load, scripts end well."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import sysconfig
import tomllib
from typing import TYPE_CHECKING

import pytest

from opcua_ml.config import parse
from tests.documentation.blocks import CODE, MARKS, ROOT, Block, all_blocks, blocks, blocks_of

if TYPE_CHECKING:
    from pathlib import Path

DEADLINE = 100


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder as a reader has it who follows the documents: with the examples beside it."""
    if (ROOT / "examples").is_dir():
        shutil.copytree(
            ROOT / "examples", tmp_path / "examples", ignore=shutil.ignore_patterns("__pycache__")
        )
    return tmp_path


def run(arguments: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a command with this environment's scripts first on the path."""
    path = os.pathsep.join([sysconfig.get_path("scripts"), os.environ.get("PATH", "")])
    program = shutil.which(arguments[0], path=path)
    assert program is not None, f"{arguments[0]} is not installed"
    return subprocess.run(
        [program, *arguments[1:]],
        cwd=folder,
        env={**os.environ, "PATH": path, "COLUMNS": "120", "STATION_PASSWORD": "of the examples"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=DEADLINE,
        check=False,
    )


def test_every_block_of_code_is_marked() -> None:
    """Code that nothing proves goes stale: each block says how it is proved, or that it is an excerpt."""
    unmarked = [str(block) for block in all_blocks() if block.language in CODE and block.mark not in MARKS]
    assert unmarked == []


def test_blocks_are_found_with_language_mark_and_text() -> None:
    """Also indented ones, as in lists."""
    text = "a\n```toml check\nx = 1\n```\n- b\n  ```console run\n  $ one\n  two\n  ```\n```\nplain\n```\n"
    first, second, third = blocks_of(ROOT / "planted.md", text)
    assert (first.language, first.mark, first.text, first.line) == ("toml", "check", "x = 1\n", 2)
    assert (second.language, second.mark, second.commands) == ("console", "run", ["one"])
    assert (third.language, third.mark) == ("", "")


@pytest.mark.parametrize("block", blocks("toml", "check"), ids=str)
def test_a_configuration_in_the_documents_loads(block: Block) -> None:
    """Without a problem, as if it stood in the folder of the examples."""
    parse(tomllib.loads(block.text), source=str(block), folder=ROOT / "examples")


@pytest.mark.parametrize("block", blocks("console", "run"), ids=str)
def test_the_commands_in_the_documents_run(block: Block, folder: Path) -> None:
    """One after another, each to a good end."""
    assert block.commands
    for command in block.commands:
        ended = run(shlex.split(command), folder)
        assert ended.returncode == 0, f"{command}\n{ended.stdout}\n{ended.stderr}"


@pytest.mark.parametrize("block", blocks("python", "run"), ids=str)
def test_the_scripts_in_the_documents_run(block: Block, folder: Path) -> None:
    """To a good end and without a warning."""
    ended = run([sys.executable, "-W", "error", "-c", block.text], folder)
    assert ended.returncode == 0, ended.stderr


@pytest.mark.parametrize("block", blocks("console", "ci"), ids=str)
def test_the_commands_that_ci_runs_are_in_it(block: Block) -> None:
    """Word by word, but for what the demo is told so that it ends."""
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert block.commands
    for command in block.commands:
        assert command in script, command


@pytest.mark.parametrize("example", sorted((ROOT / "examples").rglob("*.toml")), ids=lambda path: path.name)
def test_an_example_configuration_is_without_problems(example: Path) -> None:
    """`opcua-ml check` says so, models and signatures included."""
    ended = run(["opcua-ml", "check", str(example)], example.parent)
    assert ended.returncode == 0, ended.stderr


@pytest.mark.parametrize("example", sorted((ROOT / "examples").rglob("*.py")), ids=lambda path: path.name)
def test_an_example_script_runs(example: Path, folder: Path) -> None:
    """To a good end and without a warning, in a copy of its folder."""
    copy = folder / "examples" / example.relative_to(ROOT / "examples")
    ended = run([sys.executable, "-W", "error", str(copy)], copy.parent)
    assert ended.returncode == 0, ended.stderr
