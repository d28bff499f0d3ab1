"""Units whose codes are not known."""

from __future__ import annotations

from dataclasses import replace

import structlog

from opcua_ml import bundled
from opcua_ml.runtime.package.package import open_package
from opcua_ml.service.building.unit_codes import unknown_units, warn_of_units


def test_a_code_that_is_not_known_is_told_with_its_input() -> None:
    """And those of the bundled model are all known."""
    signature = open_package(bundled.model("pump_flow")).signature
    assert list(unknown_units(signature)) == []
    first, *others = signature.inputs
    wrong = replace(signature, inputs=(replace(first, unit="QQQ"), *others))
    assert list(unknown_units(wrong)) == [(first.name, "QQQ")]
    with structlog.testing.capture_logs() as told:
        warn_of_units("flow", wrong)
    assert [(one["log_level"], one["where"], one["found"]) for one in told] == [
        ("warning", first.name, "QQQ")
    ]
