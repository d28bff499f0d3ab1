"""Logging in by name and password, with one answer to everything that is wrong.

Source: OPC UA Part 4, 5.6.3.3 (results of ActivateSession), 7.40.4 (UserNameIdentityToken).
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from asyncua.ua.status_codes import StatusCodes

from opcua_ml.opcua.identity.users.check_queue import TooManyChecks
from opcua_ml.opcua.identity.users.confirmed_passwords import LONGEST_S, ConfirmedPasswords
from opcua_ml.opcua.identity.users.login_source import login_source
from opcua_ml.opcua.identity.users.password_check import PasswordChecks
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
    can't be decrypted get the same StatusCode after the same work: one decryption and one argon2 check. A
    right password that was right a short while ago needs none: only who has it notices.

    Args:
        users: who there is.
        throttle: who has to wait.
        private_key: ours, which secrets are encrypted for.
        remember: seconds for which a right password is remembered.
    """

    def __init__(
        self,
        users: Users,
        throttle: LoginThrottle,
        private_key: RSAPrivateKey,
        *,
        remember: float = LONGEST_S,
    ) -> None:
        self._users = users
        self._throttle = throttle
        self._private_key = private_key
        self._checks = PasswordChecks()
        self._confirmed = ConfirmedPasswords(remember)
        self._file_seen = -1
        self._dummies = DummyHashes()

    @property
    def remembered(self) -> int:
        """Users whose right password is remembered."""
        return len(self._confirmed)

    @property
    def is_checking(self) -> bool:
        """Whether a thread that gives way is checking a password."""
        return self._checks.is_at_work

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
        user = self._user(name)
        stored = user.password_hash if user is not None else None
        # On the event loop, as every handshake's decryption is: a thread that gives way to all others would
        # hold up who is remembered.
        password = decrypted_password(secret, self._private_key, security, login.server_nonce)
        try:
            matches = await self._matches(login, attempt, name, stored, password)
        except TooManyChecks:
            attempt.withdrawn()
            raise TokenRejected(StatusCodes.BadServerTooBusy, "too many logins at once", user=name) from None
        # It may have taken a while, and the file of users may have changed.
        user = self._user(name)
        if not matches or user is None or user.password_hash != stored:
            raise TokenRejected(StatusCodes.BadUserAccessDenied, "wrong user or password", user=name)
        attempt.succeeded()
        return user

    async def _matches(
        self, login: Login, attempt: Attempt, name: str, stored: str | None, password: bytes | None
    ) -> bool:
        """The same steps, whatever there is to find out, unless the password is right and was so lately.

        Secrets that can't be opened are told apart by what was sent: of equal ones one is checked, as of
        equal passwords.
        """
        sealed = b"" if password is not None else login.token.Password
        called, kept = name.encode("utf-8", "surrogatepass"), (stored or "").encode()
        fingerprint = self._confirmed.fingerprint(called, kept, password or b"", sealed)
        is_possible = stored is not None and password is not None
        if self._confirmed.knows(name, fingerprint) and is_possible:
            return True
        dummy = self._dummies.hash_for(name, self._users.known_hashes)
        work = partial(password_matches, stored or dummy, password or b"")
        source = login_source(login.peer.address, login.peer.certificate)
        found = await self._checks.run(source, fingerprint, work, doubtful=attempt.is_doubtful)
        matches = found and is_possible
        if matches:
            self._confirmed.remember(name, fingerprint)
        return matches

    def _user(self, name: str) -> User | None:
        """Who may log in, as the file says now; with another file all that was remembered is forgotten."""
        self._users.look()
        user = self._users.named(name)
        if self._users.revision != self._file_seen:
            self._file_seen = self._users.revision
            self._confirmed.forget()
        return user if user is not None and user.enabled else None

    async def close(self) -> None:
        """Wait for checks that run, and forget what was remembered."""
        self._confirmed.forget()
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
