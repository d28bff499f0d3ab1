"""asyncua's server core with this package's services in place of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from asyncua.crypto.permission_rules import User, UserRole
from asyncua.server.internal_server import InternalServer
from asyncua.server.user_managers import UserManager

from opcua_ml_simulator.opcua import standard_nodes
from opcua_ml_simulator.opcua.attribute_service import PlcAttributeService
from opcua_ml_simulator.opcua.limits import ServerLimits
from opcua_ml_simulator.opcua.method_service import PlcMethodService
from opcua_ml_simulator.opcua.subscription_service import PlcSubscriptionService
from opcua_ml_simulator.opcua.view_service import PlcViewService

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

    from asyncua.server.internal_session import InternalSession

    from opcua_ml_simulator.plc.clock import PlcClock


_NOBODY = User(role=UserRole.Anonymous)


class _AnonymousOperator(UserManager):
    """Everybody is an ordinary user: may read, write writable tags and call methods, may not change nodes."""

    def get_user(
        self,
        iserver: InternalServer,  # noqa: ARG002 - the interface is asyncua's
        username: str | None = None,  # noqa: ARG002 - the interface is asyncua's
        password: str | None = None,  # noqa: ARG002 - the interface is asyncua's
        certificate: Any = None,  # noqa: ARG002 - the interface is asyncua's
    ) -> User:
        return User(role=UserRole.User, name="anonymous")


class PlcInternalServer(InternalServer):
    """Checked writes and calls, limits that hold, and no clock task of its own.

    Args:
        clock: the PLC's.

    Attributes:
        limits: of sessions and operations.
        attributes: the service that reads and writes.
        methods: the service that calls.
    """

    def __init__(self, clock: PlcClock) -> None:
        super().__init__(user_manager=_AnonymousOperator())
        self.limits = ServerLimits()
        self.attributes = PlcAttributeService(self.aspace, self.limits, clock)
        self.attribute_service = self.attributes
        self.view_service = PlcViewService(self.aspace, self.limits)
        self.subscription_service = PlcSubscriptionService(self, self.limits)
        self.method_service.stop()
        self.methods = PlcMethodService(self.aspace, self.limits)
        self.method_service = self.methods
        self.disabled_clock = True
        self.allow_remote_admin = False

    async def load_standard_address_space(self, shelf_file: Path | None = None) -> None:
        """Build it the first time, copy it from then on."""
        if not standard_nodes.restore(self.aspace):
            with standard_nodes.without_collector():
                await super().load_standard_address_space(shelf_file)
            standard_nodes.remember(self.aspace)

    @property
    def sessions(self) -> list[InternalSession]:
        """Of clients, with those whose connection was lost."""
        return list(self._external_sessions.values())

    def create_session(self, name: str, user: User = _NOBODY, external: bool = False) -> InternalSession:
        """A session, if there are not too many.

        Raises:
            ServiceError: BadTooManySessions.
        """
        if external:
            self.limits.check_sessions(len(self.sessions))
        return super().create_session(name, user, external)
