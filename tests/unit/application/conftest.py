"""Fixtures of the application's tests, and time that passes only where they wait."""

import asyncio
from collections.abc import Mapping

import pytest

from opcua_ml.application.served_model import ServedModel
from tests.unit.application.stand_ins import CARD, Adder, Book, HandClock
from tests.virtual_time import VirtualTimeLoop


def pytest_asyncio_loop_factories(item: pytest.Item) -> Mapping[str, type[asyncio.AbstractEventLoop]]:
    """The history has a thread of its own, which takes real time."""
    if "history" in item.path.parts:
        return {"real": asyncio.SelectorEventLoop}
    return {"virtual": VirtualTimeLoop}


@pytest.fixture
def clock() -> HandClock:
    """A clock that stands."""
    return HandClock()


@pytest.fixture
def model(clock: HandClock) -> ServedModel:
    """A model that adds, ready."""
    return ServedModel(CARD, Adder(), clock, run_id="r")


@pytest.fixture
def book() -> Book:
    """An empty book."""
    return Book()
