"""Whether an audit log is whole: every line as it was written, none missing, none put in."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from opcua_ml.domain.errors import OpcuaMlError
from opcua_ml.opcua.audit.line import GENESIS, LARGEST_LINE, hash_of
from opcua_ml.opcua.audit.log_file import HEAD, log_files, read_head

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class AuditLogBroken(OpcuaMlError):
    """A line was changed, cut out, put in or moved."""


@dataclass(frozen=True, slots=True)
class Verified:
    """A log that is whole.

    Attributes:
        first, last: numbers of its first and last line; equal to 0 where it is empty. A first number above 1
            means that older files were rotated away, or taken away.
        last_hash: of the last line; to be noted down elsewhere, as proof of all before it.
    """

    first: int
    last: int
    last_hash: str


def verify(path: Path) -> Verified:
    """Check a log's folder, with all its files and its head, or a single file of it.

    Raises:
        AuditLogBroken: with file, line, what was found and what was wanted.
        OSError: a file can't be read.
    """
    files = log_files(path) if path.is_dir() else [path]
    if not files:
        raise AuditLogBroken("there is no audit log", where=str(path))
    noted = _head(path) if path.is_dir() else None
    first = last = 0
    last_hash = ""
    for where, line in _lines(files):
        _check_line(where, line, last, last_hash)
        first = first or line["seq"]
        last, last_hash = line["seq"], line["hash"]
        if noted is not None and noted[0] == last and noted[1] != last_hash:
            raise AuditLogBroken("the line is another than the log's head says", where=where)
    if noted is not None and noted[0] > last:
        raise AuditLogBroken(
            "lines are missing at the end", where=str(path), found=f"line {last}", wanted=f"line {noted[0]}"
        )
    return Verified(first, last, last_hash)


def _lines(files: list[Path]) -> Iterator[tuple[str, dict[str, Any]]]:
    for file in files:
        with file.open("rb") as opened:
            number = 0
            while raw := opened.readline(LARGEST_LINE + 1):
                number += 1
                where = f"{file}:{number}"
                if not raw.endswith(b"\n"):
                    raise AuditLogBroken("the line is cut short", where=where)
                yield where, _parsed(raw, where)


def _parsed(raw: bytes, where: str) -> dict[str, Any]:
    try:
        line = json.loads(raw)
    except ValueError:
        line = None
    if not isinstance(line, dict) or not {"seq", "prev", "hash"} <= line.keys():
        raise AuditLogBroken("no line of an audit log", where=where)
    return line


def _check_line(where: str, line: dict[str, Any], last: int, last_hash: str) -> None:
    """Whether the line is unchanged and the next one after line `last`, of hash `last_hash`; 0 for none."""
    body = {key: value for key, value in line.items() if key != "hash"}
    sequence, previous = line["seq"], line["prev"]
    if not isinstance(sequence, int) or hash_of(body) != line["hash"]:
        raise AuditLogBroken("the line was changed: its hash is another", where=where)
    if last and (sequence, previous) != (last + 1, last_hash):
        raise AuditLogBroken(
            "the chain is broken: lines are missing, moved or put in",
            where=where,
            found=f"line {sequence}",
            wanted=f"line {last + 1} after {last_hash}",
        )
    if sequence == 1 and previous != GENESIS:
        raise AuditLogBroken("the first line does not begin a log", where=where)


def _head(folder: Path) -> tuple[int, str]:
    head = read_head(folder)
    if head is None:
        raise AuditLogBroken("the log's head is missing or unreadable", where=str(folder / HEAD))
    return head
