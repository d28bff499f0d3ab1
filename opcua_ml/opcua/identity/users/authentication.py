"""Who is let in, as the configuration, the trust store and the file of users say.

Source: OPC UA Part 4, 5.6.2 and 5.6.3, 6.1.3, 7.40; Part 18, 4.4.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from asyncua import ua
from asyncua.ua.status_codes import StatusCodes
from asyncua.ua.uaerrors import UaStatusCodeError

from opcua_ml.config.server import AnonymousAccess
from opcua_ml.opcua.audit.audited_channels import channel_text
from opcua_ml.opcua.audit.record import AuditKind, AuditRecord
from opcua_ml.opcua.audit.sink import NO_AUDIT
from opcua_ml.opcua.identity.certificates.certificate_status import CertificateRejected
from opcua_ml.opcua.identity.rights.role_nodes import role_nodes
from opcua_ml.opcua.identity.rights.roles import Role, session_roles
from opcua_ml.opcua.identity.users.certificate_login import CertificateLogin
from opcua_ml.opcua.identity.users.confirmed_passwords import LONGEST_S
from opcua_ml.opcua.identity.users.login_throttle import LoginThrottle
from opcua_ml.opcua.identity.users.password_login import PasswordLogin
from opcua_ml.opcua.identity.users.token_rejected import TokenRejected
from opcua_ml.opcua.identity.users.user_token_policies import user_token_policies
from opcua_ml.opcua.trust.access.audit_entry import audit_entry_id
from opcua_ml.opcua.trust.access.identity import Identity

if TYPE_CHECKING:
    from opcua_ml.opcua.audit.sink import AuditSink
    from opcua_ml.opcua.identity.certificates.application_certificate import OwnCertificate
    from opcua_ml.opcua.identity.certificates.peer_certificates import PeerCertificates
    from opcua_ml.opcua.identity.users.user_file import User
    from opcua_ml.opcua.identity.users.users import Users
    from opcua_ml.opcua.trust.access.authentication import Login, Peer

_ANONYMOUS_ROLES = {AnonymousAccess.OBSERVER: Role.OBSERVER, AnonymousAccess.OPERATOR: Role.OPERATOR}


class ConfiguredAuthenticator:
    """Answers both questions of identity for a server; every refusal is audited with its true reason.

    Args:
        own: our certificate and key.
        certificates: validation of peers.
        users: who there is.
        anonymous: what clients without a user may do.
        throttle: who has to wait.
        remember: seconds for which a right password is remembered.
        audit: told of logins and refusals.
    """

    def __init__(
        self,
        own: OwnCertificate,
        certificates: PeerCertificates,
        users: Users,
        *,
        anonymous: AnonymousAccess = AnonymousAccess.REFUSED,
        throttle: LoginThrottle | None = None,
        remember: float = LONGEST_S,
        audit: AuditSink = NO_AUDIT,
    ) -> None:
        throttle = throttle or LoginThrottle()
        self._certificates = certificates
        self._users = users
        self._anonymous = anonymous
        self._audit = audit
        self._passwords = PasswordLogin(users, throttle, own.private_key, remember=remember)
        self._user_certificates = CertificateLogin(users, throttle, certificates, own.der)

    @property
    def token_types(self) -> tuple[ua.UserTokenType, ...]:
        """Kinds of tokens that are accepted at all, for the endpoints' UserTokenPolicies."""
        named = (ua.UserTokenType.UserName, ua.UserTokenType.Certificate)
        return named if self._anonymous is AnonymousAccess.REFUSED else (ua.UserTokenType.Anonymous, *named)

    @property
    def checks_passwords(self) -> bool:
        """Whether passwords are being checked, in threads that give way to all others."""
        return self._passwords.is_checking

    @property
    def revision(self) -> int:
        """Grows when the trust store or the file of users has changed: `still_valid` may answer anew."""
        return self._certificates.store.revision + self._users.revision

    async def check_channel(self, peer: Peer) -> None:
        """Whether the application's certificate is good enough for a secure channel.

        Raises:
            ua.UaStatusCodeError: what a client may be told of it.
        """
        self._check_client(peer, application_uri=None)

    async def check_application(self, peer: Peer, description: ua.ApplicationDescription) -> None:
        """Whether the certificate is of the application that is described; nothing is asked without security.

        Raises:
            ua.UaStatusCodeError: BadCertificateUriInvalid, or as for the channel.
        """
        if peer.security_mode != ua.MessageSecurityMode.None_:
            self._check_client(peer, application_uri=description.ApplicationUri or "")

    async def authenticate(self, login: Login) -> Identity:
        """The user of the token, with all Roles of the session.

        Raises:
            ua.UaStatusCodeError: BadIdentityTokenInvalid, BadIdentityTokenRejected, BadUserSignatureInvalid,
                BadUserAccessDenied or BadServerTooBusy.
        """
        try:
            identity = await self._identity(login)
        except TokenRejected as rejected:
            self._record(login, rejected.user, rejected.status, f"login refused: {rejected.reason}")
            raise _refusal(rejected.status) from rejected
        self._record(login, identity.name, 0, "login")
        return identity

    def still_valid(self, peer: Peer, identity: Identity) -> bool:
        """Whether the session would be let in now, with the same Roles by the same password or certificate.

        For sessions that stand while the trust store or the file of users changes. Nobody is thrown out for a
        file of users that can't be read: that says nothing of them.
        """
        if identity.kind == ua.UserTokenType.Anonymous:
            known = self._anonymous is not AnonymousAccess.REFUSED
        else:
            known = self._is_still(identity, peer)
        if not known or peer.security_mode == ua.MessageSecurityMode.None_:
            return known
        try:
            self._check_client(peer, application_uri=None)
        except UaStatusCodeError:
            return False
        return True

    def expired(self, peer: Peer, identity: Identity) -> bool:
        """Whether the application's certificate, or the user's, has expired since the session began."""
        shown = [peer.certificate] if peer.security_mode != ua.MessageSecurityMode.None_ else []
        return self._certificates.any_expired([one for one in (*shown, identity.certificate) if one])

    async def close(self) -> None:
        """Wait for logins that are being checked; those that wait are refused."""
        await self._passwords.close()

    async def _identity(self, login: Login) -> Identity:
        token = login.token
        self._check_policy(login)
        if isinstance(token, ua.AnonymousIdentityToken):
            granted = _ANONYMOUS_ROLES[self._anonymous]
            return Identity(roles=role_nodes(session_roles({granted}, authenticated=False)))
        if isinstance(token, ua.UserNameIdentityToken):
            user = await self._passwords.user_of(login)
            return Identity(
                user.name, _roles(user), ua.UserTokenType.UserName, proof=user.password_hash or ""
            )
        user, thumbprint = self._user_certificates.user_of(login)
        return Identity(
            user.name,
            _roles(user),
            ua.UserTokenType.Certificate,
            proof=thumbprint,
            certificate=token.CertificateData,
        )

    def _is_still(self, identity: Identity, peer: Peer) -> bool:
        """Whether there is this user, with the same Roles, and the same password or a certificate as good."""
        user = self._users.named(identity.name)
        if self._users.problem:
            return True
        if user is None or not user.enabled or _roles(user) != identity.roles:
            return False
        if identity.kind == ua.UserTokenType.Certificate:
            return identity.proof in user.certificates and self._is_good(identity.certificate, peer)
        return identity.proof == user.password_hash

    def _is_good(self, user_certificate: bytes, peer: Peer) -> bool:
        known = self._users.certificates
        try:
            self._certificates.check_user(user_certificate, address=peer.address, known=known)
        except CertificateRejected:
            return False
        return True

    def _check_policy(self, login: Login) -> None:
        """Whether the token is of a kind, and names a policy, that the endpoint offers."""
        kind = _TOKEN_TYPES.get(type(login.token))
        if kind is None or kind not in self.token_types:
            raise TokenRejected(
                StatusCodes.BadIdentityTokenRejected, f"{type(login.token).__name__} is not accepted"
            )
        if kind == ua.UserTokenType.Anonymous and not login.token.PolicyId:
            return
        offered = user_token_policies(login.peer.security_policy_uri, (kind,))
        if login.token.PolicyId not in {policy.PolicyId for policy in offered}:
            raise TokenRejected(
                StatusCodes.BadIdentityTokenInvalid, "the endpoint has no such UserTokenPolicy"
            )

    def _check_client(self, peer: Peer, *, application_uri: str | None) -> None:
        try:
            # Of an application without a certificate there is nothing to check: that is no certificate.
            found = self._certificates.check_client(
                peer.certificate_chain or peer.certificate or b"",
                address=peer.address,
                application_uri=application_uri,
            )
        except CertificateRejected as rejected:
            raise _refusal(rejected.status_for_client) from rejected
        if found.der != peer.certificate:
            # The chain that was sent begins with another certificate than the one that signs.
            raise _refusal(StatusCodes.BadSecurityChecksFailed)

    def _record(self, login: Login, user: str, status: int, message: str) -> None:
        self._audit.record(
            AuditRecord(
                kind=AuditKind.ACTIVATE_SESSION,
                message=message,
                status=status,
                user=user,
                address=login.peer.address,
                application_uri=login.application_uri,
                certificate=login.peer.certificate,
                session_id="" if login.session_id.is_null() else login.session_id.to_string(),
                channel_id=channel_text(login.peer.channel_id),
                client_audit_entry_id=audit_entry_id.get(),
                details={
                    "StatusCodeId": status,
                    "UserTokenType": type(login.token).__name__,
                    "SecurityPolicyUri": login.peer.security_policy_uri,
                },
            )
        )


_TOKEN_TYPES = {
    ua.AnonymousIdentityToken: ua.UserTokenType.Anonymous,
    ua.UserNameIdentityToken: ua.UserTokenType.UserName,
    ua.X509IdentityToken: ua.UserTokenType.Certificate,
}


def _roles(user: User) -> frozenset[ua.NodeId]:
    return role_nodes(session_roles(user.roles, authenticated=True))


def _refusal(status: int) -> UaStatusCodeError:
    return UaStatusCodeError(int(status))  # type: ignore[no-untyped-call]
