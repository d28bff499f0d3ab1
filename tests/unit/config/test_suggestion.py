"""«Did you mean …?» for names that nothing has."""

from __future__ import annotations

import pytest

from opcua_ml.config import did_you_mean, unknown_name

KNOWN = ["endpoint", "namespace_uri", "queue_size"]


@pytest.mark.parametrize(
    ("found", "meant"),
    [
        ("endpont", "endpoint"),
        ("Endpoint", "endpoint"),
        ("queue-size", "queue_size"),
        ("colour", None),
        ("", None),
    ],
)
def test_the_nearest_name_is_suggested(found: str, meant: str | None) -> None:
    """Letters swapped, case and hyphens; not just any name."""
    assert did_you_mean(found, KNOWN) == meant


def test_without_a_near_name_all_are_told() -> None:
    """And where there is none, that."""
    assert unknown_name("key", "colour", KNOWN) == (
        'unknown key "colour"',
        "one of endpoint, namespace_uri, queue_size",
    )
    assert unknown_name("PLC", "pump", []) == ('unknown PLC "pump", as there is none at all', "")
