"""The password's envelope: every length and the nonce are checked, and nothing tells which was wrong."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from hypothesis import given, settings
from hypothesis import strategies as st

from opcua_ml.opcua.identity.users.password_hash import LONGEST_PASSWORD
from opcua_ml.opcua.identity.users.user_secret import decrypted_password, is_possible_secret
from opcua_ml.opcua.identity.users.user_token_policies import TOKEN_SECURITY, TokenSecurity
from tests.unit.opcua.identity.authority import key

KEY = key(40)
NONCE = bytes(range(32))
POLICIES = list(TOKEN_SECURITY.values())


def encrypt(plain: bytes, security: TokenSecurity) -> bytes:
    """As a client does, block by block; written apart from the code that is tested."""
    algorithm = hashes.SHA256() if "sha2-256" in security.encryption else hashes.SHA1()  # noqa: S303 - OAEP
    oaep = padding.OAEP(padding.MGF1(algorithm), algorithm, None)
    size = 256 - 2 * algorithm.digest_size - 2
    blocks = [plain[start : start + size] for start in range(0, len(plain), size)] or [b""]
    return b"".join(KEY.public_key().encrypt(block, oaep) for block in blocks)


def envelope(password: bytes, nonce: bytes = NONCE, *, length: int | None = None, fill: bytes = b"") -> bytes:
    """Length, password, nonce."""
    size = len(password) + len(nonce) if length is None else length
    return (size & 0xFFFFFFFF).to_bytes(4, "little") + password + nonce + fill


def opened(plain: bytes, security: TokenSecurity, nonce: bytes = NONCE) -> bytes | None:
    """What our side makes of it."""
    return decrypted_password(encrypt(plain, security), KEY, security, nonce)


@pytest.mark.parametrize("security", POLICIES, ids=lambda one: one.short_name)
@pytest.mark.parametrize("password", [b"", b"x", "pässwörd".encode(), b"p" * 200, b"p" * LONGEST_PASSWORD])
def test_a_right_envelope_gives_its_password(security: TokenSecurity, password: bytes) -> None:
    """Over one block and over several."""
    assert opened(envelope(password), security) == password


@pytest.mark.parametrize("security", POLICIES, ids=lambda one: one.short_name)
def test_an_envelope_filled_up_to_whole_blocks_is_taken(security: TokenSecurity) -> None:
    """As some stacks send it."""
    assert opened(envelope(b"password", fill=bytes(100)), security) == b"password"


@pytest.mark.parametrize(
    "plain",
    [
        envelope(b"password", nonce=bytes(32)),
        envelope(b"password", nonce=NONCE[:-1] + b"\0"),
        envelope(b"password", nonce=b""),
        envelope(b"password", nonce=NONCE[:31]),
        envelope(b"password", length=8),
        envelope(b"password", length=0),
        envelope(b"password", length=31),
        envelope(b"password", length=10_000),
        envelope(b"password", length=-1),
        envelope(b"password", length=0x7FFFFFFF),
        envelope(b"password", length=41),
        envelope(b"password", length=39),
        NONCE,
        b"",
        b"\0\0\0",
        envelope(b"p" * (LONGEST_PASSWORD + 1)),
        envelope(b"password", fill=bytes(300)),
    ],
)
def test_whatever_is_wrong_in_the_envelope_there_is_no_password(plain: bytes) -> None:
    """A replayed token carries an old nonce; a forged one an empty password with none."""
    for security in POLICIES:
        assert opened(plain, security) is None


def test_without_a_nonce_of_ours_nothing_opens() -> None:
    """An empty nonce would match every envelope."""
    assert opened(envelope(b"password", nonce=b""), POLICIES[0], nonce=b"") is None


@pytest.mark.parametrize("security", POLICIES, ids=lambda one: one.short_name)
def test_what_is_encrypted_otherwise_is_not_opened(security: TokenSecurity) -> None:
    """PKCS#1 v1.5 is not an encoding that we try, and noise is no envelope."""
    old = KEY.public_key().encrypt(envelope(b"password"), padding.PKCS1v15())
    assert decrypted_password(old, KEY, security, NONCE) is None
    assert decrypted_password(b"\1" * 256, KEY, security, NONCE) is None
    right = encrypt(envelope(b"p" * 300), security)
    assert decrypted_password(right[:256] + bytes(256) + right[512:], KEY, security, NONCE) is None


@given(st.binary(min_size=256, max_size=256))
@settings(max_examples=20)
def test_random_blocks_are_no_password(secret: bytes) -> None:
    """And raise nothing."""
    for security in POLICIES:
        assert decrypted_password(secret, KEY, security, NONCE) is None


@pytest.mark.parametrize("length", [0, 1, 255, 257, 256 * 40])
def test_secrets_of_impossible_lengths_are_seen_before_the_key_is_used(length: int) -> None:
    """A long row of blocks would cost us a private-key operation each."""
    for security in POLICIES:
        assert not is_possible_secret(bytes(length), KEY, security, NONCE)
        assert is_possible_secret(bytes(256), KEY, security, NONCE)


def test_no_policy_secures_tokens_by_sha1_signatures_or_pkcs1_encryption() -> None:
    """Whatever the endpoint, these algorithms are not offered and not taken."""
    refused = {
        "http://www.w3.org/2001/04/xmlenc#rsa-1_5",
        "http://www.w3.org/2000/09/xmldsig#rsa-sha1",
        "",
    }
    for security in POLICIES:
        assert not refused & {security.encryption, security.signature}
    assert {security.short_name for security in POLICIES} == {
        "Basic256Sha256",
        "Aes128_Sha256_RsaOaep",
        "Aes256_Sha256_RsaPss",
    }
