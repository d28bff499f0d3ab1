"""Try every fault and write docs/fault-matrix.md anew: `python -m tests.integration.fault_matrix`."""

from __future__ import annotations

import asyncio

from tests.integration.fault_matrix.matrix import tried
from tests.integration.fault_matrix.rows import ROWS
from tests.integration.fault_matrix.table import PAGE, page

outcomes = asyncio.run(tried(ROWS))
seen = {}
for name, outcome in outcomes.items():
    if isinstance(outcome, Exception):
        raise SystemExit(f"{name}: {outcome!r}")
    seen[name] = outcome
PAGE.write_text(page(ROWS, seen), encoding="utf-8")
