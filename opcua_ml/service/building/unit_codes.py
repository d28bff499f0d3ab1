"""Warns of units that displays can't show by a symbol, as their codes are in no table of ours."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from opcua_ml.domain.engineering_units import UNITS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from opcua_ml.domain.signature import Signature

_log = structlog.get_logger(__name__)


def unknown_units(signature: Signature) -> Iterator[tuple[str, str]]:
    """Inputs and outputs whose UNECE code we do not know, with that code."""
    given = [(item.name, item.unit) for item in signature.inputs]
    given += [(item.name, item.unit) for item in signature.outputs]
    yield from ((name, unit) for name, unit in given if unit is not None and unit not in UNITS)


def warn_of_units(model: str, signature: Signature) -> None:
    """Tell the log of each.

    No more than that: UN/CEFACT has 1,800 codes, of which the table has those of plants, and a code that is a
    slip of the pen spoils what displays show, not what the model says.
    """
    for name, code in unknown_units(signature):
        _log.warning(
            "a unit's code is not known: displays show the code in place of a symbol",
            model=model,
            where=name,
            found=code,
            wanted="a code of UN/CEFACT's Recommendation 20, such as CEL, BAR or MQH",
        )
