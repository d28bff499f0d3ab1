"""Configuration files of services that anonymous operators reach on loopback, without encryption."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

FREE = "opc.tcp://127.0.0.1:0/opcua-ml"
"""An endpoint on a free port."""


def open_server(*more: str, endpoint: str = FREE) -> list[str]:
    """Lines of the server's sections; `more` are further ones of the first."""
    return [
        "[server]",
        f'endpoint = "{endpoint}"',
        'namespace_uri = "urn:test:site"',
        *more,
        "[server.security]",
        'policies = ["None"]',
        'anonymous = "operator"',
    ]


def plant_file(folder: Path, lines: Iterable[str]) -> Path:
    """A file of these lines."""
    path = folder / "plant.toml"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path
