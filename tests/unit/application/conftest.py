"""Fixtures of the application's tests."""

import pytest

from opcua_ml.application.served_model import ServedModel
from tests.unit.application.stand_ins import CARD, Adder, Book, HandClock


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
