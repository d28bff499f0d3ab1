"""Hashing and checking passwords: argon2id, and as much work for a user who does not exist."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from typing import TYPE_CHECKING

from argon2 import Parameters, PasswordHasher, Type, extract_parameters
from argon2.exceptions import Argon2Error, InvalidHashError

if TYPE_CHECKING:
    from collections.abc import Sequence

MEMORY_KIB = 19_456
PASSES = 2
LANES = 1
"""What OWASP's password storage cheat sheet gives for argon2id; a check takes about 20 ms and 19 MiB."""

MOST_MEMORY_KIB = 262_144
MOST_PASSES = 16
MOST_LANES = 8
"""Dearer hashes in the users' file would let one login take the machine."""

SHORTEST_PASSWORD = 12
"""Characters; length is what makes guessing dear (NIST SP 800-63B, 3.1.1)."""
LONGEST_PASSWORD = 512
"""Bytes of UTF-8."""

_hasher = PasswordHasher(time_cost=PASSES, memory_cost=MEMORY_KIB, parallelism=LANES, type=Type.ID)
_ours = Parameters(Type.ID, 19, _hasher.salt_len, _hasher.hash_len, PASSES, MEMORY_KIB, LANES)


def hash_password(password: str) -> str:
    """A salted argon2id hash in PHC format; takes about 20 ms."""
    return _hasher.hash(password)


def is_acceptable_hash(encoded: str) -> bool:
    """Whether it is an argon2id hash whose check costs no more than we are willing to spend."""
    try:
        parameters = extract_parameters(encoded)
    except (InvalidHashError, ValueError):
        return False
    return (
        parameters.type is Type.ID
        and 8 * parameters.parallelism <= parameters.memory_cost <= MOST_MEMORY_KIB
        and 1 <= parameters.time_cost <= MOST_PASSES
        and 1 <= parameters.parallelism <= MOST_LANES
        and 16 <= parameters.hash_len <= 64
    )


def password_matches(encoded: str, password: bytes) -> bool:
    """Whether the hash is this password's; blocks for as long as the hash's parameters ask."""
    try:
        return _hasher.verify(encoded, password)
    except (Argon2Error, InvalidHashError):
        return False


class DummyHashes:
    """Hashes that no password matches, as dear to check as those of real users, and made without hashing.

    Which of them a name gets depends on the name and a secret of this process: the same name always costs
    the same, as a real user's does.
    """

    def __init__(self) -> None:
        self._secret = secrets.token_bytes(32)
        self._made: dict[str, str] = {}

    def hash_for(self, name: str, real: Sequence[str]) -> str:
        """A hash for a user who does not exist, with the parameters of one of the `real` ones."""
        if not real:
            return self._dummy(_ours)
        digest = hmac.digest(self._secret, name.encode("utf-8", "surrogatepass"), hashlib.sha256)
        chosen = real[int.from_bytes(digest[:8], "big") % len(real)]
        return self._dummy(extract_parameters(chosen))

    def _dummy(self, wanted: Parameters) -> str:
        costs = f"m={wanted.memory_cost},t={wanted.time_cost},p={wanted.parallelism}"
        begin = f"$argon2id$v={wanted.version}${costs}"
        random = (_base64(secrets.token_bytes(size)) for size in (wanted.salt_len, wanted.hash_len))
        return self._made.setdefault(begin, "$".join((begin, *random)))


def _base64(content: bytes) -> str:
    """As the PHC format has it: without padding."""
    return base64.b64encode(content).decode("ascii").rstrip("=")
