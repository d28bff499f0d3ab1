"""What an administrator does with the file of users: add, remove, give a password."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import tomlkit

from opcua_ml.atomic_file import write_atomically
from opcua_ml.domain.errors import ConfigurationError
from opcua_ml.opcua.identity.certificates.certificate_usage import CertificateUse, may_be_used
from opcua_ml.opcua.identity.certificates.key_policy import policy_weakness
from opcua_ml.opcua.identity.users.password_hash import LONGEST_PASSWORD, SHORTEST_PASSWORD, hash_password
from opcua_ml.opcua.identity.users.user_file import LONGEST_NAME, User, is_user_name, parse_users, read_users

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from opcua_ml.opcua.identity.certificates.certificate import Certificate
    from opcua_ml.opcua.identity.rights.roles import Role

_HEADER = (
    "Users of the OPC UA server. Passwords are hashes: change them by `opcua-ml user passwd`.",
    "Roles may be edited here; a running server sees changes within a second.",
)


class UserError(ConfigurationError):
    """A user can't be added, changed or removed."""


def checked_password(name: str, password: str) -> str:
    """The password, if it may be one.

    Raises:
        UserError: too short, too long, not printable, or the user's own name; it is never told.
    """
    if len(password) < SHORTEST_PASSWORD:
        raise UserError(
            "the password is too short",
            found=f"{len(password)} characters",
            wanted=f"at least {SHORTEST_PASSWORD}",
        )
    if len(password.encode("utf-8", "surrogatepass")) > LONGEST_PASSWORD:
        raise UserError("the password is too long", wanted=f"at most {LONGEST_PASSWORD} bytes")
    if not password.isprintable():
        raise UserError(
            "the password has characters that nobody can type", wanted="letters, digits, signs, spaces"
        )
    if name.lower() in password.lower():
        raise UserError("the password holds the user's name")
    return password


def check_new(path: Path, name: str) -> None:
    """See that a user of this name can be added.

    Raises:
        UserError: the name is taken or none.
        UserFileInvalid, OSError: the file as it is can't be read.
    """
    if not is_user_name(name):
        raise UserError(
            "no such user name",
            found=repr(name),
            wanted=f"1 to {LONGEST_NAME} printable characters without a blank at either end",
        )
    if name in _users(path):
        raise UserError(f"there is a user {name!r} already", where=str(path))


def check_existing(path: Path, name: str) -> None:
    """See that there is a user of this name.

    Raises:
        UserError: there is none.
        UserFileInvalid, OSError: the file can't be read.
    """
    users = _users(path)
    if name not in users:
        raise UserError(
            f"there is no user {name!r}", where=str(path), wanted=", ".join(sorted(users)) or "a user"
        )


def add_user(
    path: Path,
    name: str,
    roles: Collection[Role],
    *,
    password: str | None = None,
    certificates: Collection[Certificate] = (),
) -> User:
    """Add a user; the file is made where there is none, readable by its owner only.

    Raises:
        UserError: the name is taken or none, the password may not be one, or there is neither a password nor
            a certificate.
        UserFileInvalid: the file as it is can't be read.
        OSError: the file can't be written.
    """
    check_new(path, name)
    for certificate in certificates:
        _check_usable(certificate)
    if password is None and not certificates:
        raise UserError("the user could not log in", wanted="a password or a certificate")
    table = tomlkit.table()
    table["roles"] = sorted(role.value for role in roles)
    if password is not None:
        table["password"] = hash_password(checked_password(name, password))
    if certificates:
        table["certificates"] = sorted(hashlib.sha256(one.der).hexdigest() for one in certificates)
    document = _document(path)
    document.setdefault("users", tomlkit.table(is_super_table=True))[name] = table
    return _write(path, document)[name]


def remove_user(path: Path, name: str) -> None:
    """Take a user out.

    Raises:
        UserError: there is none of this name.
        UserFileInvalid, OSError: the file can't be read or written.
    """
    check_existing(path, name)
    document = _document(path)
    del document["users"][name]
    _write(path, document)


def set_password(path: Path, name: str, password: str) -> None:
    """Give a user another password; the old one is forgotten.

    Raises:
        UserError: there is none of this name, or the password may not be one.
        UserFileInvalid, OSError: the file can't be read or written.
    """
    check_existing(path, name)
    checked_password(name, password)
    document = _document(path)
    document["users"][name]["password"] = hash_password(password)
    _write(path, document)


def list_users(path: Path) -> list[User]:
    """All users, by name.

    Raises:
        UserFileInvalid, OSError: the file can't be read.
    """
    return sorted(read_users(path).values(), key=lambda user: user.name)


def _check_usable(certificate: Certificate) -> None:
    weakness = policy_weakness(certificate)
    if weakness is None and not may_be_used(certificate, CertificateUse.USER):
        weakness = "its key usage has no digitalSignature, or it is a CA"
    if weakness is not None:
        raise UserError(f"nobody can log in by this certificate: {weakness}", where=certificate.subject_text)


def _users(path: Path) -> dict[str, User]:
    return read_users(path) if path.exists() else {}


def _document(path: Path) -> tomlkit.TOMLDocument:
    if path.exists():
        return tomlkit.parse(path.read_text(encoding="utf-8"))
    document = tomlkit.document()
    for line in _HEADER:
        document.add(tomlkit.comment(line))
    document.add(tomlkit.nl())
    return document


def _write(path: Path, document: tomlkit.TOMLDocument) -> dict[str, User]:
    """Write what has been read back without error, and nothing else."""
    content = tomlkit.dumps(document).encode("utf-8")
    users = parse_users(content, source=str(path))
    write_atomically(path, content, secret=True)
    return users
