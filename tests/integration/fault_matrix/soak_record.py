"""The record of a soak, as a page of documentation."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tests.integration.fault_matrix.policies import KEEP_ALIVE
from tests.integration.fault_matrix.soak import SPEED

if TYPE_CHECKING:
    from tests.integration.fault_matrix.soak import Record

PAGE = Path(__file__).parents[3] / "docs" / "fault-soak.md"


_PAGE = f"""# An hour of faults

{{minutes:g}} minutes of plant time at {SPEED} times its speed, with random faults of tags, server and
process at random moments (seed {{seed}}), two at a time. A witness at the PLC judges every prediction: a Good
one must be the model's answer to values that the PLC has published Good, in the right unit, just before.
Neither its clock nor the service's is sped up: the keep-alive time is {KEEP_ALIVE:g} s, a scan 0.1 s, and
maximum ages are those of the [fault matrix](fault-matrix.md).

| | |
|---|---|
{{table}}

Times include the way to the client, on a machine with two cores and other work to do. What is promised is
two cycles: of 0.1 s where a connection closes, of the keep-alive time where a PLC falls silent.
`python -m tests.integration.fault_matrix soak` repeats the hour and writes this page, `pytest -m soak` holds
it to its bounds; eighty seconds of plant time are tried by every `pytest`.
"""


def page(record: Record) -> str:
    """The whole page."""
    kinds = ", ".join(f"{name} {count}" for name, count in sorted(record.faults.items()))
    memory = [one / 2**20 for one in record.memory] or [float("nan")]
    quarter = len(memory) // 4
    before, after = (float(np.median(one)) for one in (memory[quarter : 2 * quarter], memory[-quarter:]))
    words = f"{before:.1f} MiB in the second quarter of the time, {after:.1f} MiB in the last one"
    rows = [
        ("faults", f"{record.faults.total()}: {kinds}"),
        ("predictions judged", f"{record.predictions:,}, of them {record.good:,} Good"),
        ("Good ones that the witness confirms", f"{record.vouched:,}"),
        ("Good ones of values that it could not hear", f"{record.unheard:,}"),
        ("**wrong ones**", f"**{len(record.wrong)}**"),
        ("not Good after a connection closed", _times(record.told_closed)),
        ("not Good after a PLC fell silent", _times(record.told_silent)),
        ("Good again after a PLC's return", _times(record.back)),
        ("resident memory of the service", f"{words} ({record.growth:+.2%})"),
        ("restarts of the service", "1" if record.ended else "0"),
    ]
    table = "\n".join(f"| {name} | {value} |" for name, value in rows)
    return _PAGE.format(minutes=record.plant_seconds / 60, seed=record.seed, table=table)


def _times(seconds: list[float]) -> str:
    if not seconds:
        return "did not happen"
    found = np.percentile(seconds, (50, 95, 100))
    return f"median {found[0]:.2f} s, p95 {found[1]:.2f} s, longest {found[2]:.2f} s ({len(seconds)} times)"
