"""What is measured, by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.cases import calls, models, publishing, reads, receiving

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.bench import Bench

CASES: dict[str, Callable[[Bench], None]] = {
    calls.CASE: calls.run,
    models.CASE: models.run,
    reads.CASE: reads.run,
    publishing.CASE: publishing.run,
    receiving.CASE: receiving.run,
}
