"""The tables of docs/configuration.md, made from the sections themselves.

`python -m tests.documentation.reference` writes them into the page, between its marks.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from opcua_ml.config import schema

PAGE = Path(__file__).resolve().parents[2] / "docs" / "configuration.md"
TAGS = {
    "Tag": "tag",
    "InputTag": "tag, with [rules](#inputtag)",
    "OutputTag": "tag, with [limits](#outputtag)",
    "ResultTag": "tag, with [its age](#resulttag)",
}
MARKED = re.compile(r"(<!-- keys of (?P<section>\w+) -->\n).*?(<!-- end of keys -->)", re.DOTALL)


def with_tables(text: str) -> str:
    """The page with all its tables as the sections are now."""
    return MARKED.sub(lambda match: f"{match[1]}\n{table(match['section'])}\n{match[3]}", text)


def sections(text: str) -> list[str]:
    """The sections that the page has tables of."""
    return [match["section"] for match in MARKED.finditer(text)]


def table(section: str) -> str:
    """The keys of one section: type, default and meaning."""
    definition = schema()["$defs"][section]
    definition = definition.get("anyOf", [definition])[0]  # of a tag: not its short form
    required = set(definition.get("required", ()))
    lines = ["| key | value | default | meaning |", "|---|---|---|---|"]
    for key, told in definition["properties"].items():
        default = "required" if key in required else _default(told)
        meaning = " ".join(told.get("description", "").split())
        lines.append(f"| `{key}` | {_kind(told)} | {default} | {meaning} |")
    return "\n".join(lines) + "\n"


def _default(told: dict[str, Any]) -> str:
    value = told.get("default")
    if value is None or isinstance(value, dict):
        return ""
    return f"`{json.dumps(value, ensure_ascii=False)}`"


def _kind(told: dict[str, Any]) -> str:
    if "$ref" in told:
        return _referred(told["$ref"].rpartition("/")[2])
    if "anyOf" in told or "oneOf" in told:
        kinds = [_kind(one) for one in told.get("anyOf", told.get("oneOf", [])) if one.get("type") != "null"]
        return ", or ".join(dict.fromkeys(kinds))
    if "enum" in told or "const" in told:
        return " or ".join(f"`{json.dumps(value)}`" for value in told.get("enum", [told.get("const")]))
    if told.get("type") == "array":
        places = told.get("prefixItems")
        return f"list of {_kind(told['items'])}" if places is None else f"{len(places)} {_kind(places[0])}s"
    if told.get("type") == "object":
        inside = [told["additionalProperties"]] if "additionalProperties" in told else None
        return f"table of {_kind(*(inside or told['patternProperties'].values()))}"
    return {"integer": "integer", "number": "number", "boolean": "Boolean"}.get(
        told["type"], "text"
    ) + _limits(told)


def _referred(name: str) -> str:
    definition = schema()["$defs"][name]
    if "enum" in definition:
        return _kind(definition)
    if name in TAGS:
        return TAGS[name]
    return f"table ([{name}](#{name.lower()}))"


def _limits(told: dict[str, Any]) -> str:
    low, high = told.get("minimum"), told.get("maximum")
    if low is None and high is None:
        return ""
    return f", {low} to {high}" if high is not None else f", from {low}"


if __name__ == "__main__":
    PAGE.write_text(with_tables(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
