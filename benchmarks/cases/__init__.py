"""What is measured, by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.cases import (
    calls,
    companions,
    encrypted,
    floor,
    growth,
    inference,
    models,
    plant,
    publishing,
    reads,
    receiving,
    start,
    tags,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.bench import Bench

CASES: dict[str, Callable[[Bench], None]] = {
    calls.CASE: calls.run,
    floor.CASE: floor.run,
    encrypted.CASE: encrypted.run,
    models.CASE: models.run,
    reads.CASE: reads.run,
    publishing.CASE: publishing.run,
    receiving.CASE: receiving.run,
    tags.CASE: tags.run,
    plant.CASE: plant.run,
    inference.CASE: inference.run,
    start.CASE: start.run,
    companions.CASE: companions.run,
    growth.CASE: growth.run,
}
