"""Gates of other packages, which run only where the configuration names them.

A gate is an entry point of the group `opcua_ml.gates`: a callable that takes a `Trialist` and returns a
`GateResult`, or whether the version may go live.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Any, Final

import structlog

from opcua_ml.domain.gate import GateResult

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from opcua_ml.domain.card import ModelCard
    from opcua_ml.domain.row import Row

_log = structlog.get_logger(__name__)
GROUP: Final = "opcua_ml.gates"


@dataclass(frozen=True, slots=True)
class Trialist:
    """What a gate may look at; rows are in the model's order.

    Attributes:
        card: of the version.
        package: its folder in the store; not to be changed.
        golden: inputs of its golden rows.
        predict: outputs of the version.
        active: outputs of the version that predicts now.
    """

    card: ModelCard
    package: Path
    golden: Sequence[Row]
    predict: Callable[[Sequence[Row]], list[Row]]
    active: Callable[[Sequence[Row]], list[Row]]


def gate_fault(name: str) -> str:
    """Why a gate can't run, in words; empty where it can, as far as can be told without importing it."""
    found = entry_points(group=GROUP, name=name)
    if len(found) == 1:
        return ""
    installed = ", ".join(sorted(one.name for one in entry_points(group=GROUP))) or "none"
    return f"the gate is {'installed more than once' if found else 'not installed'}; there are: {installed}"


def custom_results(names: Sequence[str], trialist: Trialist) -> Iterator[GateResult]:
    """What these gates give; one that is not installed, or raises, has not passed."""
    for name in names:
        fault = gate_fault(name)
        if fault:
            yield GateResult(name, passed=False, detail=fault)
            continue
        (gate,) = entry_points(group=GROUP, name=name)
        try:
            yield _result(name, gate.load()(trialist))
        except Exception as error:  # noqa: BLE001 - a plug-in's own fault must not pass for a pass
            _log.exception("gate failed", gate=name)
            yield GateResult(name, passed=False, detail=f"the gate raised {type(error).__name__}: {error}")


def _result(name: str, made: Any) -> GateResult:
    if isinstance(made, GateResult):
        return made.bounded()
    if isinstance(made, bool):
        return GateResult(name, made, "as the gate says")
    return GateResult(name, passed=False, detail=f"the gate gave {type(made).__name__}, not a GateResult")
