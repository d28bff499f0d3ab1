"""Hold a bill of materials against what is installed beside the interpreter that runs this."""
# ruff: noqa: INP001 - a script

import json
import re
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

PROJECT = "opcua-ml"
FORMAT = ("CycloneDX", "1.6")
_NAME = re.compile(r"[A-Za-z0-9._-]+")


def canonical(name: str) -> str:
    """A distribution's name as indices compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def requirements() -> set[str]:
    """Distributions that the project needs, without its extras."""
    found = set()
    for line in metadata.requires(PROJECT) or []:
        match = _NAME.match(line)
        if match is not None and "extra ==" not in line:
            found.add(canonical(match[0]))
    return found


def problems(bill: dict[str, Any]) -> list[str]:
    """What the bill lacks, and what it says that is not so."""
    found = []
    if (bill.get("bomFormat"), bill.get("specVersion")) != FORMAT:
        found.append(f"it is {bill.get('bomFormat')} {bill.get('specVersion')}, wanted {' '.join(FORMAT)}")
    root = bill["metadata"]["component"]
    if (root["name"], root["version"]) != (PROJECT, metadata.version(PROJECT)):
        found.append(f"it is of {root['name']} {root['version']}")
    parts = {canonical(part["name"]): part for part in bill["components"]}
    installed = {canonical(one.metadata["Name"]): one.version for one in metadata.distributions()}
    del installed[PROJECT]
    found += [f"{name} is installed and missing" for name in sorted(installed.keys() - parts.keys())]
    found += [f"{name} is not installed" for name in sorted(parts.keys() - installed.keys())]
    for name in sorted(parts.keys() & installed.keys()):
        part = parts[name]
        if part["version"] != installed[name]:
            found.append(f"{name} is {installed[name]}, not {part['version']}")
        if not str(part.get("purl", "")).startswith(f"pkg:pypi/{name}@"):
            found.append(f"{name} has no package URL")
    needs = {one["ref"]: one.get("dependsOn", []) for one in bill["dependencies"]}
    named = {canonical(ref.partition("==")[0]) for ref in needs.get(root["bom-ref"], [])}
    found += [f"the project needs {name}, and it is not said" for name in sorted(requirements() - named)]
    if "file://" in json.dumps(bill):
        found.append("it names a path of this machine")
    return found


def main() -> int:
    """Print each problem of the file that the command line names; 1 if there is any."""
    bill = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    found = problems(bill)
    whole = f"the bill of materials is whole: {len(bill['components'])} distributions"
    print(*found or [whole], sep="\n")  # noqa: T201 - its output
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
