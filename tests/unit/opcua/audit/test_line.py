"""One record is one line that nothing in it can break out of, bounded and without secrets."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from asyncua import ua
from hypothesis import given
from hypothesis import strategies as st

from opcua_ml.opcua.audit.line import GENESIS, LARGEST_LINE, chained, fields_of, hash_of
from opcua_ml.opcua.audit.record import AuditKind, AuditRecord

HOSTILE = st.text(max_size=40) | st.sampled_from(
    ["\n", "\r\n", '","x":"', "\x00", "\u2028", "\x1b[2J", "\ud800"]
)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | HOSTILE
    | st.binary(max_size=40)
    | st.just(object()),
    lambda inner: st.lists(inner, max_size=20) | st.dictionaries(HOSTILE, inner, max_size=20),
    max_leaves=30,
)


@given(HOSTILE, HOSTILE, HOSTILE, st.dictionaries(HOSTILE, VALUES, max_size=20))
def test_whatever_stands_in_a_record_it_is_one_line_of_ascii(
    message: str, user: str, uri: str, details: dict[str, Any]
) -> None:
    """Line ends, quotes, control characters and lone surrogates included."""
    record = AuditRecord(
        kind=AuditKind.WRITE_UPDATE, message=message, user=user, application_uri=uri, details=details
    )
    line, digest = chained(fields_of(record), sequence=7, previous=GENESIS)
    assert line.count(b"\n") == 1
    assert line.isascii()
    assert all(byte >= 0x20 for byte in line[:-1])
    read = json.loads(line)
    assert read.pop("hash") == digest == hash_of(read)
    assert read["seq"] == 7
    assert read.get("user", "") == user


@pytest.mark.parametrize(
    "value",
    ["x" * 10_000_000, b"x" * 10_000_000, list(range(1_000_000)), {str(n): n for n in range(100_000)}],
)
def test_large_values_are_cut(value: object) -> None:
    """A client that writes an array of a million numbers does not write a log of a million numbers."""
    record = AuditRecord(kind=AuditKind.WRITE_UPDATE, details={f"NewValue{n}": value for n in range(30)})
    line, _ = chained(fields_of(record), sequence=1, previous=GENESIS)
    assert len(line) < LARGEST_LINE


def test_deep_values_are_cut() -> None:
    """As are lists within lists."""
    deep: list[Any] = []
    for _ in range(10_000):
        deep = [deep]
    line, _ = chained(
        fields_of(AuditRecord(kind=AuditKind.WRITE_UPDATE, details={"v": deep})), sequence=1, previous=""
    )
    assert len(line) < 1000


def test_a_value_that_cannot_be_shown_is_named_by_its_type() -> None:
    """The log takes whatever objects a service had."""

    class Broken:
        def __str__(self) -> str:
            raise RuntimeError

    fields = fields_of(AuditRecord(kind=AuditKind.WRITE_UPDATE, details={"v": Broken(), "n": float("nan")}))
    assert fields["details"] == {"v": "(Broken)", "n": "nan"}


@pytest.mark.parametrize("key", ["Password", "user_password", "ServerNonce", "AuthenticationToken", "SECRET"])
def test_what_is_named_like_a_secret_is_not_told(key: str) -> None:
    """Even where a caller gives it by mistake."""
    fields = fields_of(AuditRecord(kind=AuditKind.SECURITY, details={key: "hunter2", "node": "ns=1;s=x"}))
    assert fields["details"] == {key: "(secret)", "node": "ns=1;s=x"}


def test_a_record_says_when_who_what_from_where_and_whether_it_was_done() -> None:
    """The fields that an investigator needs; certificates by their hash."""
    record = AuditRecord(
        kind=AuditKind.UPDATE_METHOD,
        message="Promote called",
        status=0x801F0000,
        user="anna",
        address="10.0.0.7",
        source_node="ns=2;s=pump.Promote",
        certificate=b"der",
        time=datetime(2026, 11, 21, 8, 0, tzinfo=UTC),
    )
    fields = fields_of(record)
    assert fields.pop("certificate") == hashlib.sha256(b"der").hexdigest()
    assert fields == {
        "time": "2026-11-21T08:00:00.000000+00:00",
        "event": "AuditUpdateMethod",
        "ok": False,
        "status": "0x801F0000",
        "message": "Promote called",
        "user": "anna",
        "address": "10.0.0.7",
        "source": "ns=2;s=pump.Promote",
    }


_VALUES = (
    ua.Variant(1.5),
    ua.Variant(["a", "b"]),
    ua.Variant(b"bytes"),
    ua.Variant([[1, 2], [3, 4]]),
    ua.Variant(ua.Range(1.0, 2.0)),
    ua.Variant(ua.Argument("a", ua.NodeId(ua.Int32(5)))),
    ua.DataValue(ua.Variant("text")),
)


@pytest.mark.parametrize("value", _VALUES, ids=str)
def test_a_short_value_is_told_as_it_calls_itself(value: object) -> None:
    """Whatever is in it."""
    told = fields_of(AuditRecord(kind=AuditKind.WRITE_UPDATE, details={"NewValue": value}))
    assert told["details"]["NewValue"] == str(value)


def test_of_a_long_value_only_the_beginning_is_looked_at() -> None:
    """Who writes a million numbers must not make the log spell them out first."""

    class Spelled(float):
        """Counts how often it was put into words."""

        times = 0

        def __repr__(self) -> str:
            type(self).times += 1
            return "1.5"

    many = ua.Variant([Spelled(1.5)] * 100_000, ua.VariantType.Double)
    told = fields_of(AuditRecord(kind=AuditKind.WRITE_UPDATE, details={"NewValue": many}))
    assert Spelled.times <= 16
    assert told["details"]["NewValue"].startswith("Variant(Value=[1.5, 1.5, ")
    assert "VariantType=<VariantType.Double: 11>" in told["details"]["NewValue"]
