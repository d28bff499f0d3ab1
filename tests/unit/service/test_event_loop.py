"""The event loop that the service gets: uvloop's where there is one, asyncio's elsewhere."""

from __future__ import annotations

import asyncio
import importlib
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


@pytest.mark.skipif(sys.platform == "win32", reason="uvloop is not made for Windows")
def test_the_loop_is_uvloops() -> None:
    """It comes with the project."""
    uvloop = importlib.import_module("uvloop")
    assert isinstance(event_loop.run(_loop()), uvloop.Loop)
