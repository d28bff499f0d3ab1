"""Publishing past asyncua's copies."""

from __future__ import annotations

import copy

from asyncua import ua
from asyncua.ua.ua_binary import struct_to_binary

from opcua_ml_simulator.opcua.tag_writer import PublishedValue, status_code


def test_a_published_value_is_encoded_like_any_data_value() -> None:
    """Clients can't tell the difference."""
    parts = (ua.Variant(1.5, ua.VariantType.Double), status_code(0x40900000), ua.DateTime(2024, 1, 1))
    assert struct_to_binary(PublishedValue(*parts)) == struct_to_binary(ua.DataValue(*parts))


def test_a_published_value_is_not_copied() -> None:
    """Asyncua copies per monitored item and change, which would be two thirds of the price."""
    value = PublishedValue(ua.Variant(1.5, ua.VariantType.Double))
    assert copy.deepcopy(value) is value


def test_status_codes_are_made_once() -> None:
    """And keep their number."""
    assert status_code(0x80310000) is status_code(0x80310000)
    assert status_code(0x80310000).name == "BadNoCommunication"
