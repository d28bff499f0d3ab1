"""The gates that a loaded version passes before it may predict: what it takes and gives, how soon, how well.

Hashes, signature and golden rows are held against the package before: without them nothing is loaded.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isnan
from typing import TYPE_CHECKING

from opcua_ml.domain.compatibility import incompatibilities
from opcua_ml.domain.errors import OpcuaMlError
from opcua_ml.domain.figure import figure
from opcua_ml.domain.gate import GateResult
from opcua_ml.runtime.evaluation import compared, pinned_rows
from opcua_ml.runtime.memory import memory_of
from opcua_ml.runtime.metrics import METRICS
from opcua_ml.service.building.models import preferred, trust_of
from opcua_ml.service.versions.custom_gates import Trialist, custom_results
from opcua_ml.service.versions.latency import latency_result

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from opcua_ml.config import ModelSection
    from opcua_ml.domain.row import Row
    from opcua_ml.domain.signature import Signature
    from opcua_ml.service.building.models import ReadyModel


@dataclass(frozen=True, slots=True)
class Examination:
    """What is examined, and against what.

    Attributes:
        candidate: loaded; its golden rows are met.
        section: of the model.
        signature: that the model has for clients and tags.
        package: the version's folder in the store.
        golden: inputs to measure with, in the model's order.
        active: predicts as the active version does.
    """

    candidate: ReadyModel
    section: ModelSection
    signature: Signature
    package: Path
    golden: Sequence[Row]
    active: Callable[[Sequence[Row]], list[Row]]


def gate_results(examined: Examination) -> Iterator[GateResult]:
    """Hold a version against each gate; blocks for the time of the calls."""
    candidate, section = examined.candidate, examined.section
    yield GateResult("golden rows", passed=True, detail=candidate.reason)
    differences = list(incompatibilities(examined.signature, candidate.card.signature))
    same = "the inputs and outputs are those of the model"
    yield GateResult("interface", not differences, "; ".join(differences) or same)
    if differences:
        return  # the model's rows are none of this version's
    if section.latency_gate_ms is not None:
        yield latency_result(candidate.executor, examined.golden, section.latency_gate_ms)
    if section.gates.memory_mb is not None:
        yield _memory(examined, section.gates.memory_mb)
    if section.gates.evaluation is not None:
        yield _metric(examined)
    trialist = Trialist(
        candidate.card, examined.package, examined.golden, candidate.executor.predict, examined.active
    )
    yield from custom_results(section.gates.custom, trialist)


def _memory(examined: Examination, limit: float) -> GateResult:
    section = examined.section
    try:
        found = memory_of(examined.package, limit, trust_of(section), preferred(section))
    except OpcuaMlError as error:
        return GateResult("memory", passed=False, detail=error.sentence, limit=limit, unit="MiB")
    words = f"{figure(found, 3)} MiB, at most {figure(limit)} MiB"
    return GateResult("memory", found <= limit, words, found, limit, "MiB")


def _metric(examined: Examination) -> GateResult:
    gates, card = examined.section.gates, examined.candidate.card
    if gates.evaluation is None:
        raise ValueError("no data")
    name = gates.metric.value if gates.metric is not None else None
    try:
        found = compared(
            pinned_rows(gates.evaluation.path, gates.evaluation.sha256, examined.signature),
            card.task,
            card.signature,
            examined.candidate.executor.predict,
            examined.active,
            metric=name,
            confidence=gates.confidence,
        )
    except OpcuaMlError as error:
        return GateResult("metric", passed=False, detail=error.sentence)
    sign = 1.0 if METRICS[found.metric].greater_is_better else -1.0
    # A candidate that is no worse passes; one that is has to be worse by no more than the margin, surely.
    passed = found.better >= 0 or found.low >= -gates.margin
    words = (
        f"{found.metric} of {figure(found.candidate, 4)}, of the active version {figure(found.active, 4)}; "
        f"better by {figure(found.low, 3)} to {figure(found.high, 3)} "
        f"with a confidence of {figure(gates.confidence)}, on {found.rows} rows"
    )
    passed = passed and not isnan(found.candidate)
    return GateResult("metric", passed, words, found.candidate, found.active - sign * gates.margin)
