"""The gates that a loaded version passes before it may predict: what it takes and gives, and how soon.

Hashes, signature and golden rows are held against the package before: without them nothing is loaded.
"""

from __future__ import annotations

import asyncio
from math import ceil
from typing import TYPE_CHECKING

from opcua_ml.domain.compatibility import incompatibilities
from opcua_ml.domain.gate import GateResult

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from opcua_ml.domain.row import Row
    from opcua_ml.domain.signature import Signature
    from opcua_ml.service.models import ReadyModel

MEASURED_CALLS = 200
"""Of one row each; the second-slowest in a hundred counts, so that one hiccup of the machine does not."""


def gate_results(
    candidate: ReadyModel, signature: Signature, rows: Sequence[Row], latency_ms: float | None
) -> Iterator[GateResult]:
    """Hold a version against each gate; blocks for the time of the calls.

    Args:
        candidate: loaded; its golden rows are met.
        signature: that its model has for clients and tags.
        rows: to measure with.
        latency_ms: most that the p99 of one row may take here; None where that does not matter.
    """
    yield GateResult("golden rows", passed=True, detail=candidate.reason)
    differences = list(incompatibilities(signature, candidate.card.signature))
    same = "the inputs and outputs are those of the model"
    yield GateResult("signature", not differences, "; ".join(differences) or same)
    found = asyncio.run(_p99(candidate, rows)) if not differences else 0.0
    if latency_ms is not None and not differences:
        words = f"p99 of {found * 1e3:.3g} ms, at most {latency_ms:g} ms"
        yield GateResult("latency", found * 1e3 <= latency_ms, words)


async def _p99(candidate: ReadyModel, rows: Sequence[Row]) -> float:
    seconds = sorted(
        [(await candidate.executor.run([rows[call % len(rows)]]))[1] for call in range(MEASURED_CALLS)]
    )
    return seconds[ceil(0.99 * len(seconds)) - 1]
