"""What every case has at hand: how much to measure, servers that end with the case, a place for results."""

from __future__ import annotations

import sys
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from benchmarks.environments import Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from benchmarks.figures import Curve, Row

S = TypeVar("S")


@dataclass
class Bench:
    """One run.

    Attributes:
        folder: for this run's files.
        quick: a first look in minutes; else figures to rely on.
        rows, curves: what was measured.
        notes: what could not be, and why.
    """

    folder: Path
    quick: bool
    rows: list[Row] = field(default_factory=list)
    curves: list[Curve] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    _stack: ExitStack = field(default_factory=ExitStack)

    @property
    def rounds(self) -> int:
        """How often each subject has its turn."""
        return 3 if self.quick else 15

    @property
    def few(self) -> int:
        """How often where a turn takes longer, or much is measured."""
        return 1 if self.quick else 5

    @property
    def seconds(self) -> float:
        """How long one turn lasts."""
        return 0.25 if self.quick else 0.6

    @contextmanager
    def servers(self) -> Iterator[None]:
        """What is started inside ends with it."""
        before, self._stack = self._stack, ExitStack()
        try:
            yield
        finally:
            ended, self._stack = self._stack, before
            ended.close()

    def start(self, make: Callable[[Bench], AbstractContextManager[S]]) -> S | None:
        """Start a subject; one that is not to be had here is noted and left out."""
        try:
            return self._stack.enter_context(make(self))
        except Unavailable as reason:
            self.note(str(reason))
            return None

    def note(self, sentence: str) -> None:
        """Keep what the reader has to know, once."""
        if sentence not in self.notes:
            self.notes.append(sentence)
            print(f"note: {sentence}", file=sys.stderr, flush=True)
