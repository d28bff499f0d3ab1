"""The matrix, tried once for all tests that ask for a part of it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from tests.integration.fault_matrix.matrix import tried
from tests.integration.fault_matrix.rows import ROWS, Row

if TYPE_CHECKING:
    from tests.integration.fault_matrix.matrix import Outcome


@pytest.fixture(scope="session")
def matrix(request: pytest.FixtureRequest) -> dict[str, Outcome]:
    """What came of each row that is asked for; all of them where the whole table is."""
    rows = [item.callspec.params.get("row") for item in request.session.items if hasattr(item, "callspec")]
    asked = {row.name for row in rows if isinstance(row, Row)}
    whole = any(item.name == "test_the_page_shows_what_was_seen" for item in request.session.items)
    return asyncio.run(tried([row for row in ROWS if whole or row.name in asked]))
