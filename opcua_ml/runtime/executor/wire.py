"""What service and model process say to one another: JSON behind its length, nothing that could be code."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from opcua_ml.domain import errors
from opcua_ml.domain.computation import Computation
from opcua_ml.domain.errors import InferenceFailed, OpcuaMlError
from opcua_ml.runtime.contract.model import Origin
from opcua_ml.runtime.contract.trust import Trust

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opcua_ml.domain.row import Row

_LENGTH = struct.Struct("<I")


def send(stream: IO[bytes], message: dict[str, Any]) -> None:
    """Write one message.

    Raises:
        OSError: the other side has ended.
    """
    data = json.dumps(message, separators=(",", ":")).encode()
    stream.write(_LENGTH.pack(len(data)) + data)
    stream.flush()


def receive(stream: IO[bytes]) -> dict[str, Any]:
    """Read one message.

    Raises:
        EOFError: the other side has ended.
    """
    message: dict[str, Any] = json.loads(_exactly(stream, _LENGTH.unpack(_exactly(stream, _LENGTH.size))[0]))
    return message


def _exactly(stream: IO[bytes], size: int) -> bytes:
    data = stream.read(size)
    if len(data) < size:
        raise EOFError
    return data


def of_rows(rows: Sequence[Row]) -> dict[str, Any]:
    """Rows as a message."""
    return {"rows": list(rows)}


def rows_in(message: dict[str, Any]) -> list[Row]:
    """The rows of a message; arrays within them become tuples again."""
    return [tuple(tuple(v) if isinstance(v, list) else v for v in row) for row in message["rows"]]


def of_computation(computation: Computation) -> dict[str, Any]:
    """What a call gave, as a message."""
    return computation._asdict()


def computation_in(message: dict[str, Any]) -> Computation:
    """What a call gave."""
    return Computation(rows_in(message), float(message["seconds"]), float(message["processor"]))


def of_origin(origin: Origin) -> dict[str, Any]:
    """An origin as a message."""
    return {
        "path": str(origin.path.absolute()),
        "content_hash": origin.content_hash,
        "artifact": origin.artifact,
        "pins": sorted(origin.trust.pins),
        "joblib": origin.trust.joblib,
    }


def origin_in(message: dict[str, Any]) -> Origin:
    """The origin of a message."""
    trust = Trust(frozenset(message["pins"]), joblib=message["joblib"])
    return Origin(Path(message["path"]), message["content_hash"], message["artifact"], trust)


def of_error(error: OpcuaMlError) -> dict[str, Any]:
    """An error of this project as a message."""
    told = {key: value for key, value in vars(error).items() if key in {"what", "where", "found", "wanted"}}
    return {"error": type(error).__name__} | {
        key: None if value is None else str(value) for key, value in told.items()
    }


def raise_error_in(message: dict[str, Any]) -> None:
    """Raise what the message tells, if it tells of an error."""
    if "error" not in message:
        return
    kind = getattr(errors, message["error"], InferenceFailed)
    known = kind if issubclass(kind, errors.PackageError) else InferenceFailed
    raise known(
        message["what"], where=message["where"] or "", found=message["found"], wanted=message["wanted"]
    )
