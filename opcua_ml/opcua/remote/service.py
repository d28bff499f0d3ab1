"""What an engineer's program does with a running service: send packages, manage versions, look at them."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, Self

from asyncua import ua
from asyncua.ua.status_codes import StatusCodes

from opcua_ml.domain.lifecycle import StepKind, VersionState
from opcua_ml.domain.state import ModelState
from opcua_ml.opcua.remote.connection import RemoteConnection, RemoteSettings, node_below
from opcua_ml.opcua.remote.failure import CallRefused, ConnectionLost, ServiceLost
from opcua_ml.opcua.space.node_ids import MACHINE_LEARNING, below, model_path

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from types import TracebackType

    from opcua_ml.opcua.export.exported_space import ExportedSpace

    Progress = Callable[[int, int], None]

REGISTRY: Final = f"{MACHINE_LEARNING}.Registry"
CHUNK: Final = 60_000
"""Bytes of one Write; servers take messages of 64 KiB at least (OPC UA Part 6, 7.1.2.3)."""
_MOST_STARTS: Final = 3
_APPEND: Final = 10
_VARIABLES: Final = (
    *("State", "ContentHash", "Since", "Reason", "GateResults"),
    *("ShadowAgreed", "ShadowDisagreed", "ShadowFailed", "ShadowAgreement"),
)


@dataclass(frozen=True, slots=True)
class RemoteVersion:
    """A version as the service shows it.

    Attributes:
        since: when it came into its state, as text in ISO 8601.
        reason: why, in the words of who did it.
        gates: what its gates gave, one sentence each.
        agreement: share of the rows of which it gave, as shadow, what the active one gave; None before.
        confirm_until: until when it must be confirmed, as text in ISO 8601; empty where it need not be.
        paused: whether it is the one to predict, and its model is paused.
    """

    model: str
    version: str
    state: str
    content_hash: str = ""
    since: str = ""
    reason: str = ""
    gates: tuple[str, ...] = ()
    agreed: int = 0
    disagreed: int = 0
    failed: int = 0
    agreement: float | None = None
    confirm_until: str = ""
    paused: bool = False


class RemoteService:
    """A running service; an asynchronous context manager that logs in and out.

    Args:
        settings: how to reach it.
    """

    def __init__(self, settings: RemoteSettings) -> None:
        self._connection = RemoteConnection(settings)

    async def __aenter__(self) -> Self:
        await self._connection.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._connection.__aexit__(kind, error, trace)

    def speaking(self, locale: str) -> Self:
        """The same, to be entered, for somebody who reads in this language; empty for the service's own."""
        settings = self._connection.settings
        self._connection.settings = replace(settings, locale=locale)
        return self

    async def space(self) -> ExportedSpace:
        """All nodes of the site's namespace, for engineering tools."""
        return await self._connection.space()

    async def models(self) -> list[str]:
        """Names of the models that are served."""
        return [name for name, _ in await self._connection.children(f"{MACHINE_LEARNING}.Models")]

    async def versions(self, model: str) -> list[RemoteVersion]:
        """All versions of a model, in the order in which they were first staged; none without a store."""
        folder = below(model_path(model), "Versions")
        children = await self._connection.children(folder)
        paths = [f"{path}.{name}" for _, path in children for name in _VARIABLES]
        overall = [f"{folder}.CurrentVersion", f"{folder}.ConfirmationDeadline", f"{model}.State.ModelState"]
        current, deadline, state, *values = await self._connection.read([*overall, *paths])
        size = len(_VARIABLES)
        found = [
            _version(
                model, name, dict(zip(_VARIABLES, values[place * size : (place + 1) * size], strict=True))
            )
            for place, (name, _) in enumerate(children)
        ]
        until, paused = _moment(deadline), state == ModelState.Paused
        return [
            replace(one, confirm_until=until, paused=paused) if one.version == current else one
            for one in found
        ]

    async def version(self, model: str, version: str) -> RemoteVersion | None:
        """One version of a model; None where there is none."""
        return next((one for one in await self.versions(model) if one.version == version), None)

    async def upload(
        self,
        data: bytes,
        model: str,
        version: str,
        progress: Progress | None = None,
        *,
        content_hash: str,
    ) -> None:
        """Send a package and let it be staged; goes on where it was after a lost connection.

        Args:
            data: of a zip.
            model: that it is for.
            version: of the package.
            progress: is told the bytes that are there, and those in all.
            content_hash: of the package, by which its version is known where the answer was lost.

        Raises:
            CallRefused: with the StatusCode, and why where the service tells it.
            ServiceLost: the connection was lost and did not come back.
        """
        for start in range(1, _MOST_STARTS + 1):
            try:
                await self._sent(data, model, progress or _nobody)
            except CallRefused as error:
                raise await self._explained(error, model, version) from error
            except _Forgotten as error:
                if start == _MOST_STARTS:
                    raise ServiceLost(
                        "the service has dropped the upload again and again",
                        where=self._connection.settings.endpoint,
                    ) from error
            except _CommitUnknown as error:
                await self._look(model, version, content_hash, error)
                break
            else:
                break

    async def manage(
        self,
        kind: StepKind,
        model: str,
        version: str = "",
        *,
        reason: str = "",
        confirm_within: float | None = None,
        share: float | None = None,
    ) -> None:
        """Call one of the methods that manage a model's versions.

        Args:
            kind: which.
            model: name.
            version: where the method takes one.
            reason: kept in the journal.
            confirm_within: of Promote: seconds until it is rolled back; 0 for no probation, None for what the
                service has configured.
            share: of StartCanary: of the method calls; None for what the service has configured.

        Raises:
            CallRefused: with the StatusCode, and why where the service tells it.
            ConnectionLost: whether it was done is not known.
        """
        text, number = ua.VariantType.String, ua.VariantType.Double
        given = [] if kind in _WITHOUT_VERSION else [ua.Variant(version, text)]
        if kind is StepKind.PROMOTE:
            given.append(ua.Variant(-1.0 if confirm_within is None else confirm_within * 1e3, number))
        if kind is StepKind.START_CANARY:
            given.append(ua.Variant(share or 0.0, number))
        given.append(ua.Variant(reason, text))
        try:
            await self._connection.call(model_path(model), kind.value, *given)
        except CallRefused as error:
            raise await self._explained(error, model, version) from error

    async def _sent(self, data: bytes, model: str, progress: Progress) -> None:
        """Write all and commit.

        Raises:
            _Forgotten: the service knows nothing of the file any more.
            _CommitUnknown: the connection was lost at the very end.
        """
        try:
            file, handle = await self._begun(model)
        except ConnectionLost:
            await self._connection.reconnect()
            file, handle = await self._begun(model)
        done = 0
        while done < len(data):
            progress(done, len(data))
            piece = ua.Variant(data[done : done + CHUNK], ua.VariantType.ByteString)
            try:
                await self._connection.call(file, "Write", _handle(handle), piece)
                done += len(piece.Value)
            except ConnectionLost:
                handle, done = await self._resumed(file)
        progress(done, len(data))
        try:
            await self._connection.call(REGISTRY, "CloseAndCommit", _handle(handle))
        except ConnectionLost as error:
            raise _CommitUnknown from error

    async def _begun(self, model: str) -> tuple[ua.NodeId, int]:
        name = ua.Variant(model, ua.VariantType.String)
        file, handle = await self._connection.call(REGISTRY, "GenerateFileForWrite", name)
        return file, handle

    async def _resumed(self, file: ua.NodeId) -> tuple[int, int]:
        """Log in again and open the file anew: its handle, and the bytes that it has."""
        await self._connection.reconnect()
        mode = ua.Variant(_APPEND, ua.VariantType.Byte)
        for _ in range(50):
            try:
                (handle,) = await self._connection.call(file, "Open", mode)
                break
            except CallRefused as error:
                if error.code != StatusCodes.BadInvalidState:
                    raise _Forgotten from error
                await asyncio.sleep(0.1)  # the last Write is still at work
        else:
            raise _Forgotten
        (size,) = await self._connection.read([node_below(file, "Size")])
        return handle, size or 0

    async def _look(self, model: str, version: str, content_hash: str, lost: Exception) -> None:
        """Whether a package was staged, of which the answer was lost."""
        await self._connection.reconnect()
        for _ in range(100):
            found = await self.version(model, version)
            if found is not None and (found.gates or found.content_hash != content_hash):
                break
            await asyncio.sleep(0.1)
        if found is not None and found.content_hash != content_hash:
            raise ServiceLost(
                "the connection was lost, and the service has another package of this version",
                where=f"{model} {version}",
                found=found.content_hash,
                wanted=content_hash,
            ) from lost
        if found is None or not found.gates or found.state == VersionState.REJECTED:
            raise ServiceLost(
                "the connection was lost before the service told whether it has staged the package",
                where=f"{model} {version}",
                found="no such version" if found is None else f"{found.state}: {found.reason}",
                wanted="another try",
            ) from lost

    async def _explained(self, error: CallRefused, model: str, version: str) -> CallRefused:
        """The refusal with what the service shows of the version, where its own words lack that."""
        if not version or error.code not in _TOLD_BY_THE_VERSION[bool(error.words)]:
            return error
        try:
            found = await self.version(model, version)
        except (CallRefused, ConnectionLost):
            return error
        if found is None or (error.words and not found.reason):
            return error
        told = f"{found.state}; {found.reason}".rstrip("; ")
        where = "" if error.words else f"{model} {version}"
        words = error.words and f"{error.words}; {version} is {told}"
        return CallRefused(error.method, error.code, where=where, found=None if words else told, words=words)


class _Forgotten(Exception):
    """The service knows nothing of the file any more."""


class _CommitUnknown(Exception):
    """Whether the package was staged is not known."""


_WITHOUT_VERSION: Final = frozenset({StepKind.ROLLBACK, StepKind.PAUSE, StepKind.RESUME})
_TOLD_BY_THE_VERSION: Final = {
    True: frozenset({StatusCodes.BadInvalidState}),
    False: frozenset({StatusCodes.BadInvalidState, StatusCodes.BadConfigurationError}),
}
"""Codes of which the version's node tells more, beside the service's own words and without them."""


def _version(model: str, name: str, values: dict[str, Any]) -> RemoteVersion:
    return RemoteVersion(
        model,
        name,
        values["State"] or "",
        values["ContentHash"] or "",
        _moment(values["Since"]),
        values["Reason"] or "",
        tuple(values["GateResults"] or ()),
        values["ShadowAgreed"] or 0,
        values["ShadowDisagreed"] or 0,
        values["ShadowFailed"] or 0,
        values["ShadowAgreement"],
    )


def _moment(told: datetime | None) -> str:
    return "" if told is None else told.isoformat(timespec="seconds")


def _handle(number: int) -> ua.Variant:
    return ua.Variant(number, ua.VariantType.UInt32)


def _nobody(_done: int, _all: int) -> None:
    """Nobody wants to know."""
