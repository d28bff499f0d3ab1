"""Chunks of a SecureChannel that is signed, or encrypted as well, under one token (OPC UA Part 6, 6.7).

What asyncua does, with ciphers and HMACs that are made once per token: making one for each message costs ten
times what a short message takes in it. Known are the policies with HMAC-SHA256 and AES-CBC. A chunk that is
not plainly right is declined, and asyncua's own code refuses it.
"""

from __future__ import annotations

from hmac import compare_digest
from struct import Struct
from typing import TYPE_CHECKING, Any, Final

from asyncua.crypto.security_policies import (
    DecryptorAesCbc,
    EncryptorAesCbc,
    SignerHMac256,
    VerifierHMac256,
)
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC

from opcua_ml.opcua.hot import DECLINED, Chunk, Declined

if TYPE_CHECKING:
    from asyncua.crypto.security_policies import Cryptography

_OPEN: Final = Struct("<4sIII")  # type and kind of chunk, size, channel, token
_SEQUENCE: Final = Struct("<II")
_FINAL_MESSAGE: Final = b"MSGF"
_BLOCK: Final = 16
_SIGNATURE: Final = 32
_SMALLEST: Final = _SEQUENCE.size + 1 + _SIGNATURE


class SealedFrame:
    """Frames messages of one channel under one token; used from one thread.

    Args:
        channel_id, token_id: of the channel.
        crypto: asyncua's, with the keys of this token.
        max_receive, max_send: the negotiated chunk sizes in bytes, headers included.

    Raises:
        ValueError: the security policy has other algorithms.
    """

    def __init__(
        self, channel_id: int, token_id: int, crypto: Cryptography, *, max_receive: int, max_send: int
    ) -> None:
        signer, verifier = crypto.Signer, crypto.Verifier
        if not isinstance(signer, SignerHMac256) or not isinstance(verifier, VerifierHMac256):
            raise ValueError(f"wanted HMAC-SHA256, not {type(signer).__name__}")  # noqa: TRY004 - a policy's value
        self._ids = (channel_id, token_id)
        self._max_receive, self._max_send = max_receive, max_send
        self._sign, self._verify = HMAC(signer.key, SHA256()), HMAC(verifier.key, SHA256())
        encryptor, decryptor = crypto.Encryptor, crypto.Decryptor
        self._padded = 0
        self._out: _Chain | None = None
        self._in: _Chain | None = None
        if crypto.is_encrypted:
            if not isinstance(encryptor, EncryptorAesCbc) or not isinstance(decryptor, DecryptorAesCbc):
                raise ValueError(f"wanted AES-CBC, not {type(encryptor).__name__}")
            self._padded = encryptor.plain_block_size()  # type: ignore[no-untyped-call]
            self._out, self._in = _Chain(encryptor), _Chain(decryptor)

    def decode(self, received: bytes) -> Chunk | Declined:
        """Return the chunk that `received` is.

        `DECLINED` unless it is a whole message of this channel and token, rightly signed. Its sequence number
        is the caller's to check.
        """
        size = len(received)
        if size < _OPEN.size + _SMALLEST or size > self._max_receive:
            return DECLINED
        kind, said, channel_id, token_id = _OPEN.unpack_from(received)
        if kind != _FINAL_MESSAGE or said != size or (channel_id, token_id) != self._ids:
            return DECLINED
        content = received[_OPEN.size :]
        if self._in is not None:
            if len(content) % _BLOCK:
                return DECLINED
            content = self._in.decrypt(content)
        end = len(content) - _SIGNATURE
        mac = self._verify.copy()
        mac.update(received[: _OPEN.size] + content[:end])
        if not compare_digest(mac.finalize(), content[end:]):
            return DECLINED
        if self._padded:
            end -= content[end - 1] + 1
        if end <= _SEQUENCE.size:
            return DECLINED
        sequence_number, request_id = _SEQUENCE.unpack_from(content)
        return Chunk(sequence_number, request_id, content[_SEQUENCE.size : end], size)

    def encode(self, sequence_number: int, request_id: int, body: bytes) -> bytes | Declined:
        """Return `body` as one chunk; `DECLINED` if it is empty or needs more than one."""
        content = _SEQUENCE.pack(sequence_number, request_id) + body
        if self._padded:
            rest = -(len(content) + 1 + _SIGNATURE) % self._padded
            content += bytes((rest,)) * (rest + 1)
        size = _OPEN.size + len(content) + _SIGNATURE
        if not body or size > self._max_send:
            return DECLINED
        header = _OPEN.pack(_FINAL_MESSAGE, size, *self._ids)
        mac = self._sign.copy()
        mac.update(header + content)
        content += mac.finalize()
        return header + (content if self._out is None else self._out.encrypt(content))


class _Chain:
    """AES-CBC of many messages, each from the same initial vector (Part 6, 6.7.5), by one running cipher.

    In CBC the vector is added to the first block alone. A running cipher adds the last block of the message
    before in its place; adding both to the first block, of what goes in or comes out, makes up for that.
    """

    def __init__(self, cryptor: EncryptorAesCbc | DecryptorAesCbc) -> None:
        cipher: Any = cryptor.cipher
        encrypts = isinstance(cryptor, EncryptorAesCbc)
        self._update = (cipher.encryptor() if encrypts else cipher.decryptor()).update
        self._vector = int.from_bytes(cipher.mode.initialization_vector, "big")
        self._last = self._vector

    def encrypt(self, content: bytes) -> bytes:
        """Whole blocks."""
        encrypted: bytes = self._update(self._corrected(content) + content[_BLOCK:])
        self._last = int.from_bytes(encrypted[-_BLOCK:], "big")
        return encrypted

    def decrypt(self, content: bytes) -> bytes:
        """Whole blocks."""
        decrypted: bytes = self._update(content)
        decrypted = self._corrected(decrypted) + decrypted[_BLOCK:]
        self._last = int.from_bytes(content[-_BLOCK:], "big")
        return decrypted

    def _corrected(self, content: bytes) -> bytes:
        first = int.from_bytes(content[:_BLOCK], "big") ^ self._vector ^ self._last
        return first.to_bytes(_BLOCK, "big")
