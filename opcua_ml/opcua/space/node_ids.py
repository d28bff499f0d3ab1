"""The string NodeIds of this site's nodes: readable, without collisions, the same over versions and restarts.

A NodeId is the dotted path from the model down: `s=pump_anomaly.Outputs.score`. Every name becomes one
segment of the path; what would make two paths equal (dots) or unreadable (control characters) is written as
in URLs, `%2E`. Names of models live at the root, beside the one reserved word `MachineLearning`.
"""

from __future__ import annotations

import re

MACHINE_LEARNING = "MachineLearning"
LIFECYCLE_METHODS = (
    *("Stage", "StartShadow", "StartCanary", "Promote", "Confirm", "Rollback", "Retire", "Pause", "Resume"),
)
"""Methods of a model whose versions are managed."""
_AWKWARD = re.compile(r"[.%\x00-\x1f\x7f-\x9f\ud800-\udfff]")


def segment(name: str) -> str:
    """A name as one segment of a path; different names make different segments."""
    return _AWKWARD.sub(_escaped, name)


def _escaped(found: re.Match[str]) -> str:
    character = found.group()
    return "".join(f"%{byte:02X}" for byte in character.encode("utf-8", "surrogatepass"))


def model_path(model: str) -> str:
    """The path of a model; one named like the reserved word gets its first letter escaped."""
    path = segment(model)
    return f"%{ord(path[0]):02X}{path[1:]}" if path == MACHINE_LEARNING else path


def below(path: str, *names: str) -> str:
    """The path of a node further down; the names are escaped here."""
    return ".".join((path, *map(segment, names)))
