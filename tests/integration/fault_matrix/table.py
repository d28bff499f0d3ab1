"""What was seen, as a page of documentation."""

from __future__ import annotations

from collections import Counter
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from tests.integration.fault_matrix import policies
from tests.integration.fault_matrix.expectation import DISTURBED, FIRST
from tests.integration.fault_matrix.policies import COLUMNS
from tests.integration.fault_matrix.site import SLACK

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tests.integration.fault_matrix.rows import Row
    from tests.integration.fault_matrix.trial import Cell

PAGE = Path(__file__).parents[3] / "docs" / "fault-matrix.md"
_HEAD = f"""# Fault matrix

What a client sees of each fault, and what the PLC gets, under each policy. This page is written by the test
that tries them all, `tests/integration/fault_matrix/`: simulated PLCs and `opcua-ml serve`, each a process
of its own, an HMI at the service, and a witness at each PLC that knows nothing of the service. `pytest` fails
where the page is not what was seen; `python -m tests.integration.fault_matrix` writes it anew.

The core rows are held with a PLC of another stack, too, node-opcua's, against the same expectations:
`tests/interop/test_fault_matrix.py`. [An hour of faults](fault-soak.md) has them at random.

Held in every cell by the same test:

- No Good output is made of anything but values that the PLC has published Good, in the right unit, at most
  {policies.MAX_AGE:g} s before (`max_age_ms`), and it is the model's answer to them. The witness lets
  {SLACK:g} s more pass, as it and the service hear of values at their own times.
- A Bad output has no value. What is not Good has a reason, and names the tag.
- All is Good again by itself within 10 s of the fault's end; nothing is restarted but what died.
- Every request of the handshake is answered once, with the result code of its output.
- The HMI sees the loss of a tag within 2 s, as it does that of a PLC that falls silent.

| policy | what is configured |
|---|---|
"""
_COMMON = f"""
All of them have `max_age_ms = {round(policies.MAX_AGE * 1e3)}`, and `max_unchanged_ms =
{round(policies.MAX_UNCHANGED * 1e3)}` for {DISTURBED}, the tag that is disturbed ({FIRST} where
units change): nothing else can find out a tag that is told no more, or stands still. Values that are wrong
but Good and in range, as of a slow Drift, are believed: nothing tells them from true ones.

«Most» are the policies that are not named apart. Statuses follow one another; the last one stays as long as
the fault does. The heartbeat is the one that the service writes for the PLC's program.
"""


def page(rows: Sequence[Row], seen: Mapping[str, Mapping[str, Cell]]) -> str:
    """The whole page."""
    lines = [
        *_HEAD.splitlines(),
        *(f"| {one.name} | {one.words} |" for one in COLUMNS),
        *_COMMON.splitlines(),
    ]
    for scope, group in groupby(rows, key=lambda row: row.scope):
        lines += ["", f"## {scope}", ""]
        lines += ["| fault | most | others | reason | result tags, heartbeat |", "|---|---|---|---|---|"]
        lines += [_line(row, seen[row.name]) for row in group]
    return "\n".join(lines) + "\n"


def _line(row: Row, cells: Mapping[str, Cell]) -> str:
    statuses = {policy: ", then ".join(cell.statuses) or "Good" for policy, cell in cells.items()}
    most, others = _split(statuses)
    plc = {policy: cell.plc for policy, cell in cells.items()}
    usual, unusual = _split(plc)
    reason = next((cell.reason for cell in cells.values() if cell.reason), "")
    usual = "can't be reached" if usual == "nothing" else usual
    told = "as the outputs" if _follow(cells) else "; ".join(filter(None, (usual, *unusual)))
    if "nothing" not in plc.values():
        told += "; heartbeat goes on" if row.beats else "; heartbeat stands"
    return f"| **{row.name}**: {row.cause} | {most} | {'; '.join(others)} | {reason} | {told} |"


def _follow(cells: Mapping[str, Cell]) -> bool:
    return all(cell.plc == (cell.statuses[-1] if cell.statuses else "Good") for cell in cells.values())


def _split(by_policy: Mapping[str, str]) -> tuple[str, list[str]]:
    """What most policies have, and what the others do."""
    ((most, _),) = Counter(by_policy.values()).most_common(1)
    return most, list(_grouped({policy: one for policy, one in by_policy.items() if one != most}))


def _grouped(by_policy: Mapping[str, str]) -> Iterator[str]:
    for found in dict.fromkeys(by_policy.values()):
        names = [policy for policy, one in by_policy.items() if one == found]
        yield f"{', '.join(names)}: {found}"
