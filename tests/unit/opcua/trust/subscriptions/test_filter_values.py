"""Values of content filters: compared and cast as Part 4, 7.7.3 has it."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any

import pytest
from asyncua import ua
from hypothesis import given
from hypothesis import strategies as st

from opcua_ml.opcua.trust.ground.ua_values import node_id, status_code
from opcua_ml.opcua.trust.subscriptions.filter_values import alike, cast, is_null, plain

Type = ua.VariantType
_ua: Any = ua
GUID = uuid.UUID("09087e75-8e5e-499b-954f-f2a9603db28a")
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "kind", "wanted"),
    [
        (900, Type.String, "900"),
        (True, Type.String, "true"),
        ("900", Type.UInt16, 900),
        ("9.5", Type.Double, 9.5),
        (9.5, Type.Int32, 10),
        (300, Type.Byte, None),
        (-1, Type.UInt32, None),
        (float("nan"), Type.Int32, None),
        ("many", Type.Int32, None),
        ("true", Type.Boolean, True),
        ("perhaps", Type.Boolean, None),
        (0, Type.Boolean, False),
        (str(GUID), Type.Guid, GUID),
        ("no guid", Type.Guid, None),
        ("2026-11-21T12:00:00Z", Type.DateTime, NOON),
        (NOON, Type.String, "2026-11-21T12:00:00Z"),
        ("i=2253", Type.NodeId, node_id(2253)),
        ("no node", Type.NodeId, None),
        (1, Type.ExtensionObject, None),
        (None, Type.String, None),
        (1, None, None),
    ],
)
def test_a_value_is_cast_or_null(value: Any, kind: ua.VariantType | None, wanted: Any) -> None:
    """What has no value of the type is null, and no error."""
    assert cast(value, kind) == wanted


@pytest.mark.parametrize(
    ("first", "second", "wanted"),
    [
        ("900", 900, (900.0, 900)),
        (900, "900", (900, 900.0)),
        ("true", True, (True, True)),
        ("many", 1, (None, 1)),
        (str(GUID), GUID, (GUID, GUID)),
        ("a", "b", ("a", "b")),
        (1, 2.5, (1, 2.5)),
    ],
)
def test_a_text_becomes_what_it_is_compared_with(first: Any, second: Any, wanted: tuple[Any, Any]) -> None:
    """Texts come last in the order of precedence."""
    assert alike(first, second) == wanted


def test_values_are_compared_without_their_wrapping() -> None:
    """Texts without their locale, codes as numbers, times in UTC, and both kinds of NodeIds as one."""
    assert plain(ua.LocalizedText("hot", "en")) == "hot"
    assert plain(ua.QualifiedName("hot", 3)) == "hot"
    assert plain(status_code(0x80310000)) == 0x80310000
    assert plain(NOON.replace(tzinfo=None)) == NOON
    assert plain(ua.ExpandedNodeId(ua.Int32(2253), ua.Int16(0))) == node_id(2253)


@given(st.integers(-(2**70), 2**70), st.sampled_from([Type.SByte, Type.UInt16, Type.Int32, Type.UInt64]))
def test_a_whole_number_is_itself_or_null(number: int, kind: ua.VariantType) -> None:
    """It never wraps around."""
    assert cast(number, kind) in {number, None}


@given(st.one_of(st.text(), st.floats(), st.integers(), st.binary(), st.booleans()), st.sampled_from(Type))
def test_no_value_makes_a_cast_fail(value: Any, kind: ua.VariantType) -> None:
    """A filter is evaluated for every event, whatever its fields hold."""
    cast(value, kind)


@pytest.mark.parametrize(
    "value",
    [
        None,
        "",
        b"",
        [],
        ua.NodeId(),
        _ua.NodeId("", 0),
        _ua.NodeId(b"", 0),
        _ua.NodeId(uuid.UUID(int=0), 0),
        ua.ExpandedNodeId(),
        uuid.UUID(int=0),
        datetime(1601, 1, 1, tzinfo=UTC),
        ua.LocalizedText(None),
        ua.LocalizedText("", "en"),
        ua.QualifiedName(None),
    ],
    ids=repr,
)
def test_null_values_of_every_type_are_null(value: Any) -> None:
    """Part 6, 5.1.2; null and empty are the same (5.1.9)."""
    assert is_null(plain(value))


@pytest.mark.parametrize(
    "value",
    [0, 0.0, False, status_code(0), "0", b"\0", [0], _ua.NodeId(1), _ua.NodeId(0, 1), GUID, NOON],
    ids=repr,
)
def test_types_without_a_null_value_are_never_null(value: Any) -> None:
    """Numbers, Booleans and StatusCodes have a value whatever it is."""
    assert not is_null(plain(value))
