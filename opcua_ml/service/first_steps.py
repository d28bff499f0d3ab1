"""What has to be done before the first client can connect, told with the commands that do it."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import structlog

from opcua_ml.config import AnonymousAccess
from opcua_ml.opcua.identity.certificates.pki_folders import PkiFolders
from opcua_ml.opcua.identity.users.user_file import UserFileInvalid, read_users

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from opcua_ml.config import ServerSection

_log = structlog.get_logger(__name__)


def first_steps(section: ServerSection) -> Iterator[str]:
    """One sentence for each thing that keeps every client out; nothing is made or changed."""
    security = section.security
    if security.anonymous is AnonymousAccess.REFUSED:
        yield from _users_to_add(security.users)
    if not security.offers_none and not _has_files(PkiFolders(security.pki)):
        folder = shlex.quote(str(security.pki))
        yield (
            "no client is trusted yet: let it try to connect, then opcua-ml trust list"
            f" --pki {folder} and opcua-ml trust accept THUMBPRINT --pki {folder}"
        )


def _users_to_add(file: Path) -> Iterator[str]:
    if not file.exists():
        command = f"opcua-ml user add NAME --role Operator --users {shlex.quote(str(file))}"
        yield f"nobody can log in yet: {command}"
        return
    try:
        if not any(user.enabled for user in read_users(file).values()):
            yield f"nobody can log in, as no user in {file} is enabled"
    except (UserFileInvalid, OSError) as error:
        yield f"nobody can log in, as {error}"


def log_first_steps(section: ServerSection) -> None:
    """Say it in one line of the log, where there is anything to say."""
    steps = list(first_steps(section))
    if steps:
        _log.warning("no client can connect yet", do="; ".join(steps))


def _has_files(folders: PkiFolders) -> bool:
    folder = folders.trusted_certificates
    return folder.is_dir() and any(folder.iterdir())
