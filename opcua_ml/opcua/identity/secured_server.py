"""A PlantServer with the endpoints, certificate and users that its configuration names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from asyncua.crypto.security_policies import SecurityPolicyFactory

from opcua_ml.opcua.audit.audited_channels import AuditedChannels
from opcua_ml.opcua.audit.audited_services import AuditedCalls, AuditedSessions, AuditedWrites
from opcua_ml.opcua.audit.sink import NO_AUDIT
from opcua_ml.opcua.identity.administration_audit import AdministrationAudit
from opcua_ml.opcua.identity.channel_policies import offered
from opcua_ml.opcua.identity.rights.node_rights import protect_standard_nodes
from opcua_ml.opcua.identity.rights.site_access import SiteAccess
from opcua_ml.opcua.identity.session_review import SessionReview
from opcua_ml.opcua.identity.users.role_set import RoleSet
from opcua_ml.opcua.identity.users.user_token_policies import user_token_policies
from opcua_ml.opcua.trust.ground.limits import Limits
from opcua_ml.opcua.trust.ground.tasks import OwnedTasks
from opcua_ml.opcua.trust.server import PlantServer

if TYPE_CHECKING:
    import asyncio
    from pathlib import Path

    from asyncua import ua
    from asyncua.crypto.security_policies import SecurityPolicy

    from opcua_ml.config.limits import LimitsSection
    from opcua_ml.opcua.audit.sink import AuditSink
    from opcua_ml.opcua.identity.site_identity import SiteIdentity


class SecuredServer(PlantServer):
    """Offers exactly the configured endpoints, each with the UserTokenPolicies that the authenticator takes.

    Where the identity has an audit, channels, sessions, writes of clients and calls that change something are
    recorded. Sessions end when the file of users or the trust list no longer lets them in.

    Args:
        identity: who we are and who may come in.
        limits: as of PlantServer; by default those of the configuration.
    """

    def __init__(self, identity: SiteIdentity, limits: Limits | None = None) -> None:
        access = SiteAccess()
        super().__init__(limits or configured(identity.section.limits), access, identity.authenticator)
        access.look_up(self.iserver.aspace.get)
        self.iserver.turns.threads_wait = lambda: identity.authenticator.checks_passwords
        self._identity = identity
        self._tasks = OwnedTasks("opc ua identity")
        self._review: asyncio.Task[None] | None = None
        self._application_uri = identity.section.application_uri
        self.iserver.certificate = identity.own.certificate.parsed
        self.iserver.private_key = identity.own.private_key
        if identity.audit is not NO_AUDIT:
            self._observe(identity.audit, access)

    async def init(self, shelf_file: Path | None = None) -> None:
        """Build the standard address space, its security nodes for SecurityAdmin alone."""
        await super().init(shelf_file)
        await protect_standard_nodes(self)
        RoleSet(self._identity.users, self._identity.section.security.anonymous).publish(self.iserver.aspace)

    async def start(self) -> None:
        """Open the endpoint, and record what of it is insecure."""
        await super().start()
        identity = self._identity
        changes = AdministrationAudit(identity.users, identity.certificates.store, identity.audit)
        review = SessionReview(
            self.iserver.sessions, identity.authenticator, identity.audit, changed=changes.look
        )
        self._review = self._tasks.start(review.run(), name="session review")
        self._identity.warn_of_what_is_open()

    async def stop(self) -> None:
        """Tell clients, end logins that wait, and close the endpoint."""
        if self._review is not None:
            self._review.cancel()
        await self._tasks.close(0.0)
        if self.bserver is not None:
            await self.announce_shutdown()
        # On a busy machine passwords may wait for long, and their connections with them.
        await self._identity.close()
        await super().stop()

    def _observe(self, audit: AuditSink, access: SiteAccess) -> None:
        """Record what clients change."""
        iserver = self.iserver
        iserver.channel_observer = AuditedChannels(audit)
        iserver.sessions.observers.append(AuditedSessions(audit))
        iserver.attribute_service.observers.append(AuditedWrites(audit))
        iserver.method_service.observers.append(AuditedCalls(audit, access.changes_something))

    async def _setup_server_nodes(self) -> None:
        security, own = self._identity.section.security, self._identity.own
        for policy, mode, level in offered(security.policies, security.modes):
            self._set_endpoints(policy, mode, level)
            self._policies.append(
                SecurityPolicyFactory(  # type: ignore[no-untyped-call]
                    policy,
                    mode,
                    own.certificate.parsed,
                    own.private_key,
                    certificate_chain=[issuer.parsed for issuer in own.chain],
                )
            )

    def _set_endpoints(self, policy: type[SecurityPolicy], mode: ua.MessageSecurityMode, level: int) -> None:
        super()._set_endpoints(policy, mode, level)
        self.iserver.endpoints[-1].UserIdentityTokens = user_token_policies(
            policy.URI, self._identity.authenticator.token_types
        )


def configured(section: LimitsSection) -> Limits:
    """The limits with what the configuration says of them."""
    values: dict[str, Any] = dict(section.effective())
    return Limits(**values)
