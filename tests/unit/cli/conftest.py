"""How to run one command line in this process."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import pytest

from opcua_ml.cli.main import main

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True)
class Ended:
    """How a command ended and what it printed."""

    code: int
    out: str
    error: str


class Run(Protocol):
    """Runs a command line."""

    def __call__(self, *arguments: object) -> Ended:
        """Run it and return how it ended."""


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Ended]:
    """Runs a command line on a wide, plain terminal."""
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("NO_COLOR", "1")

    def run_main(*arguments: object) -> Ended:
        capsys.readouterr()
        try:
            code = main([str(argument) for argument in arguments])
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else int(end.code is not None)
        printed = capsys.readouterr()
        return Ended(code, printed.out, printed.err)

    return run_main


@pytest.fixture
def plant() -> str:
    """A configuration without problems, for methods alone."""
    return '[server.security]\nanonymous = "observer"\n'
