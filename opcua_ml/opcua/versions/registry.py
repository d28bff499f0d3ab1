"""Registry: packages are uploaded by TemporaryFileTransferType (OPC UA Part 20, 4.4.1).

GenerateFileForWrite gives a file that is open; Write fills it; CloseAndCommit stages the package and then
takes the file away. Who lost the connection meanwhile logs in again, calls the file's Open, and goes on at
its Size. A file that nobody writes to for ClientProcessingTimeout is dropped, as is one of a closed session.
"""

from __future__ import annotations

import asyncio
import itertools
from typing import TYPE_CHECKING, Final

import structlog
from asyncua import ua
from asyncua.ua.object_ids import ObjectIds
from asyncua.ua.status_codes import StatusCodes

from opcua_ml.domain.errors import OpcuaMlError, PackageError
from opcua_ml.domain.status import Status
from opcua_ml.opcua.space.blueprint import Blueprint, property_of
from opcua_ml.opcua.space.call_result import answered, failed, refused
from opcua_ml.opcua.space.node_ids import MACHINE_LEARNING
from opcua_ml.opcua.space.standard import DURATION, NODE_ID, standard_id
from opcua_ml.opcua.trust.nodes.method import calling_session
from opcua_ml.opcua.versions.upload_file import APPEND, HANDLE, WRITE, UploadFile, method_nodes

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from opcua_ml.application.ports import Clock
    from opcua_ml.application.versions import UploadHandler
    from opcua_ml.opcua.server.model_server import ModelServer

    Code = Callable[..., Awaitable[ua.CallMethodResult]]

_log = structlog.get_logger(__name__)

REGISTRY: Final = f"{MACHINE_LEARNING}.Registry"
TIMEOUT_SECONDS: Final = 60.0


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
        self._files: dict[int, UploadFile] = {}
        self._handles = itertools.count(1)
        self._methods: Mapping[str, Code] = {
            "Open": self._open,
            "Close": self._close,
            "Read": self._read,
            "Write": self._write,
            "GetPosition": self._position,
            "SetPosition": self._set_position,
        }

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
                *method_nodes(
                    REGISTRY, "GenerateFileForRead", self._not_read, [options], [file, HANDLE, state]
                ),
                *method_nodes(REGISTRY, "GenerateFileForWrite", self._generate, [options], [file, HANDLE]),
                *method_nodes(REGISTRY, "CloseAndCommit", self._commit, [HANDLE], [state]),
            ]
        )

    async def run(self) -> None:
        """Drop what nobody goes on with, until cancelled."""
        while True:
            await asyncio.sleep(1.0)
            await self._drop_those(self._clock.monotonic() - TIMEOUT_SECONDS)

    async def _not_read(self, _object: ua.NodeId, *_: ua.Variant) -> ua.CallMethodResult:
        return failed(StatusCodes.BadNotSupported)

    async def _generate(self, _object: ua.NodeId, options: ua.Variant) -> ua.CallMethodResult:
        session = calling_session.get()
        if options.Value is not None and not isinstance(options.Value, str):
            return failed(StatusCodes.BadInvalidArgument)
        who = (session.caller.identity.name if session is not None else "") or "anonymous"
        await self._drop_those(self._clock.monotonic() - TIMEOUT_SECONDS)
        try:
            upload = await self._handler.begin(options.Value or "", who)
        except OpcuaMlError as error:
            return refused(error, 0, 1)
        user = session.caller.identity.name if session is not None else ""
        handle = next(self._handles)
        now = self._clock.monotonic()
        file = self._files[handle] = UploadFile(REGISTRY, handle, session, user, upload, now)
        await self._server.tree.bring(file.nodes(self._server.names, self._methods))
        node = ua.Variant(self._server.names.node(file.path), ua.VariantType.NodeId)
        return answered([node, ua.Variant(handle, ua.VariantType.UInt32)])

    async def _open(self, target: ua.NodeId, mode: ua.Variant) -> ua.CallMethodResult:
        """Give the file to a new session of the user who began it."""
        session = calling_session.get()
        user = session.caller.identity.name if session is not None else ""
        file = next((one for one in self._files.values() if self._is(one, target)), None)
        if mode.Value not in (WRITE, WRITE | APPEND):
            return failed(StatusCodes.BadInvalidArgument)
        if file is None or not user or file.user != user:
            return failed(StatusCodes.BadUserAccessDenied)
        if file.busy:
            return failed(StatusCodes.BadInvalidState)
        del self._files[file.handle]
        file.handle, file.session, file.touched = next(self._handles), session, self._clock.monotonic()
        self._files[file.handle] = file
        return answered([ua.Variant(file.handle, ua.VariantType.UInt32)])

    async def _position(self, target: ua.NodeId, handle: ua.Variant) -> ua.CallMethodResult:
        file = self._mine(handle, target)
        if file is None:
            return failed(StatusCodes.BadInvalidArgument)
        return answered([ua.Variant(file.upload.size, ua.VariantType.UInt64)])

    async def _set_position(
        self, target: ua.NodeId, handle: ua.Variant, position: ua.Variant
    ) -> ua.CallMethodResult:
        file = self._mine(handle, target)
        if file is None or position.Value != file.upload.size:
            return failed(StatusCodes.BadInvalidArgument)
        return answered([])

    async def _read(self, target: ua.NodeId, handle: ua.Variant, _: ua.Variant) -> ua.CallMethodResult:
        is_mine = self._mine(handle, target) is not None
        return failed(StatusCodes.BadInvalidState if is_mine else StatusCodes.BadInvalidArgument)

    async def _write(self, target: ua.NodeId, handle: ua.Variant, data: ua.Variant) -> ua.CallMethodResult:
        file = self._mine(handle, target)
        if file is None or file.busy:
            return failed(StatusCodes.BadInvalidArgument if file is None else StatusCodes.BadInvalidState)
        file.busy = True
        try:
            await file.upload.write(data.Value or b"")
            await file.show_size(self._server.tree)
        except OpcuaMlError as error:
            _log.warning("upload refused", reason=error.sentence)
            await self._drop(file)
            too_large = isinstance(error, PackageError)
            return failed(StatusCodes.BadRequestTooLarge) if too_large else refused(error, 0, 2)
        finally:
            file.busy, file.touched = False, self._clock.monotonic()
        return answered([])

    async def _close(self, target: ua.NodeId, handle: ua.Variant) -> ua.CallMethodResult:
        file = self._mine(handle, target)
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

    def _mine(self, handle: ua.Variant, target: ua.NodeId | None = None) -> UploadFile | None:
        """The file of this handle, where the calling session is its owner: others learn nothing of it.

        Args:
            handle: as given.
            target: the file whose method was called; None where it is the registry's.
        """
        file, session = self._files.get(handle.Value), calling_session.get()
        if file is None or file.session is not session:
            return None
        return file if target is None or self._is(file, target) else None

    def _is(self, file: UploadFile, target: ua.NodeId) -> bool:
        return self._server.names.node(file.path) == target

    async def _drop_those(self, untouched_since: float) -> None:
        """Drop what nobody goes on with: of a closed session, or untouched since that time."""
        idle = [file for file in self._files.values() if not file.busy]
        for file in [one for one in idle if one.is_forsaken or one.touched < untouched_since]:
            _log.info("upload dropped", file=file.path)
            await self._drop(file)

    async def _drop(self, file: UploadFile) -> None:
        if self._files.pop(file.handle, None) is not None:
            await file.upload.discard()
            await self._server.tree.remove(self._server.tree.paths_below(file.path))
