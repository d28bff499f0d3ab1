"""One record as one line of the log: JSON that no foreign text can break out of, chained to the line before.

Each line holds `seq`, `prev` (the hash of the line before) and `hash`, the SHA-256 of the line's own text
without its `hash`. Who changes, cuts out or puts in a line breaks the chain from there on.
"""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from enum import Enum
from itertools import islice
from reprlib import Repr
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from opcua_ml.opcua.audit.record import AuditRecord

GENESIS = "0" * 64
"""What stands in place of a hash before the first line."""

LONGEST_TEXT = 1024
MOST_ITEMS = 16
DEEPEST = 3
LARGEST_LINE = 64 * 1024
_PLAIN = int | float | Enum | datetime | None
_SECRET = ("password", "secret", "token_data", "private", "nonce", "authenticationtoken")


def chained(fields: dict[str, Any], *, sequence: int, previous: str) -> tuple[bytes, str]:
    """The line of these fields, with its end, and its hash."""
    body = {"seq": sequence, "prev": previous, **fields}
    digest = hash_of(body)
    return (_json({**body, "hash": digest}) + "\n").encode("ascii"), digest


def hash_of(body: dict[str, Any]) -> str:
    """The hash of a line's fields, its own hash not among them."""
    return hashlib.sha256(_json(body).encode("ascii")).hexdigest()


def fields_of(record: AuditRecord) -> dict[str, Any]:
    """What the log says of a record; empty fields are left out, text is cut, secrets are not told."""
    certificate = record.certificate
    fields = {
        "time": (record.time or datetime.now(UTC)).isoformat(timespec="microseconds"),
        "event": record.kind.value,
        "ok": record.succeeded,
        "status": f"0x{record.status:08X}",
        "message": record.message,
        "user": record.user,
        "address": record.address,
        "application_uri": record.application_uri,
        "session": record.session_id,
        "channel": record.channel_id,
        "entry_id": record.client_audit_entry_id,
        "source": record.source_node,
        "certificate": hashlib.sha256(certificate).hexdigest() if certificate else "",
        "details": {key: _told(key, value) for key, value in record.details.items()},
    }
    return {key: _bounded(value) for key, value in fields.items() if value not in ("", {}, None)}


def _told(key: str, value: object) -> object:
    plain = key.lower().replace("_", "")
    return "(secret)" if any(word.replace("_", "") in plain for word in _SECRET) else value


def _bounded(value: object, depth: int = 0) -> Any:
    """The value as JSON that is neither long nor deep."""
    if isinstance(value, list | tuple | dict):
        return _bounded_items(value, depth) if depth < DEEPEST else f"… {len(value)} items"
    if isinstance(value, bytes | bytearray):
        shown = bytes(value[: LONGEST_TEXT // 2]).hex()
        return shown + ("…" if len(value) > LONGEST_TEXT // 2 else "")
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if value is None or isinstance(value, bool | int | float):
        return value
    return _bounded_text(value)


def _bounded_items(value: list[Any] | tuple[Any, ...] | dict[Any, Any], depth: int) -> Any:
    if isinstance(value, dict):
        items = islice(value.items(), MOST_ITEMS)
        return {_bounded_text(key)[:64]: _bounded(one, depth + 1) for key, one in items}
    shown = [_bounded(one, depth + 1) for one in value[:MOST_ITEMS]]
    rest = len(value) - MOST_ITEMS
    return [*shown, f"… {rest} more"] if rest > 0 else shown


class _Short(Repr):
    """What `repr` says of a value, of whose long parts only some is looked at: a client may have made it."""

    def __init__(self) -> None:
        super().__init__()
        self.maxlevel = DEEPEST + 3
        self.maxlist = self.maxtuple = self.maxdict = self.maxset = self.maxfrozenset = MOST_ITEMS
        self.maxstring = self.maxlong = self.maxother = LONGEST_TEXT

    def repr1(self, x: Any, level: int) -> str:
        """Of one value inside."""
        if isinstance(x, bytes | bytearray | str):
            return super().repr1(x[: LONGEST_TEXT + 1], level)
        if is_dataclass(x) and level > 0:
            inside = (
                f"{one.name}={self.repr1(getattr(x, one.name), level - 1)}" for one in fields(x) if one.repr
            )
            return f"{type(x).__qualname__}({', '.join(inside)})"
        return super().repr1(x, level)


_SHORT = _Short()


def _is_plain(value: object) -> bool:
    """Whether nothing long is inside, as with most values that are written."""
    if not is_dataclass(value):
        return True
    return all(isinstance(getattr(value, one.name), _PLAIN) for one in fields(value))


def _bounded_text(value: object) -> str:
    try:
        text = value if isinstance(value, str) else str(value) if _is_plain(value) else _SHORT.repr(value)
    except Exception:  # noqa: BLE001 - details are whatever objects a service had; none may stop the log
        text = f"({type(value).__name__})"
    return text if len(text) <= LONGEST_TEXT else text[: LONGEST_TEXT - 1] + "…"


def _json(value: object) -> str:
    """ASCII, with every control character and everything beyond ASCII escaped."""
    return json.dumps(value, ensure_ascii=True, separators=(",", ":"), allow_nan=False)
