"""A document that tells how one thing after another is done can be followed to its end."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import sysconfig
import time
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

import pytest

from tests.documentation.blocks import ROOT, Block, all_blocks
from tests.integration.plc.bench import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DEADLINE = 60.0
OWN_TERMINAL = "# in a terminal of its own"
PORTS = ("4840", "4841")
TOLD = sorted({block.document for block in all_blocks() if block.mark == "story"})


def test_the_readme_tells_a_story() -> None:
    """Else nothing below would be proved."""
    assert ROOT / "README.md" in TOLD


@pytest.mark.parametrize("document", TOLD, ids=lambda path: path.name)
def test_a_story_goes_as_it_is_told(document: Path, tmp_path: Path) -> None:
    """On free ports: each command comes to a good end, runs on, or comes to print what is shown below it."""
    ports = {told: str(free_port()) for told in PORTS}
    (tmp_path / "examples").mkdir()
    for example in (ROOT / "examples").glob("*.toml"):
        text = on(ports, example.read_text(encoding="utf-8"))
        (tmp_path / "examples" / example.name).write_text(text, encoding="utf-8")
    with ExitStack() as running:
        for block in (one for one in all_blocks() if one.document == document and one.mark == "story"):
            follow(block, ports, tmp_path, running)


def follow(block: Block, ports: dict[str, str], folder: Path, running: ExitStack) -> None:
    """Do what one block shows."""
    match block.language:
        case "toml":
            name = block.text.partition("\n")[0].removeprefix("# ")
            (folder / name).write_text(on(ports, block.text), encoding="utf-8")
        case "python":
            comes_to([sys.executable, "-W", "error", "-c", block.text], "", folder)
        case "console":
            for command, shown in block.dialogue:
                arguments = shlex.split(on(ports, command), comments=True)
                if command.endswith(OWN_TERMINAL):
                    port = ["--port", ports["4841"]] if arguments[1] == "simulate" else []
                    running.enter_context(runs_on([*arguments, *port], folder))
                else:
                    comes_to(arguments, shown, folder)
        case other:
            pytest.fail(f"{block}: nobody knows what to do with {other}")


def on(ports: dict[str, str], text: str) -> str:
    """With the ports of this run."""
    for told, port in ports.items():
        text = text.replace(f":{told}", f":{port}")
    return text


def comes_to(arguments: list[str], shown: str, folder: Path) -> None:
    """Run a command, again while it does not print what is shown; … stands for anything in a line."""
    wanted = re.compile(re.escape(shown).replace("…", ".*"))
    until = time.monotonic() + DEADLINE
    while True:
        ended = subprocess.run(
            program(arguments), cwd=folder, env=environment(), capture_output=True, text=True, check=False
        )
        if ended.returncode == 0 and wanted.search(ended.stdout):
            return
        if not shown or time.monotonic() > until:
            pytest.fail(f"{arguments}: {ended.returncode}\n{ended.stdout}\n{ended.stderr}")
        time.sleep(0.2)


@contextmanager
def runs_on(arguments: list[str], folder: Path) -> Iterator[None]:
    """A command in a terminal of its own, from its first line on; it ends well when it is asked to."""
    out, err = folder / f"{arguments[1]}.out", folder / f"{arguments[1]}.err"
    with (
        out.open("wb") as told,
        err.open("wb") as log,
        subprocess.Popen(
            program(arguments), cwd=folder, env=environment(), stdout=told, stderr=log
        ) as process,
    ):
        try:
            until = time.monotonic() + DEADLINE
            while b"\n" not in out.read_bytes():
                is_late = process.poll() is not None or time.monotonic() > until
                assert not is_late, err.read_text(encoding="utf-8")
                time.sleep(0.05)
            yield
        finally:
            process.terminate()
            code = process.wait(DEADLINE)
    assert code == 0, err.read_text(encoding="utf-8")


def program(arguments: list[str]) -> list[str]:
    """The command with where its program is: beside this Python first."""
    found = shutil.which(arguments[0], path=environment()["PATH"])
    assert found is not None, f"{arguments[0]} is not installed"
    return [found, *arguments[1:]]


def environment() -> dict[str, str]:
    """Of the commands: with the scripts of this Python first on the path."""
    path = os.pathsep.join([sysconfig.get_path("scripts"), os.environ.get("PATH", "")])
    return {**os.environ, "PATH": path}
