"""The fenced blocks of the documents, and what their marks say is done with them.

A block's first line names its language and how it is proved:

    ```toml check      a configuration: it loads without a problem
    ```python run      a script: it ends without an error, in a folder with the examples beside it
    ```python client   the same, while the service of examples/pump_station.toml runs on its simulated plant
    ```console run     its lines that start with `$ ` are run there one after another, each to a good end
    ```console ci      its lines that start with `$ ` are steps of .ci/run
    ```… story         all such blocks of a document are done one after the other in one folder: TOML is kept
                       in the file that its first line names, Python is run, a console's commands are run;
                       one that is to have a terminal of its own runs on, and what is shown below a command
                       is what it comes to print
    ```toml show       an excerpt, proved elsewhere

Blocks in other languages, and `text`, are not code.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
CODE = {"bash", "console", "powershell", "python", "sh", "toml"}
MARKS = {"check", "ci", "client", "run", "show", "story"}
FENCE = re.compile(
    r"^(?P<indent> *)```(?P<info>[^\n`]*)\n(?P<text>.*?)^(?P=indent)```$", re.DOTALL | re.MULTILINE
)


@dataclass(frozen=True, slots=True)
class Block:
    """One fenced block."""

    document: Path
    line: int
    language: str
    mark: str
    text: str

    def __str__(self) -> str:
        return f"{self.document.relative_to(ROOT).as_posix()}:{self.line}"

    @property
    def commands(self) -> list[str]:
        """The commands of a console block."""
        return [command for command, _ in self.dialogue]

    @property
    def dialogue(self) -> list[tuple[str, str]]:
        """The commands of a console block, each with the lines that are shown below it."""
        said = re.findall(r"^\$ ([^\n]*)\n((?:(?!\$ )[^\n]*\n)*)", self.text, re.MULTILINE)
        return [(command, shown.strip()) for command, shown in said]


def documents() -> list[Path]:
    """Every document of the project."""
    found = [*ROOT.glob("*.md")]
    for folder in ("docs", "examples", "models", "simulator", "benchmarks"):
        found += (ROOT / folder).rglob("*.md")
    return sorted(found)


def blocks_of(document: Path, text: str) -> Iterator[Block]:
    """The fenced blocks of one document."""
    for match in FENCE.finditer(text):
        language, _, mark = match["info"].strip().partition(" ")
        indent = match["indent"]
        inside = "".join(line.removeprefix(indent) for line in match["text"].splitlines(keepends=True))
        yield Block(document, text.count("\n", 0, match.start()) + 1, language, mark.strip(), inside)


def blocks(language: str, mark: str) -> list[Block]:
    """All blocks of that language and mark."""
    return [one for one in all_blocks() if (one.language, one.mark) == (language, mark)]


def all_blocks() -> Iterator[Block]:
    """All blocks of all documents."""
    for document in documents():
        yield from blocks_of(document, document.read_text(encoding="utf-8"))
