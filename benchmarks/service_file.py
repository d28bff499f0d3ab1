"""Configuration files for the service under test."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
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


def methods_only(folder: Path, port: int, package: Path, models: int, *, fold: bool = True) -> Path:
    """A service of so many models that clients call; without `fold` onnxruntime computes every row."""
    lines = _server(port, ("None", "Basic256Sha256"))
    for number in range(models):
        lines += [f"[models.{model_name(number)}]", f'package = "{package}"', f"fold = {str(fold).lower()}"]
    return _written(folder, lines)


def fed_by_plcs(folder: Path, port: int, package: Path, plcs: Sequence[str], size: tuple[int, int]) -> Path:
    """A service whose models have tags of their own, T0 and on; size is models per PLC, inputs of each."""
    lines = _server(port, ("None",))
    for place, plc in enumerate(plcs):
        lines += _fed_by(place, plc, package, size)
    return _written(folder, lines)


def _fed_by(place: int, plc: str, package: Path, size: tuple[int, int]) -> list[str]:
    models, inputs = size
    lines = [
        f"[plcs.plc{place}]",
        f'endpoint = "{plc}"',
        'namespace_uri = "urn:opcua-ml:benchmarks:plc"',
        'security_policy = "None"',
        "publishing_interval_ms = 50",
        "sampling_interval_ms = 0",
        "queue_size = 100",
    ]
    for number in range(models):
        name = model_name(place * models + number)
        lines += [f"[models.{name}]", f'package = "{package}"']
        lines += [f"[models.{name}.trigger]", 'kind = "change"', "debounce_ms = 0"]
        lines += [f"[models.{name}.inputs]"]
        lines += [f'x{one} = "plc{place}:s=T{number * inputs + one}"' for one in range(inputs)]
    return lines


def _written(folder: Path, lines: list[str]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "service.toml"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file
