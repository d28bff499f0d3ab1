"""A password with which we log in somewhere, from where the configuration says that it is."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Protocol

from opcua_ml.domain.errors import ConfigurationError

if TYPE_CHECKING:
    from pathlib import Path


class HasPassword(Protocol):
    """A section of the configuration that tells where its password is."""

    @property
    def password_env(self) -> str | None:
        """An environment variable."""

    @property
    def password_file(self) -> Path | None:
        """A file."""


def password_of(section: HasPassword, key: str) -> str | None:
    """The password of a section; None where it needs none.

    Args:
        section: of the configuration.
        key: of the section, for the error.

    Raises:
        ConfigurationError: it can't be read; it is never part of the error.
    """
    if section.password_env is not None:
        password = os.environ.get(section.password_env)
        if password is None:
            raise ConfigurationError(
                "the environment variable with the password is not set",
                where=f"{key}.password_env",
                wanted=f"a value for {section.password_env}",
            )
        return password
    if section.password_file is None:
        return None
    try:
        return section.password_file.read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, ValueError) as error:
        # The text of a UnicodeDecodeError quotes a byte of the password.
        why = error.strerror if isinstance(error, OSError) else "not UTF-8"
        raise ConfigurationError(
            "the file with the password can't be read",
            where=f"{key}.password_file",
            found=f"{section.password_file} ({why})",
        ) from None
