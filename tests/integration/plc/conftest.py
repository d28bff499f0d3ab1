"""PLCs in their own processes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.integration.plc.bench import Plc, Recorder

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def shared_plc() -> Iterator[Plc]:
    """A PLC that all tests of this folder use that do not end it; each adds tags of its own."""
    plc = Plc()
    plc.start()
    yield plc
    plc.close()


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
