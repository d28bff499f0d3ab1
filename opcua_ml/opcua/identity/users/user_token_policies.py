"""By which tokens users may prove who they are, per endpoint, and how those tokens are secured.

Source: OPC UA Part 4, 7.41 (UserTokenPolicy); Part 7, the algorithms of the security policies.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from asyncua import ua
from asyncua.crypto import uacrypto
from asyncua.crypto.security_policies import (
    SecurityPolicyAes128Sha256RsaOaep,
    SecurityPolicyAes256Sha256RsaPss,
    SecurityPolicyBasic256Sha256,
    SecurityPolicyNone,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

NONE_URI: Final = SecurityPolicyNone.URI


@dataclass(frozen=True, slots=True)
class TokenSecurity:
    """How one security policy encrypts a token's secret and signs its challenge; RSA-OAEP and SHA-2 only.

    Attributes:
        encryption: URI of the algorithm that a password token has to name.
        signature: URI of the algorithm that a certificate token's signature has to name.
        overhead: bytes of each block that OAEP takes for itself.
    """

    policy_uri: str
    encryption: str
    signature: str
    overhead: int
    decrypt: Callable[[RSAPrivateKey, bytes], bytes]
    verify: Callable[[x509.Certificate, bytes, bytes], None]

    @property
    def short_name(self) -> str:
        """The end of the policy's URI."""
        return self.policy_uri.rpartition("#")[2]


_SHA1_OAEP_OVERHEAD, _SHA256_OAEP_OVERHEAD = 42, 66

TOKEN_SECURITY: Final = {
    policy.URI: TokenSecurity(
        policy.URI, policy.AsymmetricEncryptionURI, policy.AsymmetricSignatureURI, overhead, decrypt, verify
    )
    for policy, overhead, decrypt, verify in (
        (
            SecurityPolicyBasic256Sha256,
            _SHA1_OAEP_OVERHEAD,
            uacrypto.decrypt_rsa_oaep,
            uacrypto.verify_sha256,
        ),
        (
            SecurityPolicyAes128Sha256RsaOaep,
            _SHA1_OAEP_OVERHEAD,
            uacrypto.decrypt_rsa_oaep,
            uacrypto.verify_sha256,
        ),
        (
            SecurityPolicyAes256Sha256RsaPss,
            _SHA256_OAEP_OVERHEAD,
            uacrypto.decrypt_rsa_oaep_sha256,
            uacrypto.verify_pss_sha256,
        ),
    )
}
"""By the policy's URI: what is not here secures no token."""


def token_security(endpoint_policy_uri: str) -> TokenSecurity:
    """What secures tokens on an endpoint of this policy.

    Passwords are encrypted on every endpoint, also inside encrypted channels, as only then the server's nonce
    is inside and a recorded token is of no use; on endpoints of policy None by Basic256Sha256.
    """
    return TOKEN_SECURITY.get(endpoint_policy_uri, TOKEN_SECURITY[SecurityPolicyBasic256Sha256.URI])


def user_token_policies(
    endpoint_policy_uri: str, token_types: Iterable[ua.UserTokenType]
) -> list[ua.UserTokenPolicy]:
    """The UserTokenPolicies of an endpoint.

    Args:
        endpoint_policy_uri: the endpoint's own security policy.
        token_types: what is accepted at all, the preferred one first.
    """
    return [_policy(endpoint_policy_uri, kind) for kind in token_types]


def _policy(endpoint_policy_uri: str, kind: ua.UserTokenType) -> ua.UserTokenPolicy:
    if kind == ua.UserTokenType.Anonymous:
        return ua.UserTokenPolicy(PolicyId="anonymous", TokenType=kind, SecurityPolicyUri=NONE_URI)
    security = token_security(endpoint_policy_uri)
    return ua.UserTokenPolicy(
        PolicyId=f"{kind.name.lower()}_{security.short_name}",
        TokenType=kind,
        SecurityPolicyUri=security.policy_uri,
    )
