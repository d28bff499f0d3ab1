"""PLCs in their own processes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from tests.integration.plc.bench import Plc, Recorder

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator


@pytest.fixture(scope="session")
def shared_plc() -> Iterator[Plc]:
    """A PLC that all tests of this folder use that do not end it; each adds tags of its own."""
    plc = Plc()
    plc.start()
    yield plc
    plc.close()


@pytest_asyncio.fixture
async def odd_plc(shared_plc: Plc) -> AsyncIterator[Plc]:
    """The same for a test that makes it odd: afterwards it is as it was."""
    yield shared_plc
    await shared_plc.do(
        "set",
        limits={},
        value_alone=False,
        write_delay=0.0,
        answer_delay=0.0,
        swallow=False,
        lose=0,
        repeat=0,
        forget=False,
        most_in_a_call={},
    )


@pytest.fixture
def plc() -> Iterator[Plc]:
    """A PLC for one test, not started yet."""
    plc = Plc()
    yield plc
    plc.close()


@pytest.fixture
def recorder() -> Recorder:
    """Takes samples and states."""
    return Recorder()
