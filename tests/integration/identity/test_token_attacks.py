"""Forged, replayed and weakly secured tokens: each is refused, and none tells more than another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from asyncua import ua
from asyncua.crypto import uacrypto
from asyncua.ua.status_codes import StatusCodes
from asyncua.ua.ua_binary import Primitives

from opcua_ml.config.server import SecurityMode, SecurityPolicy
from opcua_ml.opcua.identity.certificates.certificate import parse_certificate
from tests.integration.identity.site import GOOD, PASSWORD, Site, outcome, valid
from tests.patient_client import Client
from tests.unit.opcua.identity.authority import key, self_signed

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.asyncio(loop_scope="module")

RSA15 = "http://www.w3.org/2001/04/xmlenc#rsa-1_5"
OAEP = "http://www.w3.org/2001/04/xmlenc#rsa-oaep"
SHA1_SIGNATURE = "http://www.w3.org/2000/09/xmldsig#rsa-sha1"


class Forger(Client):
    """asyncua's client, whose ActivateSession carries what the test puts there."""

    forge: Callable[[Forger, ua.ActivateSessionParameters], None]

    def _add_user_auth(self, params: ua.ActivateSessionParameters, username: Any, password: Any) -> None:
        super()._add_user_auth(params, username, password)
        self.forge(self, params)

    def _add_certificate_auth(self, params: ua.ActivateSessionParameters, *rest: Any) -> None:
        super()._add_certificate_auth(params, *rest)
        self.forge(self, params)

    @property
    def nonce(self) -> bytes:
        """What the server gave for this activation."""
        nonce: Any = self._server_nonce
        return bytes(nonce)

    def encrypted(self, plain: bytes, encrypt: Any = uacrypto.encrypt_rsa_oaep) -> bytes:
        """For the server's key."""
        certificate: Any = uacrypto.x509_from_der(self.security_policy.peer_certificate)  # type: ignore[no-untyped-call]
        return bytes(encrypt(certificate.public_key(), plain))


def envelope(password: bytes, nonce: bytes) -> bytes:
    """Length, password, nonce."""
    packed: bytes = Primitives.Bytes.pack(password + nonce)
    return packed


async def attacked(
    site: Site, user: str, forge: Callable[[Forger, ua.ActivateSessionParameters], None]
) -> int:
    """What comes of a login by this user's right password, with the token then forged."""
    client = await site.user_client(user, kind=Forger)
    assert isinstance(client, Forger)
    client.forge = forge
    return await outcome(client)


def put(
    encrypted: bytes, algorithm: str | None = OAEP
) -> Callable[[Forger, ua.ActivateSessionParameters], None]:
    """Replaces the secret."""

    def forge(_: Forger, params: ua.ActivateSessionParameters) -> None:
        params.UserIdentityToken.Password = encrypted
        params.UserIdentityToken.EncryptionAlgorithm = algorithm

    return forge


async def test_the_forger_comes_in_where_nothing_is_forged(site: Site) -> None:
    """So what follows is refused for the forgery alone."""
    assert await attacked(site, "anna", lambda _, __: None) == GOOD


async def test_a_recorded_token_cannot_be_replayed(site: Site) -> None:
    """It holds the nonce of its own session; asyncua's server takes it."""
    recorded: list[bytes] = []

    def record(_: Forger, params: ua.ActivateSessionParameters) -> None:
        recorded.append(params.UserIdentityToken.Password)

    assert await attacked(site, "bert", record) == GOOD
    assert await attacked(site, "bert", put(recorded[0])) == StatusCodes.BadUserAccessDenied


@pytest.mark.parametrize("password", [b"", PASSWORD.encode()])
async def test_an_envelope_without_our_nonce_does_not_open(site: Site, password: bytes) -> None:
    """The forgery with an empty password, and the right password without nonce."""

    def forge(client: Forger, params: ua.ActivateSessionParameters) -> None:
        put(client.encrypted(envelope(password, b"")))(client, params)

    assert await attacked(site, "cleo", forge) == StatusCodes.BadUserAccessDenied


async def test_a_length_that_cuts_the_nonce_off_does_not_open(site: Site) -> None:
    """The length says where the nonce begins: it has to be there."""

    def forge(client: Forger, params: ua.ActivateSessionParameters) -> None:
        plain = len(PASSWORD).to_bytes(4, "little") + PASSWORD.encode() + client.nonce
        put(client.encrypted(plain))(client, params)

    assert await attacked(site, "dora", forge) == StatusCodes.BadUserAccessDenied


async def test_a_password_in_clear_text_is_refused(site: Site) -> None:
    """Whatever the channel: the endpoint's policy asks for encryption."""
    for algorithm in (None, ""):
        found = await attacked(site, "emil", put(PASSWORD.encode(), algorithm))
        assert found == StatusCodes.BadIdentityTokenInvalid


async def test_pkcs1_encryption_is_refused_by_its_name_and_by_its_content(site: Site) -> None:
    """No oracle for its padding: under its own name it is not decrypted, under another it does not open."""

    def forge(algorithm: str) -> Callable[[Forger, ua.ActivateSessionParameters], None]:
        def forged(client: Forger, params: ua.ActivateSessionParameters) -> None:
            plain = envelope(PASSWORD.encode(), client.nonce)
            put(client.encrypted(plain, uacrypto.encrypt_rsa15), algorithm)(client, params)

        return forged

    assert await attacked(site, "fritz", forge(RSA15)) == StatusCodes.BadIdentityTokenInvalid
    assert await attacked(site, "fritz", forge(OAEP)) == StatusCodes.BadUserAccessDenied


@pytest.mark.parametrize("length", [0, 255, 257, 256 * 20])
async def test_secrets_of_impossible_length_are_refused_unseen(site: Site, length: int) -> None:
    """Nothing is decrypted of them."""
    assert await attacked(site, "gerd", put(b"x" * length)) == StatusCodes.BadIdentityTokenInvalid


async def test_a_token_has_to_name_a_policy_of_its_endpoint(site: Site) -> None:
    """Neither another endpoint's policy nor one of another kind of token."""
    for policy in ("username_Aes256_Sha256_RsaPss", "certificate_Basic256Sha256", "anonymous", "", None):

        def forge(_: Forger, params: ua.ActivateSessionParameters, policy: Any = policy) -> None:
            params.UserIdentityToken.PolicyId = policy

        assert await attacked(site, "hans", forge) == StatusCodes.BadIdentityTokenInvalid


async def test_a_name_that_is_none_is_refused(site: Site) -> None:
    """Empty, absent, longer than any, and longer than a request before a login may be."""
    invalid, large = StatusCodes.BadIdentityTokenInvalid, StatusCodes.BadRequestTooLarge
    for name, code in (("", invalid), (None, invalid), ("x" * 30_000, invalid), ("x" * 100_000, large)):

        def forge(_: Forger, params: ua.ActivateSessionParameters, name: Any = name) -> None:
            params.UserIdentityToken.UserName = name

        assert await attacked(site, "ida", forge) == code


async def test_an_issued_token_is_not_accepted(site: Site) -> None:
    """A kind of token that no endpoint offers."""

    def forge(_: Forger, params: ua.ActivateSessionParameters) -> None:
        params.UserIdentityToken = ua.IssuedIdentityToken(PolicyId="username_Basic256Sha256")

    assert await attacked(site, "jana", forge) == StatusCodes.BadIdentityTokenRejected


async def test_a_sha1_signature_of_a_users_certificate_is_refused(site: Site) -> None:
    """And so is a right signature over another session's nonce, or under another algorithm's name."""
    user = self_signed(key(30), valid(name="kurt", usage=frozenset({"digital_signature"})))
    thumbprint = parse_certificate(user.der).thumbprint
    with site.users_file.open("a") as file:
        file.write(f'[users.kurt]\nroles = ["Observer"]\ncertificates = ["{thumbprint}"]\n')

    async def login(forge: Callable[[Forger, ua.ActivateSessionParameters], None]) -> int:
        client = await site.certificate_client(user, kind=Forger)
        assert isinstance(client, Forger)
        client.forge = forge
        return await outcome(client)

    def sha1(client: Forger, params: ua.ActivateSessionParameters) -> None:
        challenge = site.identity.own.der + client.nonce
        params.UserTokenSignature.Algorithm = SHA1_SIGNATURE
        params.UserTokenSignature.Signature = uacrypto.sign_sha1(user.private_key, challenge)  # type: ignore[no-untyped-call]

    def renamed(_: Forger, params: ua.ActivateSessionParameters) -> None:
        params.UserTokenSignature.Algorithm = SHA1_SIGNATURE

    def other_nonce(_: Forger, params: ua.ActivateSessionParameters) -> None:
        challenge = site.identity.own.der + bytes(32)
        params.UserTokenSignature.Signature = uacrypto.sign_sha256(user.private_key, challenge)  # type: ignore[no-untyped-call]

    def unsigned(_: Forger, params: ua.ActivateSessionParameters) -> None:
        params.UserTokenSignature = ua.SignatureData()

    def no_certificate(_: Forger, params: ua.ActivateSessionParameters) -> None:
        params.UserIdentityToken.CertificateData = b""

    assert await login(lambda _, __: None) == GOOD
    for forge in (sha1, renamed, other_nonce, unsigned):
        assert await login(forge) == StatusCodes.BadUserSignatureInvalid
    assert await login(no_certificate) == StatusCodes.BadIdentityTokenInvalid


async def test_passwords_are_taken_on_endpoints_without_security_only_encrypted(site: Site) -> None:
    """An endpoint of policy None asks for Basic256Sha256 in the token."""
    client = await site.user_client("anna", policy=SecurityPolicy.NONE, mode=SecurityMode.SIGN, kind=Forger)
    assert isinstance(client, Forger)
    client.forge = put(PASSWORD.encode(), None)
    assert await outcome(client) == StatusCodes.BadIdentityTokenInvalid
