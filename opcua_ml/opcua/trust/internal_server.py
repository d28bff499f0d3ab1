"""The parts of the server put together: address space, rules, services, sessions.

Source: OPC UA Part 4, 5 (the Service Sets).
"""

from __future__ import annotations

import asyncio
import secrets
import time
from copy import copy
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from weakref import WeakValueDictionary

from asyncua.common.node import Node
from asyncua.crypto.permission_rules import User, UserRole
from asyncua.server.history import HistoryManager
from asyncua.server.internal_server import InternalServer
from asyncua.ua.object_ids import ObjectIds

from opcua_ml.garbage import CollectionClock
from opcua_ml.opcua.trust.access.authentication import AnonymousAuthenticator
from opcua_ml.opcua.trust.access.identity import INTERNAL
from opcua_ml.opcua.trust.access.rates import Rates
from opcua_ml.opcua.trust.access.rules import RoleAccess
from opcua_ml.opcua.trust.channel.observer import UNOBSERVED, ChannelObserver
from opcua_ml.opcua.trust.ground.flow import Account
from opcua_ml.opcua.trust.ground.limits import Limits
from opcua_ml.opcua.trust.ground.listeners import PlantCallbackService
from opcua_ml.opcua.trust.ground.tasks import OwnedTasks
from opcua_ml.opcua.trust.ground.turns import Turns
from opcua_ml.opcua.trust.ground.ua_values import node_id
from opcua_ml.opcua.trust.information.capabilities import advertise
from opcua_ml.opcua.trust.information.condition_methods import ConditionMethods
from opcua_ml.opcua.trust.information.diagnostics import ServerDiagnostics
from opcua_ml.opcua.trust.information.namespaces import describe_namespaces
from opcua_ml.opcua.trust.information.server_methods import ServerMethods
from opcua_ml.opcua.trust.information.session_nodes import SessionNodes
from opcua_ml.opcua.trust.nodes.address_space import PlantAddressSpace
from opcua_ml.opcua.trust.nodes.attribute import PlantAttributeService
from opcua_ml.opcua.trust.nodes.history import PlantHistoryService
from opcua_ml.opcua.trust.nodes.method import PlantMethodService
from opcua_ml.opcua.trust.nodes.node_management import PlantNodeManagementService
from opcua_ml.opcua.trust.nodes.standard_nodes import STANDARD_NODES
from opcua_ml.opcua.trust.nodes.value_types import ValueTypes
from opcua_ml.opcua.trust.nodes.view import PlantViewService
from opcua_ml.opcua.trust.services.request_counts import RequestCounts
from opcua_ml.opcua.trust.sessions.registry import SessionRegistry
from opcua_ml.opcua.trust.sessions.session import PlantSession
from opcua_ml.opcua.trust.subscriptions.service import PlantSubscriptionService

if TYPE_CHECKING:
    from datetime import timedelta
    from pathlib import Path

    from asyncua import ua

    from opcua_ml.opcua.trust.access.authentication import Authenticator
    from opcua_ml.opcua.trust.access.rules import AccessRules

_SWEEP_PERIOD_S = 1.0
_SWEPT_TOGETHER = 64
"""Sessions that are looked at without a pause."""
_LONGEST_URL = 4096
"""Bytes of an EndpointUrl (Part 6, 7.1.2.3)."""


class PlantInternalServer(InternalServer):
    """One per `PlantServer`.

    Args:
        limits: what is given away at most.
        rules: who may do what on which node.
        authenticator: who is let in.
    """

    aspace: PlantAddressSpace
    callback_service: PlantCallbackService
    attribute_service: PlantAttributeService
    method_service: PlantMethodService
    view_service: PlantViewService
    subscription_service: PlantSubscriptionService
    isession: PlantSession

    def __init__(
        self,
        limits: Limits | None = None,
        rules: AccessRules | None = None,
        authenticator: Authenticator | None = None,
    ) -> None:
        self.limits = limits or Limits()
        self.rules: AccessRules = rules or RoleAccess()
        self.authenticator: Authenticator = authenticator or AnonymousAuthenticator()
        self.sessions = SessionRegistry(self.limits)
        self.channel_observer: ChannelObserver = UNOBSERVED
        self.requests = RequestCounts()
        self.turns = Turns()
        self._collections = CollectionClock(self.turns.excuse)
        self._accounts: WeakValueDictionary[tuple[str, str], Account] = WeakValueDictionary()
        self.calls = OwnedTasks("opc ua call")
        self._work = OwnedTasks("opc ua server")
        self.shutting_down = False
        self._stopping = asyncio.Event()
        super().__init__()
        self.method_service.stop()
        self._channel_id_counter = secrets.randbelow(1 << 31)
        self.callback_service = PlantCallbackService()
        self.aspace = aspace = PlantAddressSpace()
        aspace.told, aspace.breathe = self.turns.excuse, self.turns.breathe
        self.types = types = ValueTypes(aspace)
        self.attribute_service = PlantAttributeService(aspace, self.rules, types)
        self.view_service = PlantViewService(aspace, self.rules, self.limits)
        self.method_service = PlantMethodService(aspace, self.rules, types)
        self.node_mgt_service = PlantNodeManagementService(aspace)
        self.subscription_service = PlantSubscriptionService(aspace, self)
        self.subscription_service.quotas.unlimited.add(INTERNAL.owner)
        self.history_service = PlantHistoryService(aspace, self.rules)
        self.history_rates = Rates(self.limits.max_history_reads_per_second)
        self.refresh_rates = Rates(self.limits.max_condition_refreshes_per_second)
        self.history_manager = HistoryManager(self)
        self.session_nodes = SessionNodes(self)
        self.isession = PlantSession(self, "server", external=False)
        self.current_time_node = Node(self.isession, node_id(ObjectIds.Server_ServerStatus_CurrentTime))
        self.server_status_node = Node(self.isession, node_id(ObjectIds.Server_ServerStatus))

    def account_of(self, owner: tuple[str, str]) -> Account:
        """What all clients of an owner share in `turns`."""
        return self._accounts.setdefault(owner, Account())

    def create_session(
        self,
        name: str,
        user: User = User(role=UserRole.Anonymous),  # noqa: ARG002, B008 - the base's signature
        external: bool = False,
    ) -> PlantSession:
        """A session object; the registry decides whether it is taken in."""
        return PlantSession(self, name, external=external)

    def register_external_session(self, session: Any) -> None:
        """Sessions are kept in `sessions`, under their own tokens."""

    def unregister_external_session(self, session: Any) -> None:
        """Sessions leave `sessions` when they are closed."""

    async def enable_history_data_change(
        self,
        node: Node,
        period: timedelta | None = None,
        count: int = 0,
    ) -> None:
        """Asyncua's stores of history check no rights and cut results silently: they are not served.

        Raises:
            NotImplementedError: always; a provider of `history_service` keeps history.
        """
        raise NotImplementedError(f"history of {node.nodeid.to_string()} needs a provider of history_service")

    async def enable_history_event(
        self,
        source: Node,
        period: timedelta | None = None,
        count: int = 0,
    ) -> None:
        """The same for events.

        Raises:
            NotImplementedError: always.
        """
        raise NotImplementedError(f"events of {source.nodeid.to_string()} need a provider of history_service")

    def offers(self, policy_uri: str, mode: ua.MessageSecurityMode) -> bool:
        """Whether some endpoint has this policy and mode; for discovery None is always there."""
        return any(
            endpoint.SecurityPolicyUri == policy_uri and endpoint.SecurityMode == mode
            for endpoint in self.endpoints
        )

    def find_servers(
        self, params: ua.FindServersParameters, sockname: tuple[str, int] | None = None
    ) -> list[ua.ApplicationDescription]:
        """This server alone, under the host name that the client used (Part 4, 5.4.2)."""
        wanted = set(params.ServerUris or [])
        found: dict[str, ua.ApplicationDescription] = {}
        for endpoint in self.endpoints:
            uri = endpoint.Server.ApplicationUri
            if uri in found or (wanted and uri not in wanted):
                continue
            found[uri] = copy(endpoint.Server)
            found[uri].DiscoveryUrls = [
                self._mangle_endpoint_url(url, params.EndpointUrl, sockname)
                for url in endpoint.Server.DiscoveryUrls
            ]
        return list(found.values())

    def _mangle_endpoint_url(
        self, ep_url: str, params_ep_url: str | None = None, sockname: tuple[str, int] | None = None
    ) -> str:
        """Our URL with the host that the client used, unless that is none: it is told again and again."""
        asked_by = params_ep_url if len(params_ep_url or "") <= _LONGEST_URL else None
        url: str = super()._mangle_endpoint_url(ep_url, asked_by, sockname)
        return url

    def get_new_channel_id(self) -> int:
        """A secure channel id, not 0."""
        self._channel_id_counter = self._channel_id_counter % 0xFFFF_FFFE + 1
        return self._channel_id_counter

    async def init(self, shelffile: Path | None = None) -> None:
        """Load the standard address space and fill in what it leaves empty."""
        await super().init(shelffile)
        advertise(self.aspace, self.limits)
        ServerDiagnostics(self).publish()
        self.session_nodes.publish()
        ServerMethods(self.subscription_service).link(self.aspace)
        ConditionMethods(self.subscription_service, self.refresh_rates).link(self.aspace)

    async def load_standard_address_space(self, shelf_file: Path | None = None) -> None:
        """Build the standard nodes, or copy those built before."""
        if shelf_file is not None:
            await super().load_standard_address_space(shelf_file)
            return
        await STANDARD_NODES.load(self.aspace, super().load_standard_address_space)

    async def start(self) -> None:
        """Start the clock and the sweep over sessions and channels."""
        self.shutting_down = False
        await describe_namespaces(self.isession, self.rules)
        clock, self.disabled_clock = self.disabled_clock, True
        await super().start()
        self.disabled_clock = clock
        self._work.start(self._sweep(), name="sweep")
        self._collections.watch()

    async def stop(self) -> None:
        """End every session, wait for running methods, then stop the rest."""
        self._stopping.set()
        self._collections.leave()
        for session in self.sessions:
            self.sessions.close(session, delete_subscriptions=True)
        await self.calls.close(self.limits.call_deadline_s)
        await self._work.close(self.limits.call_deadline_s)
        await super().stop()
        await self.subscription_service.stop()

    async def _tell_time(self) -> None:
        status = copy(await self.server_status_node.read_value())
        status.CurrentTime = datetime.now(UTC)
        await self.server_status_node.write_value(status)
        await self.current_time_node.write_value(status.CurrentTime)

    async def _sweep(self) -> None:
        loop = asyncio.get_running_loop()
        while not self._stopping.is_set():
            if not self.disabled_clock:
                await self._tell_time()
            for number, session in enumerate(self.sessions):
                if self.sessions.sweep(session) or number % _SWEPT_TOGETHER == 0:
                    await asyncio.sleep(0)  # requests first
                session.lane.sweep(time.monotonic())
            await asyncio.sleep(0)
            for transport in tuple(self.asyncio_transports):
                processor = getattr(transport.get_protocol(), "processor", None)
                if processor is not None and processor.expired(loop.time()):
                    transport.get_protocol().close()
            try:
                async with asyncio.timeout(_SWEEP_PERIOD_S):
                    await self._stopping.wait()
            except TimeoutError:
                continue
