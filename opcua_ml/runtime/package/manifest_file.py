"""Reading a manifest from TOML, and writing one: the same either way."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from opcua_ml.domain.errors import ManifestInvalid
from opcua_ml.runtime.package.manifest import SCHEMA, Manifest
from opcua_ml.runtime.package.parts import PATTERNS

LONGEST_SHOWN = 80


def parse_manifest(data: bytes, where: str) -> Manifest:
    """The manifest in `data`.

    Raises:
        ManifestInvalid: it is no TOML, has an unknown key, or contradicts itself; told with the key.
    """
    try:
        document = tomllib.loads(data.decode())
        # The types of TOML are those of JSON, and validating JSON lets arrays be tuples and texts be enums
        # while all else stays strict.
        text = json.dumps(document, default=str)
    except (ValueError, RecursionError) as error:
        raise ManifestInvalid("not readable as TOML", where=where, found=error) from error
    version = document.get("schema_version")
    if version != SCHEMA or isinstance(version, bool):
        raise ManifestInvalid(
            "a schema version that is not served", where=where, found=version, wanted=SCHEMA
        )
    try:
        return Manifest.model_validate_json(text)
    except ValidationError as error:
        raise manifest_problem(where, error) from error


def manifest_problem(where: str, error: ValidationError) -> ManifestInvalid:
    """What pydantic finds wrong, in this project's words; the first problem where there are several."""
    details = error.errors(include_url=False)
    # A key misspelt is told rather than the key that is thereby missing.
    detail = min(details, key=lambda one: one["type"] != "extra_forbidden")
    key = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in detail["loc"]).lstrip(".")
    place = f"{where}: {key}" if key else where
    match detail["type"]:
        case "extra_forbidden":
            return ManifestInvalid("unknown key", where=place)
        case "missing":
            return ManifestInvalid("the key is missing", where=place)
        case "value_error":
            return ManifestInvalid(str(detail["ctx"]["error"]), where=place)
    found = detail["input"]
    shown = None if isinstance(found, Mapping | list) else repr(found)[:LONGEST_SHOWN]
    wanted = PATTERNS.get(detail.get("ctx", {}).get("pattern", ""), detail["msg"])
    return ManifestInvalid("not allowed", where=place, found=shown, wanted=wanted)


def manifest_bytes(manifest: Manifest) -> bytes:
    """The manifest as TOML, with what is default left out.

    Raises:
        ManifestInvalid: what was written would not be read as the same.
    """
    import tomlkit  # noqa: PLC0415  packing alone writes TOML

    plain = manifest.model_dump(mode="json", exclude_defaults=True)
    document = tomlkit.document()
    tables: list[tuple[str, Any]] = []
    for key, value in plain.items():
        if isinstance(value, Mapping) or _is_tables(value):
            tables.append((key, value))
        else:
            document.add(key, tomlkit.item(value))
    for key, value in tables:
        document.add(key, tomlkit.item(value))
    data = tomlkit.dumps(document).encode()
    if parse_manifest(data, "manifest.toml") != manifest:
        raise ManifestInvalid("the manifest does not survive being written", where="manifest.toml")
    return data


def _is_tables(value: object) -> bool:
    return (
        isinstance(value, Sequence)
        and not isinstance(value, str)
        and any(isinstance(v, Mapping) for v in value)
    )
