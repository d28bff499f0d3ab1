"""The event loop that the service gets: uvloop's where it is installed, asyncio's elsewhere."""

from __future__ import annotations

import asyncio
import sys

import pytest

from opcua_ml.service import event_loop


async def _loop() -> asyncio.AbstractEventLoop:
    return asyncio.get_running_loop()


def test_without_uvloop_the_loop_is_asyncios_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is missing."""
    monkeypatch.setitem(sys.modules, "uvloop", None)
    assert event_loop.loop_factory() is None
    assert type(event_loop.run(_loop())).__module__.startswith("asyncio.")


def test_with_uvloop_the_loop_is_its_own() -> None:
    """Where somebody asked for the extra."""
    uvloop = pytest.importorskip("uvloop")
    assert isinstance(event_loop.run(_loop()), uvloop.Loop)
