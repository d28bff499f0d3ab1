"""Configuration files for the service under test."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

SITE = "urn:opcua-ml:benchmarks:site"


def _server(port: int, policies: Iterable[str]) -> list[str]:
    quoted = ", ".join(f'"{policy}"' for policy in policies)
    return [
        "[server]",
        f'endpoint = "opc.tcp://127.0.0.1:{port}"',
        f'namespace_uri = "{SITE}"',
        "[server.security]",
        f"policies = [{quoted}]",
        'modes = ["SignAndEncrypt"]',
        'anonymous = "operator"',
        'pki = "pki"',
        "[logging]",
        'level = "warning"',
    ]


def model_name(number: int) -> str:
    """The n-th model's name."""
    return f"logistic{number:04}"


def methods_only(folder: Path, port: int, package: Path, models: int) -> Path:
    """A service of so many models that clients call."""
    lines = _server(port, ("None", "Basic256Sha256"))
    for number in range(models):
        lines += [f"[models.{model_name(number)}]", f'package = "{package}"']
    return _written(folder, lines)


def _written(folder: Path, lines: list[str]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "service.toml"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file
