"""The registry of faults."""

from __future__ import annotations

import pytest

from opcua_ml_simulator.errors import UnknownFaultError
from opcua_ml_simulator.faults.process import PROCESS_FAULTS, Fault
from opcua_ml_simulator.faults.registry import (
    REGISTRY,
    FaultScope,
    fault_names,
    find_fault,
    find_process_fault,
    find_server_fault,
    find_tag_fault,
)
from opcua_ml_simulator.faults.server import ServerFaultKind
from opcua_ml_simulator.faults.tag import TagFaultKind


def test_every_fault_is_registered_once() -> None:
    """All process faults but Normal, all of tags and all of the server, each with a description."""
    assert set(PROCESS_FAULTS) == set(Fault) - {Fault.Normal}
    kinds = [entry.kind for entry in REGISTRY.values()]
    assert sorted(map(str, kinds)) == sorted(map(str, [*PROCESS_FAULTS, *TagFaultKind, *ServerFaultKind]))
    assert all(entry.description for entry in REGISTRY.values())


@pytest.mark.parametrize("spelling", ["Cavitation", "cavitation", " CAVITATION ", 1, "1"])
def test_a_process_fault_is_found_by_name_or_number(spelling: str | int) -> None:
    """In any case, and by a number as text."""
    assert find_process_fault(spelling) is Fault.Cavitation


def test_a_tag_fault_is_found_by_name() -> None:
    """In any case."""
    assert find_tag_fault("frozen") is TagFaultKind.Frozen


def test_a_fault_of_the_server_is_found_by_name() -> None:
    """In any case."""
    assert find_server_fault("slowserver") is ServerFaultKind.SlowServer


@pytest.mark.parametrize("unknown", ["Rust", "", 0, "0", 99, -1])
def test_an_unknown_fault_is_refused_with_the_known_ones(unknown: str | int) -> None:
    """The error carries what was asked for and what there is."""
    with pytest.raises(UnknownFaultError, match="known are Cavitation, BearingWear") as caught:
        find_fault(unknown)
    assert caught.value.found == unknown
    assert caught.value.known == fault_names()


def test_scopes_are_not_mixed() -> None:
    """A tag fault is no process fault, and so on."""
    with pytest.raises(UnknownFaultError) as process:
        find_process_fault("Frozen")
    assert process.value.known == fault_names(FaultScope.PROCESS)
    with pytest.raises(UnknownFaultError) as tag:
        find_tag_fault("Leak")
    assert tag.value.known == fault_names(FaultScope.TAG)
    with pytest.raises(UnknownFaultError) as server:
        find_server_fault("Frozen")
    assert server.value.known == fault_names(FaultScope.SERVER)
