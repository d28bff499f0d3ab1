"""The password in a UserNameIdentityToken: decrypted, its lengths and its nonce checked.

Source: OPC UA Part 4, 7.40.2.2 (legacy encrypted token secret) and 7.40.4 (UserNameIdentityToken).
"""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

from opcua_ml.opcua.identity.users.password_hash import LONGEST_PASSWORD

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

    from opcua_ml.opcua.identity.users.user_token_policies import TokenSecurity

_LENGTH = 4


def is_possible_secret(
    encrypted: bytes | None, key: RSAPrivateKey, security: TokenSecurity, nonce: bytes
) -> bool:
    """Whether a secret of this length can hold a password, by what everybody on the wire can see."""
    block = key.key_size // 8
    longest = _LENGTH + LONGEST_PASSWORD + len(nonce)
    most_blocks = -(-longest // (block - security.overhead))
    return (
        bool(encrypted)
        and len(encrypted or b"") % block == 0
        and len(encrypted or b"") <= most_blocks * block
    )


def decrypted_password(
    encrypted: bytes, key: RSAPrivateKey, security: TokenSecurity, nonce: bytes
) -> bytes | None:
    """The password in UTF-8, or None where anything in the secret is wrong.

    Every block is decrypted whatever the blocks before it gave, and what is wrong is not told: the caller
    goes on with a password that matches nothing.

    Args:
        encrypted: blocks as long as the key; `is_possible_secret` has said so.
        key: ours.
        security: of the token's policy.
        nonce: the last one that this session was given; at least 32 bytes.
    """
    block = key.key_size // 8
    plain = bytearray()
    sound = True
    for start in range(0, len(encrypted), block):
        try:
            plain += security.decrypt(key, encrypted[start : start + block])
        except ValueError:
            sound = False
    length = int.from_bytes(plain[:_LENGTH], "little") - len(nonce)
    end = _LENGTH + max(length, 0)
    sent_nonce = bytes(plain[end : end + len(nonce)])
    # Some clients fill the last block up: what stands after the nonce is less than one block.
    possible = (
        sound
        and len(nonce) >= 32
        and 0 <= length <= LONGEST_PASSWORD
        and 0 <= len(plain) - end - len(nonce) < block
    )
    matches = hmac.compare_digest(sent_nonce, nonce)
    return bytes(plain[_LENGTH:end]) if possible and matches else None
