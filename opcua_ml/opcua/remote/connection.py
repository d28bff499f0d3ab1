"""A connection to a service that comes back when it is lost."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Self

from asyncua import ua
from asyncua.common.node import Node
from asyncua.ua.attribute_ids import AttributeIds
from asyncua.ua.object_ids import ObjectIds
from asyncua.ua.ua_binary import struct_from_binary
from asyncua.ua.uaerrors import UaError, UaStatusCodeError

from opcua_ml.domain.errors import ConnectionRefused, OpcuaMlError
from opcua_ml.opcua.export.exported_space import collect
from opcua_ml.opcua.plc.client import PlcClient
from opcua_ml.opcua.plc.settings import PlcSecurity, PlcSettings
from opcua_ml.opcua.remote.failure import CallRefused, ConnectionLost, ServiceLost, is_lost, login_refused
from opcua_ml.opcua.space.names import TYPES_URI, Names
from opcua_ml.opcua.space.node_ids import MACHINE_LEARNING
from opcua_ml.opcua.space.standard import OBJECTS_FOLDER, standard_id
from opcua_ml.opcua.trust.nodes.vendor_result import ADDITIONAL_INFO

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

    from opcua_ml.opcua.export.exported_space import ExportedSpace

_NAMESPACES: Final = standard_id(ObjectIds.Server_NamespaceArray)
_FIRST_PAUSE: Final = 0.2
_LONGEST_PAUSE: Final = 5.0
_SESSION_S: Final = 120.0


@dataclass(frozen=True, slots=True)
class RemoteSettings:
    """How to reach a service.

    Attributes:
        endpoint: such as `opc.tcp://192.168.0.20:4840/opcua-ml`.
        security: see there.
        application_uri: ours; our certificate carries the same one.
        username, password: anonymous without a user name.
        request_timeout: longest wait for one answer, in seconds; gates may take long.
        locale: language of what is read; empty for the service's own.
        patience: how long a lost connection is tried again, in seconds.
    """

    endpoint: str
    security: PlcSecurity
    application_uri: str
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    request_timeout: float = 300.0
    locale: str = ""
    patience: float = 60.0


class RemoteConnection:
    """Calls methods and reads variables of a service; entered, it is connected.

    Args:
        settings: see there.

    Attributes:
        names: of the service's namespaces.
    """

    names: Names

    def __init__(self, settings: RemoteSettings) -> None:
        self.settings = settings
        self._client: PlcClient | None = None

    async def __aenter__(self) -> Self:
        await self._connect()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._client is not None:
            await self._client.close(5.0)

    async def reconnect(self) -> None:
        """Log in again, after the connection was lost.

        Raises:
            ServiceLost: not within the time that the settings give.
        """
        lost, self._client = self._client, None
        if lost is not None:
            await lost.abort()
        until, pause = time.monotonic() + self.settings.patience, _FIRST_PAUSE
        while True:
            try:
                await self._connect()
            except OpcuaMlError as error:
                if time.monotonic() + pause > until:
                    raise ServiceLost(
                        f"the connection was lost and did not come back within {self.settings.patience:g} s",
                        where=self.settings.endpoint,
                        found=error.what,
                    ) from error
            else:
                return
            await asyncio.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)

    async def call(self, target: str | ua.NodeId, method: str, *given: ua.Variant) -> list[Any]:
        """Call a method of a node once.

        Args:
            target: path of the node, or its NodeId.
            method: name; of the standard where the target is a NodeId.
            given: its arguments.

        Raises:
            CallRefused: with the StatusCode.
            ConnectionLost: whether it was done is not known.
        """
        if isinstance(target, ua.NodeId):
            object_id = target
            method_id = node_below(target, method)
        else:
            object_id, method_id = self.names.node(target), self.names.node(f"{target}.{method}")
        asked = ua.CallMethodRequest(ObjectId=object_id, MethodId=method_id, InputArguments=list(given))
        result, words = await self._asked(self._called(asked))
        if not result.StatusCode.is_good():
            where = "" if words else str(object_id.Identifier)
            raise CallRefused(method, result.StatusCode.value, where=where, words=words)
        return [variant.Value for variant in result.OutputArguments or ()]

    async def _called(self, asked: ua.CallMethodRequest) -> tuple[ua.CallMethodResult, str]:
        """The result, and what the service has to say of it; nothing where it is too old for that."""
        protocol = self._open.uaclient.protocol
        if protocol is None:
            raise ConnectionLost("not connected", where=self.settings.endpoint)
        request = ua.CallRequest()
        request.Parameters.MethodsToCall = [asked]
        request.RequestHeader.ReturnDiagnostics = ua.UInt32(ADDITIONAL_INFO)
        response = struct_from_binary(ua.CallResponse, await protocol.send_request(request))
        response.ResponseHeader.ServiceResult.check()
        (result,) = response.Results
        told = (info.AdditionalInfo for info in response.DiagnosticInfos or ())
        return result, next((str(one) for one in told if one), "")

    async def read(self, paths: Sequence[str | ua.NodeId]) -> list[Any]:
        """The values of variables; None for one that is not Good, or not there."""
        if not paths:
            return []
        nodes = [path if isinstance(path, ua.NodeId) else self.names.node(path) for path in paths]
        values = await self._asked(self._open.uaclient.read_attributes(nodes, AttributeIds.Value))
        return [
            one.Value.Value if one.Value is not None and one.StatusCode.is_good() else None for one in values
        ]

    async def children(self, path: str) -> list[tuple[str, str]]:
        """Name and path of the objects below a node; none where it is not there."""
        node = self._node(self.names.node(path))
        try:
            found = await self._asked(node.get_children_descriptions(nodeclassmask=ua.NodeClass.Object))
        except CallRefused:
            return []
        return [(one.BrowseName.Name, str(one.NodeId.Identifier)) for one in found]

    async def space(self) -> ExportedSpace:
        """All nodes of the site's namespace.

        Raises:
            CallRefused: we may not browse or read.
            ConnectionLost: the connection broke off.
        """
        index = int(self.names.node(MACHINE_LEARNING).NamespaceIndex)
        found: ExportedSpace = await self._asked(collect(self._open.uaclient.session, index))
        return found

    @property
    def _open(self) -> PlcClient:
        if self._client is None:
            raise ConnectionLost("not connected", where=self.settings.endpoint)
        return self._client

    def _node(self, node_id: ua.NodeId) -> Node:
        """A node of the session that is open: asyncua's own are of the client's first."""
        return Node(self._open.uaclient.session, node_id)

    async def _asked(self, request: Any) -> Any:
        try:
            return await request
        except (OSError, TimeoutError, UaError) as error:
            if isinstance(error, UaStatusCodeError) and not is_lost(error):
                raise CallRefused("the request", error.code, where=self.settings.endpoint) from error
            raise ConnectionLost(
                "the connection was lost",
                where=self.settings.endpoint,
                found=str(error) or type(error).__name__,
            ) from error

    async def _connect(self) -> None:
        settings = self.settings
        client = PlcClient(
            PlcSettings(
                name="service",
                endpoint=settings.endpoint,
                security=settings.security,
                request_timeout=settings.request_timeout,
                session_timeout=_SESSION_S,
                username=settings.username,
                password=settings.password,
                application_uri=settings.application_uri,
            )
        )
        if settings.locale:
            client.set_locale([settings.locale])
        try:
            await client.open()
        except ConnectionRefused as error:
            identity = settings.security.identity
            own = None if identity is None else identity.own.certificate.thumbprint
            raise login_refused(error, settings.username, own) from error
        self._client = client
        try:
            uris = await self._asked(self._node(_NAMESPACES).read_value())
            self.names = await self._names(uris)
        except OpcuaMlError:
            await client.abort()
            self._client = None
            raise

    async def _names(self, uris: Sequence[str]) -> Names:
        """The site's namespace is that of the entry point, below Objects."""
        if TYPES_URI in uris:
            types = uris.index(TYPES_URI)
            for one in await self._asked(self._node(OBJECTS_FOLDER).get_children_descriptions()):
                if one.BrowseName == ua.QualifiedName(MACHINE_LEARNING, types):
                    return Names(types, one.NodeId.NamespaceIndex)
        raise ConnectionRefused(
            "this is an OPC UA server without models of ours",
            where=self.settings.endpoint,
            wanted=f"an object {MACHINE_LEARNING} below Objects",
        )


def node_below(node: ua.NodeId, name: str) -> ua.NodeId:
    """The NodeId of what stands below one of the site's nodes."""
    return ua.NodeId(ua.String(f"{node.Identifier!s}.{name}"), node.NamespaceIndex)
