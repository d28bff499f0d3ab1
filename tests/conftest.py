"""For a whole run: bytecode is kept, garbage can wait, logs stay apart, waiting files run beside others."""

from __future__ import annotations

import gc
import logging
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import structlog

if TYPE_CHECKING:
    from collections.abc import Iterator

# Tests start some hundred processes. Where none may keep bytecode each would compile the packages anew.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False
# Servers of a hundred thousand objects come and go: by default a third of the time would be full collections.
gc.set_threshold(5_000, 10, 10)

FOLDER = Path(__file__).parent
WAITING = (
    "interop",
    "adversary",
    "integration/recordings",
    "integration/service",
    "integration/versions",
    "integration/fault_matrix",
    "integration/data_path",
    "documentation",
    "simulator/test_cli.py",
    "benchmarks",
)
"""Folders and files whose tests wait for processes most of the time, those with the longest files first."""
_LAST_WAITING = 0.9


@pytest.fixture(autouse=True)
def _own_log() -> Iterator[None]:
    """A command that ran in this process leaves its log's way to none of the tests after it."""
    root, clients = logging.getLogger(), logging.getLogger("asyncua")
    before = root.level, clients.level
    yield
    structlog.reset_defaults()
    root.setLevel(before[0])
    clients.setLevel(before[1])
    for handler in tuple(root.handlers):
        if isinstance(handler.formatter, structlog.stdlib.ProcessorFormatter):
            root.removeHandler(handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let files that wait and files that compute take turns, so that the processor is busy all the time.

    The last ones only compute: no long file is left when there is nothing else to do.
    """
    files = dict.fromkeys(item.path for item in items)
    waiting = sorted((file for file in files if _place(file) < len(WAITING)), key=_place)
    computing = [file for file in files if _place(file) == len(WAITING)]
    turns = {file: _LAST_WAITING * number / len(waiting) for number, file in enumerate(waiting)}
    turns |= {file: number / len(computing) for number, file in enumerate(computing)}
    items.sort(key=lambda item: turns[item.path])


def _place(file: Path) -> int:
    """Of the entry of WAITING that a file belongs to; their number for none."""
    below = file.relative_to(FOLDER)
    return next((number for number, start in enumerate(WAITING) if below.is_relative_to(start)), len(WAITING))
