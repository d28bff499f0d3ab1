"""Logging in by name and password, with one answer to everything that is wrong.

Source: OPC UA Part 4, 5.6.3.3 (results of ActivateSession), 7.40.4 (UserNameIdentityToken).
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from asyncua.ua.status_codes import StatusCodes

from opcua_ml.opcua.identity.users.password_check import PasswordChecks, TooManyChecks
from opcua_ml.opcua.identity.users.password_hash import DummyHashes, password_matches
from opcua_ml.opcua.identity.users.token_rejected import TokenRejected
from opcua_ml.opcua.identity.users.user_secret import decrypted_password, is_possible_secret
from opcua_ml.opcua.identity.users.user_token_policies import token_security

if TYPE_CHECKING:
    from asyncua import ua
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

    from opcua_ml.opcua.identity.users.login_throttle import Attempt, LoginThrottle
    from opcua_ml.opcua.identity.users.user_file import User
    from opcua_ml.opcua.identity.users.user_token_policies import TokenSecurity
    from opcua_ml.opcua.identity.users.users import Users
    from opcua_ml.opcua.trust.access.authentication import Login

_LONGEST_USER_NAME = 1024


class PasswordLogin:
    """Checks UserNameIdentityTokens.

    A wrong password, an unknown or disabled user, a user without a password, a wrong nonce and a secret that
    can't be decrypted get the same StatusCode after the same work: one decryption and one argon2 check.

    Args:
        users: who there is.
        throttle: who has to wait.
        private_key: ours, which secrets are encrypted for.
    """

    def __init__(self, users: Users, throttle: LoginThrottle, private_key: RSAPrivateKey) -> None:
        self._users = users
        self._throttle = throttle
        self._private_key = private_key
        self._checks = PasswordChecks()
        self._dummies = DummyHashes()

    async def user_of(self, login: Login) -> User:
        """The user whose name and password the token holds.

        Raises:
            TokenRejected: BadIdentityTokenInvalid (no name, or not encrypted as the endpoint asks),
                BadUserAccessDenied (everything else that is wrong), BadServerTooBusy.
        """
        token: ua.UserNameIdentityToken = login.token
        security = token_security(login.peer.security_policy_uri)
        name, secret = token.UserName or "", token.Password or b""
        self._check_form(token, name, secret, security, login.server_nonce)
        attempt = await self._throttle.admit_in_turn(login.peer.address, login.peer.certificate, name)
        if attempt is None:
            raise TokenRejected(StatusCodes.BadUserAccessDenied, "too many failed logins", user=name)
        try:
            return await self._checked(login, attempt, name, secret, security)
        finally:
            attempt.ended()

    async def _checked(
        self, login: Login, attempt: Attempt, name: str, secret: bytes, security: TokenSecurity
    ) -> User:
        self._users.look()
        user = self._users.named(name)
        stored = user.password_hash if user is not None and user.enabled else None
        check = partial(self._matches, stored, name, secret, security, login.server_nonce)
        try:
            matches = await self._checks.run(login.peer.address, check)
        except TooManyChecks:
            attempt.withdrawn()
            raise TokenRejected(StatusCodes.BadServerTooBusy, "too many logins at once", user=name) from None
        if user is None or not matches:
            raise TokenRejected(StatusCodes.BadUserAccessDenied, "wrong user or password", user=name)
        attempt.succeeded()
        return user

    async def close(self) -> None:
        """Wait for checks that run."""
        await self._checks.close()

    def _check_form(
        self, token: ua.UserNameIdentityToken, name: str, secret: bytes, security: TokenSecurity, nonce: bytes
    ) -> None:
        """What everybody can see on the wire; checked before the private key is touched."""
        problem = ""
        if not 0 < len(name) <= _LONGEST_USER_NAME:
            problem = "no usable user name"
        elif token.EncryptionAlgorithm != security.encryption:
            problem = "the password is not encrypted with the endpoint's algorithm"
        elif not is_possible_secret(secret, self._private_key, security, nonce):
            problem = "the encrypted password has an impossible length"
        if problem:
            raise TokenRejected(StatusCodes.BadIdentityTokenInvalid, problem, user=name)

    def _matches(
        self, stored: str | None, name: str, secret: bytes, security: TokenSecurity, nonce: bytes
    ) -> bool:
        """In a thread; the same steps, whatever there is to find out."""
        password = decrypted_password(secret, self._private_key, security, nonce)
        dummy = self._dummies.hash_for(name, self._users.known_hashes)
        matches = password_matches(stored or dummy, password or b"")
        return matches and stored is not None and password is not None
