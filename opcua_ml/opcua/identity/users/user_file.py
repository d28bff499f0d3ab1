"""The file of users: who they are, how they prove it, which Roles they have.

TOML, one table per user:

    [users.anna]
    roles = ["Operator"]
    password = "$argon2id$…"

    [users."line 1"]
    roles = ["Observer"]
    certificates = ["<SHA-256 of the DER certificate, 64 hexadecimal digits>"]
    enabled = false
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from opcua_ml.domain.errors import ConfigurationError
from opcua_ml.opcua.identity.rights.roles import GRANTABLE, Role
from opcua_ml.opcua.identity.users.password_hash import is_acceptable_hash

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

LARGEST_FILE = 4 * 1024 * 1024
LONGEST_NAME = 64
_KEYS = frozenset({"roles", "password", "certificates", "enabled"})
_THUMBPRINT = re.compile(r"[0-9a-f]{64}")


class UserFileInvalid(ConfigurationError):
    """The file of users can't be read, or says something that can't be; nobody logs in by it."""


@dataclass(frozen=True, slots=True)
class User:
    """One user.

    Attributes:
        name: as given at login.
        roles: granted to the user's sessions.
        password_hash: argon2id in PHC format; None where the user has no password.
        certificates: SHA-256 thumbprints of the user's certificates.
        enabled: whether the user may log in.
    """

    name: str
    roles: frozenset[Role] = frozenset()
    password_hash: str | None = field(default=None, repr=False)
    certificates: frozenset[str] = frozenset()
    enabled: bool = True


def is_user_name(name: str) -> bool:
    """Whether a user may be called so: 1 to 64 printable characters, no blank at either end."""
    return 0 < len(name) <= LONGEST_NAME and name.isprintable() and name == name.strip()


def read_users(path: Path) -> dict[str, User]:
    """Every user in the file, by name.

    Raises:
        UserFileInvalid: with the place in the file; one wrong entry makes the whole file invalid, as half
            of a configuration might grant what the other half denies.
        OSError: the file can't be read.
    """
    if path.stat().st_size > LARGEST_FILE:
        raise UserFileInvalid("the file is too large", where=str(path))
    return parse_users(path.read_bytes(), source=str(path))


def parse_users(content: bytes, *, source: str) -> dict[str, User]:
    """The same for a file's content; `source` is its name for errors."""
    try:
        document = tomllib.loads(content.decode("utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UserFileInvalid(f"no TOML: {error}", where=source) from error
    unknown = set(document) - {"users"}
    if unknown:
        raise UserFileInvalid("unknown key", where=source, found=min(unknown), wanted="users")
    tables = document.get("users", {})
    if not isinstance(tables, dict):
        raise UserFileInvalid("users is no table", where=source)
    users = {name: _user(name, table, f"{source}: users.{name!r}") for name, table in tables.items()}
    _check_certificates_differ(users, source)
    return users


def _user(name: str, table: Any, where: str) -> User:
    if not is_user_name(name):
        raise UserFileInvalid("no such user name", where=where, wanted="1 to 64 printable characters")
    if not isinstance(table, dict):
        raise UserFileInvalid("the user is no table", where=where)
    unknown = set(table) - _KEYS
    if unknown:
        raise UserFileInvalid("unknown key", where=where, found=min(unknown), wanted=", ".join(sorted(_KEYS)))
    password = table.get("password")
    if password is not None and not (isinstance(password, str) and is_acceptable_hash(password)):
        raise UserFileInvalid(
            "the password is no hash that we take",
            where=f"{where}.password",
            wanted="one made by opcua-ml user passwd",
        )
    enabled = table.get("enabled", True)
    if not isinstance(enabled, bool):
        raise UserFileInvalid("wrong value", where=f"{where}.enabled", found=enabled, wanted="true or false")
    return User(name, _roles(table, where), password, _certificates(table, where), enabled)


def _roles(table: Mapping[str, Any], where: str) -> frozenset[Role]:
    listed = _strings(table, "roles", where)
    unknown = [role for role in listed if role not in GRANTABLE]
    if unknown:
        raise UserFileInvalid(
            "no such role", where=f"{where}.roles", found=unknown[0], wanted=", ".join(sorted(GRANTABLE))
        )
    return frozenset(map(Role, listed))


def _certificates(table: Mapping[str, Any], where: str) -> frozenset[str]:
    listed = _strings(table, "certificates", where)
    wrong = [one for one in listed if not _THUMBPRINT.fullmatch(one)]
    if wrong:
        raise UserFileInvalid(
            "no SHA-256 thumbprint",
            where=f"{where}.certificates",
            found=wrong[0],
            wanted="64 hexadecimal digits in lower case",
        )
    return frozenset(listed)


def _strings(table: Mapping[str, Any], key: str, where: str) -> list[str]:
    listed = table.get(key, [])
    if not isinstance(listed, list) or not all(isinstance(one, str) for one in listed):
        raise UserFileInvalid("wrong value", where=f"{where}.{key}", wanted="a list of strings")
    return listed


def _check_certificates_differ(users: Mapping[str, User], source: str) -> None:
    owners: dict[str, str] = {}
    for user in users.values():
        for thumbprint in user.certificates:
            other = owners.setdefault(thumbprint, user.name)
            if other != user.name:
                raise UserFileInvalid(
                    "two users have the same certificate", where=source, found=f"{other} and {user.name}"
                )
