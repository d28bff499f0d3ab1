"""Logging in by an X.509 certificate.

Source: OPC UA Part 4, 7.40.5 (X509IdentityToken), 6.1.3; Part 6, 6.2.3.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from asyncua.ua.status_codes import StatusCodes
from cryptography.exceptions import InvalidSignature

from opcua_ml.opcua.identity.certificates.certificate_chain import split_certificates
from opcua_ml.opcua.identity.certificates.certificate_status import CertificateRejected
from opcua_ml.opcua.identity.certificates.key_policy import key_weakness
from opcua_ml.opcua.identity.users.token_rejected import TokenRejected
from opcua_ml.opcua.identity.users.user_token_policies import token_security

if TYPE_CHECKING:
    from opcua_ml.opcua.identity.certificates.certificate import Certificate
    from opcua_ml.opcua.identity.certificates.peer_certificates import PeerCertificates
    from opcua_ml.opcua.identity.users.login_throttle import LoginThrottle
    from opcua_ml.opcua.identity.users.user_file import User
    from opcua_ml.opcua.identity.users.users import Users
    from opcua_ml.opcua.trust.access.authentication import Login


class CertificateLogin:
    """Checks X509IdentityTokens.

    The signature comes first: who does not hold the private key learns nothing of whose certificate it is.

    Args:
        users: who there is.
        throttle: who has to wait.
        certificates: validation.
        own_certificate: DER, which the signature is made over.
    """

    def __init__(
        self,
        users: Users,
        throttle: LoginThrottle,
        certificates: PeerCertificates,
        own_certificate: bytes,
    ) -> None:
        self._users = users
        self._throttle = throttle
        self._certificates = certificates
        self._own_certificate = own_certificate

    def user_of(self, login: Login) -> tuple[User, str]:
        """The user who has the certificate, and its key; with the certificate's thumbprint.

        Raises:
            TokenRejected: BadIdentityTokenInvalid (no certificate), BadUserSignatureInvalid (not signed with
                its key, or not as the endpoint asks), BadIdentityTokenRejected (the certificate does not
                pass), BadUserAccessDenied (nobody's, or its user is disabled, or has to wait).
        """
        sent: bytes = login.token.CertificateData or b""
        try:
            certificate = split_certificates(sent)[0]
        except CertificateRejected as rejected:
            raise TokenRejected(StatusCodes.BadIdentityTokenInvalid, str(rejected)) from rejected
        shown = certificate.subject_text
        attempt = self._throttle.admit(
            login.peer.address, login.peer.certificate, f"certificate {certificate.thumbprint}"
        )
        if attempt is None:
            raise TokenRejected(StatusCodes.BadUserAccessDenied, "too many failed logins", user=shown)
        if not self._signed(login, certificate):
            raise TokenRejected(StatusCodes.BadUserSignatureInvalid, "wrong signature", user=shown)
        self._users.look()
        try:
            self._certificates.check_user(sent, address=login.peer.address, known=self._users.certificates)
        except CertificateRejected as rejected:
            raise TokenRejected(StatusCodes.BadIdentityTokenRejected, str(rejected), user=shown) from rejected
        user = self._users.owning(certificate.thumbprint)
        if user is None or not user.enabled:
            raise TokenRejected(StatusCodes.BadUserAccessDenied, "the user is disabled", user=shown)
        attempt.succeeded()
        return user, certificate.thumbprint

    def _signed(self, login: Login, certificate: Certificate) -> bool:
        security = token_security(login.peer.security_policy_uri)
        given = login.token_signature
        if given.Algorithm != security.signature or not given.Signature:
            return False
        if key_weakness(certificate.public_key) is not None:
            return False
        challenge = self._own_certificate + login.server_nonce
        try:
            security.verify(certificate.parsed, challenge, given.Signature)
        except (InvalidSignature, ValueError):
            return False
        return True
