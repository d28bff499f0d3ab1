"""Sealed chunks are asyncua's byte for byte, and what it refuses is not accepted here."""

from __future__ import annotations

from typing import Any

import pytest
from asyncua import ua
from asyncua.common.connection import MessageChunk
from asyncua.common.utils import Buffer
from asyncua.crypto.security_policies import (
    Cryptography,
    DecryptorAesCbc,
    EncryptorAesCbc,
    SignerAesCbc,
    SignerHMac256,
    VerifierAesCbc,
    VerifierHMac256,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from opcua_ml.opcua.hot import DECLINED
from opcua_ml.opcua.trust.channel.sealed_frame import SealedFrame

KEY, VECTOR = bytes(range(32)), bytes(range(100, 116))
CHANNEL, TOKEN = 77, 99
SEALS = [(mode, size) for mode in ("Sign", "SignAndEncrypt") for size in (16, 32)]
bodies = st.lists(st.binary(min_size=1, max_size=200), min_size=1, max_size=5)


class Policy:
    """What asyncua's chunks ask of a security policy."""

    def __init__(self, mode: str, key_size: int) -> None:
        crypto = Cryptography(ua.MessageSecurityMode[mode])  # type: ignore[no-untyped-call]
        parts: Any = crypto
        parts.Signer, parts.Verifier = SignerHMac256(KEY), VerifierHMac256(KEY)  # type: ignore[no-untyped-call]
        parts.Encryptor = EncryptorAesCbc(KEY[:key_size], VECTOR)  # type: ignore[no-untyped-call]
        parts.Decryptor = DecryptorAesCbc(KEY[:key_size], VECTOR)  # type: ignore[no-untyped-call]
        self.symmetric_cryptography = crypto

    def frame(self, most: int = 65_535) -> SealedFrame:
        """Ours."""
        crypto = self.symmetric_cryptography
        return SealedFrame(CHANNEL, TOKEN, crypto, max_receive=most, max_send=most)

    def written(self, number: int, request_id: int, body: bytes, most: int = 65_535) -> list[bytes]:
        """Asyncua's chunks."""
        policy: Any = self
        chunks = MessageChunk.message_to_chunks(
            policy, body, most, channel_id=CHANNEL, request_id=request_id, token_id=TOKEN
        )
        parts: Any = chunks
        for chunk in parts:
            chunk.SequenceHeader.SequenceNumber = number
        return [chunk.to_binary() for chunk in parts]

    def read(self, data: bytes) -> tuple[int, int, bytes]:
        """What asyncua reads; it raises on what is wrong."""
        policy: Any = self
        chunk: Any = MessageChunk.from_binary(policy, Buffer(data))
        return chunk.SequenceHeader.SequenceNumber, chunk.SequenceHeader.RequestId, chunk.Body


@pytest.mark.parametrize(("mode", "key_size"), SEALS)
@given(bodies=bodies)
def test_messages_one_after_the_other_are_sealed_as_asyncua_seals_them(
    mode: str, key_size: int, bodies: list[bytes]
) -> None:
    """Each from the same initial vector, whatever went before; and read again."""
    policy = Policy(mode, key_size)
    ours = policy.frame()
    for number, body in enumerate(bodies, 1):
        sealed = ours.encode(number, 1000 + number, body)
        assert [sealed] == policy.written(number, 1000 + number, body)
        chunk = ours.decode(sealed)  # type: ignore[arg-type]
        assert chunk is not DECLINED
        assert (chunk.sequence_number, chunk.request_id, chunk.body) == (number, 1000 + number, body)
        assert chunk.end == len(sealed)  # type: ignore[arg-type]


@pytest.mark.parametrize(("mode", "key_size"), SEALS)
@settings(max_examples=200)
@given(body=st.binary(min_size=1, max_size=100), data=st.data())
def test_a_damaged_chunk_is_declined_and_the_next_one_read(
    mode: str, key_size: int, body: bytes, data: st.DataObject
) -> None:
    """Any bit, any cut: nothing is accepted that was not signed, and nothing is spoilt by it."""
    policy = Policy(mode, key_size)
    ours = policy.frame()
    (sealed,) = policy.written(7, 8, body)
    damaged = bytearray(sealed)
    place = data.draw(st.integers(0, len(sealed) - 1))
    if data.draw(st.booleans()):
        damaged[place] ^= 1 << data.draw(st.integers(0, 7))
    else:
        del damaged[place:]
    assert ours.decode(bytes(damaged)) is DECLINED
    again = ours.decode(sealed)
    assert again is not DECLINED
    assert (7, 8, again.body) == policy.read(sealed)


@pytest.mark.parametrize("key_size", [16, 32])
@given(pad=st.integers(0, 255), size=st.integers(0, 3))
def test_padding_longer_than_the_message_is_declined(key_size: int, pad: int, size: int) -> None:
    """Signed and all: where asyncua finds no sequence header or no body, neither is one found here."""
    policy = Policy("SignAndEncrypt", key_size)
    crypto: Any = policy.symmetric_cryptography
    content = bytes(16 * size + 15) + bytes((pad,))
    length = 16 + len(content) + 32
    header = b"MSGF" + b"".join(one.to_bytes(4, "little") for one in (length, CHANNEL, TOKEN))
    sealed = header + crypto.Encryptor.encrypt(content + crypto.signature(header + content))
    chunk = policy.frame().decode(sealed)
    if len(content) - pad - 1 <= 8:
        assert chunk is DECLINED
    else:
        assert chunk is not DECLINED
        assert policy.read(sealed) == (chunk.sequence_number, chunk.request_id, chunk.body)


@pytest.mark.parametrize("kind", [b"MSGC", b"MSGA", b"CLOF", b"OPNF"])
def test_other_kinds_of_chunks_are_declined(kind: bytes) -> None:
    """Though rightly signed."""
    policy = Policy("Sign", 16)
    crypto: Any = policy.symmetric_cryptography
    content = bytes(8) + b"body"
    header = kind + b"".join(one.to_bytes(4, "little") for one in (16 + 12 + 32, CHANNEL, TOKEN))
    assert policy.frame().decode(header + content + crypto.signature(header + content)) is DECLINED


@pytest.mark.parametrize(("mode", "key_size"), SEALS)
def test_sizes_agreed_are_kept(mode: str, key_size: int) -> None:
    """What needs two chunks, or comes larger than agreed, is declined; and so is nothing at all."""
    policy = Policy(mode, key_size)
    most = 8192
    ours, body = policy.frame(most), bytes(8000)
    while len(policy.written(1, 1, body, most)) == 1:
        body += bytes(1)
    assert ours.encode(1, 1, body) is DECLINED
    assert ours.encode(1, 1, body[1:]) == policy.written(1, 1, body[1:], most)[0]
    assert ours.encode(1, 1, b"") is DECLINED
    (large,) = policy.written(1, 1, body + bytes(64))
    assert ours.decode(large) is DECLINED


def test_other_algorithms_are_left_to_asyncua() -> None:
    """HMAC-SHA1, for the policies that are out of date."""
    policy = Policy("Sign", 16)
    crypto: Any = policy.symmetric_cryptography
    crypto.Signer, crypto.Verifier = SignerAesCbc(KEY), VerifierAesCbc(KEY)  # type: ignore[no-untyped-call]
    with pytest.raises(ValueError, match="HMAC-SHA256"):
        policy.frame()
