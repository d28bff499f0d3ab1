"""The journal of a model's versions: one line per step, each bound to the line before it.

A line is `<checksum> <JSON>`; the checksum is the start of the SHA-256 of the line before's checksum and the
JSON. A line that a crash cut off is the last one and is forgotten: nobody was told that it happened.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from math import isfinite
from typing import TYPE_CHECKING, Any, Final

from opcua_ml.domain.errors import StoreFailed
from opcua_ml.domain.gate import GateResult
from opcua_ml.domain.lifecycle import Cause, Step, StepKind

if TYPE_CHECKING:
    from pathlib import Path

    from opcua_ml.store.files import Files

_DIGITS: Final = 32
_START: Final = "0" * _DIGITS
_ENDED: Final = b"\n"
_NUMBERS: Final = frozenset({"value", "limit"})


class Journal:
    """Events that last, in the order in which they happened.

    Args:
        files: the disk.
        path: of the journal, in a folder that is there; opened, and made where it is missing.

    Attributes:
        steps: all of them.

    Raises:
        StoreFailed: it can't be read, or a line that is not the last one is not as it was written.
    """

    def __init__(self, files: Files, path: Path) -> None:
        self._files = files
        self._path = path
        self._last = _START
        self._size = 0
        self._broken = ""
        self.steps: list[Step] = []
        try:
            self._open()
        except OSError as error:
            raise self._failed("the journal can't be opened", error) from error

    def append(self, step: Step) -> None:
        """Write a step so that it lasts; when this returns, it happened.

        Raises:
            StoreFailed: it can't be written. Then it did not happen, or, where even that can't be made sure
                of, the journal takes no more until it is opened again.
        """
        if self._broken:
            raise StoreFailed("the journal takes no more steps", where=str(self._path), found=self._broken)
        checksum, line = _line(self._last, step)
        try:
            self._files.append(self._path, line)
            self._files.sync(self._path)
        except OSError as error:
            self._take_back(error)
            raise self._failed("the step can't be written", error) from error
        self._last, self._size = checksum, self._size + len(line)
        self.steps.append(step)

    def _open(self) -> None:
        if not self._files.exists(self._path):
            self._files.append(self._path, b"")
        data = self._files.read(self._path)
        for number, line in enumerate(data.split(_ENDED)[:-1], 1):
            try:
                parsed = _parsed(self._last, line)
            except (ValueError, KeyError, TypeError) as error:
                raise StoreFailed(
                    "a line of the journal is of a newer version of this program",
                    where=f"{self._path}: line {number}",
                    found=error,
                ) from error
            if parsed is None:
                if b"\0" in line and self._size + len(line) + 1 == len(data):
                    break  # some file systems fill what they had not yet written with zeros
                raise StoreFailed(
                    "a line of the journal is not as it was written", where=f"{self._path}: line {number}"
                )
            self._last = line[:_DIGITS].decode("ascii")
            self._size += len(line) + 1
            self.steps.append(parsed)
        if self._size < len(data):
            self._files.truncate(self._path, self._size)
        # What is believed from now on must last, also where its writer was ended before it saw to that.
        self._files.sync(self._path)
        self._files.sync_folder(self._path.parent)

    def _take_back(self, cause: OSError) -> None:
        try:
            self._files.truncate(self._path, self._size)
            self._files.sync(self._path)
        except OSError:
            self._broken = str(cause)

    def _failed(self, what: str, error: OSError) -> StoreFailed:
        return StoreFailed(what, where=str(self._path), found=error.strerror or error)


def _line(before: str, step: Step) -> tuple[str, bytes]:
    plain = {key: value for key, value in asdict(step).items() if value not in ("", 0.0, ())}
    if step.gates:
        plain["gates"] = [_plain_gate(gate) for gate in step.gates]
    text = json.dumps(plain, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    checksum = _checksum(before, text.encode())
    return checksum, f"{checksum} {text}\n".encode()


def _parsed(before: str, line: bytes) -> Step | None:
    checksum, _, text = line.partition(b" ")
    if checksum.decode("ascii", "replace") != _checksum(before, text):
        return None
    plain = json.loads(text)
    plain["kind"] = StepKind(plain["kind"])
    plain["cause"] = Cause(plain["cause"])
    plain["gates"] = tuple(_gate(one) for one in plain.get("gates", ()))
    return Step(**plain)


def _plain_gate(gate: GateResult) -> dict[str, Any]:
    """JSON has no numbers for what is not finite: those are texts."""
    plain = {key: value for key, value in asdict(gate).items() if value is not None and value != ""}
    for name in _NUMBERS & plain.keys():
        plain[name] = plain[name] if isfinite(plain[name]) else str(plain[name])
    return plain


def _gate(plain: dict[str, Any]) -> GateResult:
    numbers = {name: float(plain[name]) for name in _NUMBERS & plain.keys()}
    return GateResult(**{"name": "", "detail": "", **plain, **numbers})


def _checksum(before: str, text: bytes) -> str:
    return hashlib.sha256(before.encode() + text).hexdigest()[:_DIGITS]
