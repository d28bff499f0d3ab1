"""Rules about who may import whom."""

from __future__ import annotations

import sys
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING

from tests.architecture.circles import circles

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.architecture.source import Import, Module, Project

FLOORS = {
    "domain": 0,
    "application": 1,
    "config": 2,
    "units": 2,
    "opcua": 3,
    "runtime": 3,
    "store": 3,
    "history": 3,
    "registry": 3,
    "service": 4,
    "demo": 5,
    "cli": 6,
}
GROUND = -1  # modules beside the floors, such as where shipped files are found: they see the domain alone
DOORS = {
    "asyncua": ("opcua_ml.opcua", "opcua_ml_simulator"),
    "sklearn": ("opcua_ml.runtime",),
    "joblib": ("opcua_ml.runtime",),
    "onnx": ("opcua_ml.runtime",),
    "onnxruntime": ("opcua_ml.runtime",),
    "skl2onnx": ("opcua_ml.runtime",),
    "skops": ("opcua_ml.runtime",),
    "treelite": ("opcua_ml.runtime",),
    "pint": ("opcua_ml.units",),
    "sqlite3": ("opcua_ml.history",),
    "psycopg": ("opcua_ml.history",),
    "mlflow": ("opcua_ml.registry",),
    "gc": ("opcua_ml.garbage", "opcua_ml_simulator"),
    "pydantic": ("opcua_ml.config", "opcua_ml.runtime"),
    "cryptography": ("opcua_ml.opcua", "opcua_ml.store"),
    "tomlkit": ("opcua_ml.opcua.identity.users", "opcua_ml.runtime.package"),
    "pandas": ("opcua_ml.runtime",),
    "argon2": ("opcua_ml.opcua.identity.users",),
    "uvloop": ("opcua_ml.service",),
    "typer": ("opcua_ml.cli", "opcua_ml_simulator"),
    "rich": ("opcua_ml.cli", "opcua_ml.demo", "opcua_ml_simulator"),
}
RINGS = (
    (
        "opcua_ml.opcua.live",
        "cell number_table numbers watcher",
    ),
)
"""Modules that name each other in a circle, for types alone, by their room. The list may only get shorter."""
UNIX_ONLY = {"fcntl", "grp", "posix", "pty", "pwd", "readline", "resource", "syslog", "termios", "tty"}
PURE_THIRD_PARTIES = {"domain": {"numpy"}, "application": {"numpy", "structlog"}}
OUTSIDE_WORLD = {
    *(
        "asyncio",
        "concurrent",
        "http",
        "io",
        "logging",
        "multiprocessing",
        "os",
        "pathlib",
        "random",
        "select",
    ),
    *("selectors", "shutil", "signal", "socket", "sqlite3", "ssl", "subprocess", "tempfile", "threading"),
    *("time", "urllib"),
}


def floors(project: Project) -> Iterator[str]:
    """Imports go downward: domain, application, config, the adapters, service, demo, command line."""
    for module in project.under("opcua_ml"):
        own = _floor(module.name)
        for imported, target in _own_imports(project, module):
            theirs = _floor(target)
            if target == "opcua_ml":
                yield f"{module.at(imported.line)} imports the package's front"
            elif own is None or theirs is None:
                continue
            elif own == GROUND and theirs != FLOORS["domain"]:
                yield f"{module.at(imported.line)} is beside the floors and imports {target}"
            elif own != GROUND and theirs > own:
                yield f"{module.at(imported.line)} imports upward: {target}"


def adapters_apart(project: Project) -> Iterator[str]:
    """OPC UA and model frameworks never meet: neither adapter imports the other."""
    for here, there in (("opcua", "runtime"), ("runtime", "opcua")):
        for module in project.under(f"opcua_ml.{here}"):
            for imported, target in _own_imports(project, module):
                if _package(target) == there:
                    yield f"{module.at(imported.line)} imports {target}"


def no_cycles(project: Project) -> Iterator[str]:
    """No module needs, through whatever others, itself; nor does a folder, not even for its types.

    A folder within another one may be used by it and use it.
    """
    modules: dict[str, set[str]] = {}
    folders: dict[str, set[str]] = {}
    for module in project.modules:
        for imported, target in _own_imports(project, module):
            if not imported.for_types:
                modules.setdefault(module.name, set()).add(target)
            here, there = _folder(module), _folder(project.by_name[target])
            if not (_is_in(here, there) or _is_in(there, here)):
                folders.setdefault(here, set()).add(there)
    for kind, graph in (("modules", modules), ("folders", folders)):
        try:
            TopologicalSorter(graph).prepare()
        except CycleError as error:
            yield f"{kind} import in a circle: {' -> '.join(error.args[1])}"


def no_new_rings(project: Project) -> Iterator[str]:
    """Nor do modules name each other in a circle for their types, but for the rings that are known."""
    graph = {
        module.name: {target for _, target in _own_imports(project, module)} - {module.name}
        for module in project.modules
    }
    known = [{f"{room}.{name}" for name in names.split()} for room, names in RINGS]
    found = circles(graph)
    for circle in found:
        if not any(circle <= ring for ring in known):
            yield f"modules name each other in a circle: {', '.join(sorted(circle))}"
    for name in sorted(set().union(*known) & graph.keys()):
        if not any(name in circle for circle in found):
            yield f"{name} is in no ring any more: take it off the list"


def doors(project: Project) -> Iterator[str]:
    """Each third-party stack lives behind one door."""
    for module in project.modules:
        for imported in module.imports:
            allowed = DOORS.get(imported.distribution)
            if allowed is not None and not any(_is_in(module.name, door) for door in allowed):
                yield f"{module.at(imported.line)} imports {imported.target}, which lives in {allowed[0]}"


def simulator_apart(project: Project) -> Iterator[str]:
    """The simulator speaks OPC UA with the service, and in no other way."""
    for module in project.under("opcua_ml_simulator"):
        for imported in module.imports:
            if imported.distribution == "opcua_ml":
                yield f"{module.at(imported.line)} imports {imported.target}"


def simulator_unseen(project: Project) -> Iterator[str]:
    """Only the demo and the command line, which start it, know the simulator."""
    for module in project.under("opcua_ml"):
        for imported in module.imports:
            if imported.distribution == "opcua_ml_simulator" and _package(module.name) not in {"demo", "cli"}:
                yield f"{module.at(imported.line)} imports {imported.target}"


def pure_floors(project: Project) -> Iterator[str]:
    """The domain has neither I/O nor clock; domain and application see hardly any third party."""
    for floor, allowed in PURE_THIRD_PARTIES.items():
        for module in project.under(f"opcua_ml.{floor}"):
            for imported in module.imports:
                name = imported.distribution
                foreign = name not in sys.stdlib_module_names and name != "opcua_ml" and name not in allowed
                if foreign or (floor == "domain" and name in OUTSIDE_WORLD):
                    yield f"{module.at(imported.line)} imports {imported.target}"


def any_platform(project: Project) -> Iterator[str]:
    """What only Unix has is imported in a function, where there can be a fallback."""
    for module in project.modules:
        for imported in module.imports:
            if imported.distribution in UNIX_ONLY and imported.at_top:
                yield f"{module.at(imported.line)} imports {imported.target}, which Windows lacks"


def _own_imports(project: Project, module: Module) -> Iterator[tuple[Import, str]]:
    for imported in module.imports:
        target = project.imported_module(imported.target)
        if target is not None:
            yield imported, target


def _package(name: str) -> str:
    parts = name.split(".")
    return parts[1] if parts[0] == "opcua_ml" and len(parts) > 1 else ""


def _folder(module: Module) -> str:
    """The package that a module is in; a module beside the floors is one of its own."""
    parent = module.name.rpartition(".")[0]
    return module.name if module.path.name == "__init__.py" or "." not in parent else parent


def _floor(name: str) -> int | None:
    """Number of the floor; None for the package's front, which shows what is behind it, and for others."""
    if name == "opcua_ml" or not name.startswith("opcua_ml."):
        return None
    package = _package(name)
    return FLOORS["cli"] if package == "__main__" else FLOORS.get(package, GROUND)


def _is_in(name: str, package: str) -> bool:
    return name == package or name.startswith(f"{package}.")
