"""The security policies that channels may have: asyncua's, with message signatures compared in constant time.

Source: OPC UA Part 7 (SecurityPolicy facets); Part 6, 6.7.
"""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING, Any, Final

from asyncua import ua
from asyncua.crypto import security_policies, uacrypto
from asyncua.crypto.uacrypto import InvalidSignature  # type: ignore[attr-defined]

from opcua_ml.config.server import SecurityMode, SecurityPolicy

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


class ConstantTimeVerifier(security_policies.VerifierHMac256):
    """Tells nothing, by how long it takes, of how much of a forged signature was right."""

    def verify(self, data: bytes, signature: bytes) -> None:
        """Check one message's signature.

        Raises:
            InvalidSignature: it is not the key's.
        """
        expected = uacrypto.hmac_sha256(self.key, data)  # type: ignore[no-untyped-call]
        if not hmac.compare_digest(signature, expected):
            raise InvalidSignature


def _compare_in_constant_time(cryptography: security_policies.CryptographyNone) -> None:
    """Put that verifier in place of asyncua's."""
    if isinstance(cryptography, security_policies.Cryptography):
        held: Any = cryptography.Verifier
        cryptography.Verifier = ConstantTimeVerifier(held.key)  # type: ignore[no-untyped-call]


class Basic256Sha256(security_policies.SecurityPolicyBasic256Sha256):
    """SecurityPolicy [B] Basic256Sha256."""

    def make_remote_symmetric_key(self, secret: bytes, seed: bytes, lifetime: float) -> None:
        """Derive the keys of what the peer sends (Part 6, 6.7.5)."""
        super().make_remote_symmetric_key(secret, seed, lifetime)  # type: ignore[no-untyped-call]
        _compare_in_constant_time(self.symmetric_cryptography)


class Aes128Sha256RsaOaep(security_policies.SecurityPolicyAes128Sha256RsaOaep):
    """SecurityPolicy [A] Aes128-Sha256-RsaOaep."""

    def make_remote_symmetric_key(self, secret: bytes, seed: bytes, lifetime: float) -> None:
        """Derive the keys of what the peer sends (Part 6, 6.7.5)."""
        super().make_remote_symmetric_key(secret, seed, lifetime)  # type: ignore[no-untyped-call]
        _compare_in_constant_time(self.symmetric_cryptography)


class Aes256Sha256RsaPss(security_policies.SecurityPolicyAes256Sha256RsaPss):
    """SecurityPolicy Aes256-Sha256-RsaPss."""

    def make_remote_symmetric_key(self, secret: bytes, seed: bytes, lifetime: float) -> None:
        """Derive the keys of what the peer sends (Part 6, 6.7.5)."""
        super().make_remote_symmetric_key(secret, seed, lifetime)  # type: ignore[no-untyped-call]
        _compare_in_constant_time(self.symmetric_cryptography)


POLICIES: Final[dict[SecurityPolicy, type[security_policies.SecurityPolicy]]] = {
    SecurityPolicy.NONE: security_policies.SecurityPolicyNone,
    SecurityPolicy.BASIC256SHA256: Basic256Sha256,
    SecurityPolicy.AES128_SHA256_RSAOAEP: Aes128Sha256RsaOaep,
    SecurityPolicy.AES256_SHA256_RSAPSS: Aes256Sha256RsaPss,
}
MODES: Final = {
    SecurityMode.SIGN: ua.MessageSecurityMode.Sign,
    SecurityMode.SIGN_AND_ENCRYPT: ua.MessageSecurityMode.SignAndEncrypt,
}
_LEVELS: Final = {
    SecurityPolicy.BASIC256SHA256: 10,
    SecurityPolicy.AES128_SHA256_RSAOAEP: 20,
    SecurityPolicy.AES256_SHA256_RSAPSS: 30,
}
_ENCRYPTED: Final = 100


def offered(
    policies: Iterable[SecurityPolicy], modes: Iterable[SecurityMode]
) -> Iterator[tuple[type[security_policies.SecurityPolicy], ua.MessageSecurityMode, int]]:
    """Policy, mode and SecurityLevel (Part 4, 7.14: greater is better) of every endpoint."""
    modes = tuple(modes)
    for policy in policies:
        if policy is SecurityPolicy.NONE:
            yield POLICIES[policy], ua.MessageSecurityMode.None_, 0
            continue
        for mode in modes:
            encrypted = _ENCRYPTED if mode is SecurityMode.SIGN_AND_ENCRYPT else 0
            yield POLICIES[policy], MODES[mode], _LEVELS[policy] + encrypted
