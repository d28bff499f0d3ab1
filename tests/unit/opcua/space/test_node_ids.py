"""NodeIds are readable, never collide, and never change."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opcua_ml.opcua.space.node_ids import MACHINE_LEARNING, below, model_path, segment

NAMES = st.text(min_size=1, max_size=12)


def test_plain_names_stay_as_they_are() -> None:
    """This is what HMIs and PLC programs are bound to: it may never change."""
    assert below(model_path("pump_anomaly"), "Outputs", "score") == "pump_anomaly.Outputs.score"
    assert below(model_path("Pumpe 3"), "Inputs", "Durchfluß m³/h") == "Pumpe 3.Inputs.Durchfluß m³/h"


@pytest.mark.parametrize(
    ("name", "written"),
    [("a.b", "a%2Eb"), ("100%", "100%25"), ("a\nb", "a%0Ab"), ("\x9f", "%C2%9F"), ("\ud800", "%ED%A0%80")],
)
def test_awkward_characters_are_written_as_in_urls(name: str, written: str) -> None:
    """Dots, percent signs, control characters and broken surrogates."""
    assert segment(name) == written


@given(st.lists(NAMES, min_size=1, max_size=4), st.lists(NAMES, min_size=1, max_size=4))
def test_different_names_make_different_paths(first: list[str], second: list[str]) -> None:
    """Two paths are equal only where all their names are."""
    paths = [below(model_path(names[0]), *names[1:]) for names in (first, second)]
    assert (paths[0] == paths[1]) == (first == second)


@given(NAMES)
def test_no_model_takes_the_entry_points_place(name: str) -> None:
    """A model's path is neither the entry point nor below it."""
    for path in (model_path(name), model_path(MACHINE_LEARNING)):
        assert path.split(".")[0] != MACHINE_LEARNING


@given(NAMES)
def test_paths_can_be_sent(name: str) -> None:
    """Every path is text that UTF-8 takes, as the wire wants it."""
    model_path(name).encode("utf-8")
