"""For a whole run: bytecode is kept, garbage can wait, logs stay apart, waiting files run beside others.

Tests that are marked `alone` come last, each while no other one runs.
"""

from __future__ import annotations

import gc
import logging
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import structlog

from tests.alone import Machine

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

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
_MACHINE = pytest.StashKey[Machine | None]()


def pytest_configure(config: pytest.Config) -> None:
    """Meet the other processes of this run."""
    config.stash[_MACHINE] = Machine.of_this_run()


def pytest_unconfigure(config: pytest.Config) -> None:
    """Leave them."""
    if machine := config.stash[_MACHINE]:
        machine.close()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(
    item: pytest.Item, nextitem: pytest.Item | None
) -> Generator[None, object, object]:
    """Wait for the machine before the test's own time begins to count."""
    machine = item.config.stash[_MACHINE]
    if machine is None:
        return (yield)
    with machine.taken(alone=is_alone(item), next_alone=nextitem is not None and is_alone(nextitem)):
        return (yield)


def is_alone(item: pytest.Item) -> bool:
    """Whether no other test may run beside it."""
    return item.get_closest_marker("alone") is not None


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

    The last ones only compute: no long file is left when there is nothing else to do. Behind them come the
    files with tests that want the machine for themselves, those tests last.
    """
    files = dict.fromkeys(item.path for item in items)
    waiting = sorted((file for file in files if _place(file) < len(WAITING)), key=_place)
    computing = [file for file in files if _place(file) == len(WAITING)]
    turns = {file: _LAST_WAITING * number / len(waiting) for number, file in enumerate(waiting)}
    turns |= {file: number / len(computing) for number, file in enumerate(computing)}
    behind = {item.path for item in items if is_alone(item)}
    items.sort(key=lambda item: (item.path in behind, turns[item.path], is_alone(item)))


def _place(file: Path) -> int:
    """Of the entry of WAITING that a file belongs to; their number for none."""
    below = file.relative_to(FOLDER)
    return next((number for number, start in enumerate(WAITING) if below.is_relative_to(start)), len(WAITING))
