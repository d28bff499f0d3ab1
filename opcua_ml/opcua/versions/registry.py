"""Registry: packages are uploaded by TemporaryFileTransferType (OPC UA Part 20, 4.4.1).

GenerateFileForWrite gives a file that is open; Write fills it; CloseAndCommit stages the package and then
takes the file away. A file that nobody writes to for ClientProcessingTimeout is dropped.
"""

from __future__ import annotations

import asyncio
import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import structlog
from asyncua import ua
from asyncua.ua.object_ids import ObjectIds
from asyncua.ua.status_codes import StatusCodes

from opcua_ml.domain.errors import OpcuaMlError, PackageError
from opcua_ml.domain.status import Status
from opcua_ml.opcua.server.arguments import argument
from opcua_ml.opcua.server.blueprint import Blueprint, property_of
from opcua_ml.opcua.server.call_result import answered, failed, refused
from opcua_ml.opcua.server.node_ids import MACHINE_LEARNING
from opcua_ml.opcua.server.standard import ARGUMENT, BYTE_STRING, DURATION, NODE_ID, UINT32, standard_id
from opcua_ml.opcua.trust.nodes.method import calling_session

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from opcua_ml.application.ports import Clock
    from opcua_ml.application.versions import Upload, UploadHandler
    from opcua_ml.opcua.server.model_server import ModelServer

    Code = Callable[..., Awaitable[ua.CallMethodResult]]

_log = structlog.get_logger(__name__)

REGISTRY: Final = f"{MACHINE_LEARNING}.Registry"
TIMEOUT_SECONDS: Final = 60.0
_HANDLE: Final = ("fileHandle", UINT32, "Of the file, as GenerateFileForWrite gave it.")


@dataclass(slots=True)
class _File:
    path: str
    handle: int
    session: ua.NodeId
    upload: Upload
    touched: float
    busy: bool = False


class Registry:
    """The object Registry, and the files that clients write.

    Args:
        server: entered.
        handler: takes what they write.
        clock: for the timeout.
    """

    def __init__(self, server: ModelServer, handler: UploadHandler, clock: Clock) -> None:
        self._server = server
        self._handler = handler
        self._clock = clock
        self._files: dict[int, _File] = {}
        self._numbers = itertools.count(1)

    async def show(self) -> None:
        """Offer the uploads."""
        timeout = ua.Variant(TIMEOUT_SECONDS * 1e3, ua.VariantType.Double)
        options = ("generateOptions", standard_id(ObjectIds.BaseDataType), "Name of the model, or null.")
        state = ("completionStateMachine", NODE_ID, "Null: the transfer is complete with this answer.")
        file = ("fileNodeId", NODE_ID, "The file, open for this session.")
        words = "Packages of models come in here."
        kind = standard_id(ObjectIds.TemporaryFileTransferType)
        name = self._server.names.own("Registry")
        told = "Milliseconds after which a file that nobody writes to is dropped."
        await self._server.tree.bring(
            [
                Blueprint(REGISTRY, MACHINE_LEARNING, name, words, kind),
                property_of(REGISTRY, "ClientProcessingTimeout", told, DURATION, timeout),
                *_method(REGISTRY, "GenerateFileForRead", self._not_read, [options], [file, _HANDLE, state]),
                *_method(REGISTRY, "GenerateFileForWrite", self._generate, [options], [file, _HANDLE]),
                *_method(REGISTRY, "CloseAndCommit", self._commit, [_HANDLE], [state]),
            ]
        )

    async def run(self) -> None:
        """Drop what nobody goes on with, until cancelled."""
        while True:
            await asyncio.sleep(1.0)
            limit = self._clock.monotonic() - TIMEOUT_SECONDS
            for file in [one for one in self._files.values() if one.touched < limit and not one.busy]:
                _log.info("upload dropped", file=file.path)
                await self._drop(file)

    async def _not_read(self, _object: ua.NodeId, *_: ua.Variant) -> ua.CallMethodResult:
        return failed(StatusCodes.BadNotSupported)

    async def _generate(self, _object: ua.NodeId, options: ua.Variant) -> ua.CallMethodResult:
        session = calling_session.get()
        if options.Value is not None and not isinstance(options.Value, str):
            return failed(StatusCodes.BadInvalidArgument)
        who = (session.caller.identity.name if session is not None else "") or "anonymous"
        try:
            upload = await self._handler.begin(options.Value or "", who)
        except OpcuaMlError as error:
            return refused(error, 0, 1)
        number = next(self._numbers)
        path = f"{REGISTRY}.{number}"
        owner = session.session_id if session is not None else ua.NodeId()
        file = self._files[number] = _File(path, number, owner, upload, self._clock.monotonic())
        await self._server.tree.bring(self._nodes(file))
        node = ua.Variant(self._server.names.node(path), ua.VariantType.NodeId)
        return answered([node, ua.Variant(number, ua.VariantType.UInt32)])

    async def _write(self, _object: ua.NodeId, handle: ua.Variant, data: ua.Variant) -> ua.CallMethodResult:
        file = self._mine(handle)
        if file is None or file.busy:
            return failed(StatusCodes.BadInvalidArgument if file is None else StatusCodes.BadInvalidState)
        file.busy = True
        try:
            await file.upload.write(data.Value or b"")
        except OpcuaMlError as error:
            _log.warning("upload refused", reason=error.sentence)
            await self._drop(file)
            too_large = isinstance(error, PackageError)
            return failed(StatusCodes.BadRequestTooLarge) if too_large else refused(error, 0, 2)
        finally:
            file.busy, file.touched = False, self._clock.monotonic()
        return answered([])

    async def _close(self, _object: ua.NodeId, handle: ua.Variant) -> ua.CallMethodResult:
        file = self._mine(handle)
        if file is None or file.busy:
            return failed(StatusCodes.BadInvalidArgument if file is None else StatusCodes.BadInvalidState)
        await self._drop(file)
        return answered([])

    async def _commit(self, _object: ua.NodeId, handle: ua.Variant) -> ua.CallMethodResult:
        file = self._mine(handle)
        if file is None or file.busy:
            return failed(StatusCodes.BadInvalidArgument if file is None else StatusCodes.BadInvalidState)
        file.busy = True
        try:
            await file.upload.commit()
        except OpcuaMlError as error:
            _log.warning("package refused", reason=error.sentence)
            return refused(error, 0, 1)
        except Exception:  # noqa: BLE001 - a fault behind the handler must reach the client as a StatusCode
            _log.exception("upload failed")
            return failed(Status.BadInternalError)
        finally:
            await self._drop(file)
        return answered([ua.Variant(ua.NodeId(), ua.VariantType.NodeId)])

    def _mine(self, handle: ua.Variant) -> _File | None:
        """The file of this handle, where the calling session is its owner: others learn nothing of it."""
        file, session = self._files.get(handle.Value), calling_session.get()
        if file is None or (session is not None and session.session_id != file.session):
            return None
        return file

    async def _drop(self, file: _File) -> None:
        if self._files.pop(file.handle, None) is not None:
            await file.upload.discard()
            await self._server.tree.remove(self._server.tree.paths_below(file.path))

    def _nodes(self, file: _File) -> list[Blueprint]:
        names = self._server.names
        kind = standard_id(ObjectIds.FileType)
        data = ("data", BYTE_STRING, "The next bytes of the package, which is a zip.")
        name = names.site(f"Upload {file.handle}")
        return [
            Blueprint(file.path, REGISTRY, name, "A package on its way.", kind),
            *_method(file.path, "Write", self._write, [_HANDLE, data], []),
            *_method(file.path, "Close", self._close, [_HANDLE], []),
        ]


def _method(
    parent: str,
    name: str,
    code: Code,
    given: list[tuple[str, ua.NodeId, str]],
    made: list[tuple[str, ua.NodeId, str]],
) -> list[Blueprint]:
    path = f"{parent}.{name}"
    nodes = [Blueprint(path, parent, ua.QualifiedName(name), _WORDS[name], method=code)]
    for kind, arguments in (("InputArguments", given), ("OutputArguments", made)):
        if arguments:
            value = ua.Variant(
                [argument(*one) for one in arguments], ua.VariantType.ExtensionObject, None, True
            )
            nodes.append(property_of(path, kind, f"{kind[:-9]} arguments, in order.", ARGUMENT, value))
    return nodes


_WORDS: Final = {
    "GenerateFileForRead": "Packages can't be read here.",
    "GenerateFileForWrite": "Opens a new file for the bytes of a package.",
    "CloseAndCommit": "Checks the package that was written, and stages it.",
    "Write": "Adds bytes to the file.",
    "Close": "Drops the file without staging anything.",
}
