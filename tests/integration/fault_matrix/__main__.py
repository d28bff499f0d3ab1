"""Try every fault and write docs/fault-matrix.md anew: `python -m tests.integration.fault_matrix`.

With `soak` behind it: an hour of random faults, and docs/fault-soak.md.
"""

from __future__ import annotations

import asyncio
import sys

from tests.integration.fault_matrix import soak_record, table
from tests.integration.fault_matrix.matrix import tried
from tests.integration.fault_matrix.rows import ROWS
from tests.integration.fault_matrix.soak import soak

SEED, HOUR = 20261130, 3600.0


def write_matrix() -> None:
    """Try the rows; a row that is not as it must be ends us with its reason."""
    seen = {}
    for name, outcome in asyncio.run(tried(ROWS)).items():
        if isinstance(outcome, Exception):
            raise SystemExit(f"{name}: {outcome!r}")
        seen[name] = outcome
    table.PAGE.write_text(table.page(ROWS, seen), encoding="utf-8")


def write_soak() -> None:
    """Soak, and tell what was wrong, if anything was."""
    record = asyncio.run(soak(SEED, HOUR))
    soak_record.PAGE.write_text(soak_record.page(record), encoding="utf-8")
    if record.wrong:
        raise SystemExit("\n".join(record.wrong[:10]))


if sys.argv[1:] == ["soak"]:
    write_soak()
else:
    write_matrix()
