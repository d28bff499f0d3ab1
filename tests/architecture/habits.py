"""Rules about how files are written."""

from __future__ import annotations

import ast
import re
from statistics import median
from typing import TYPE_CHECKING

from tests.architecture.source import SKIPPED

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.architecture.source import Module, Project

DRAWERS = {"util", "helper", "common", "manager", "misc", "stuff", "tool", "shared"}
LONGEST_FILE, LONG_FILE, LONG_FILES_SHARE, MEDIAN_FILE = 400, 300, 0.05, 150
LONGEST_FUNCTION, LONG_FUNCTION, LONG_FUNCTIONS_SHARE = 80, 40, 0.03
TEXT_SUFFIXES = {
    ".py",
    ".md",
    ".toml",
    ".txt",
    ".json",
    ".js",
    ".cfg",
    ".ini",
    ".yml",
    ".yaml",
    ".csv",
    ".sh",
    "",
}
TEXT_FOLDERS = ("opcua_ml", "simulator", "models", "tests", "docs", "examples", "benchmarks", ".ci", ".")
REGISTRIES = re.compile(
    "|".join(
        re.escape(".".join(parts))
        for parts in (
            ("pypi", "org"),
            ("pythonhosted", "org"),
            ("npmjs", "org"),
            ("npmjs", "com"),
            ("conda", "org"),
        )
    )
)
MACHINE_PATHS = re.compile(r"(?<![\w.$}/-])/(?:work|root|home|Users)/\w")
IDENTIFIERS = ("http://opcfoundation.org/", "http://www.opcfoundation.org/", "http://www.w3.org/")
BARE_SUPPRESSION = re.compile(r"#\s*noqa(?!: [A-Z]+\d)")
UNREASONED = re.compile(r"#\s*noqa: [A-Z]+\d+(?:, ?[A-Z]+\d+)*\s*$")
QUEUES = {"Queue", "LifoQueue", "PriorityQueue", "SimpleQueue"}
PURE_CALLS = {"open", "print", "input"}
CLOCKS = {"now", "utcnow", "today"}


def plain_names(project: Project) -> Iterator[str]:
    """A file is a noun of the glossary; nothing is a drawer for whatever has no place."""
    for module in project.modules:
        for part in module.name.split("."):
            words = {word.removesuffix("s") for word in part.lower().split("_")}
            if words & DRAWERS:
                yield f"{module.shown} is named {part}"


def short_files(project: Project) -> Iterator[str]:
    """A file can be held in the head."""
    sizes = [module.lines for module in project.modules if module.path.name != "__init__.py"]
    for module in project.modules:
        if module.lines > LONGEST_FILE:
            yield f"{module.shown} has {module.lines} lines"
    if sizes and median(sizes) > MEDIAN_FILE:
        yield f"the median file has {median(sizes):.0f} lines"
    if sizes and sum(size > LONG_FILE for size in sizes) > max(1, LONG_FILES_SHARE * len(sizes)):
        yield f"more than {LONG_FILES_SHARE:.0%} of the files have over {LONG_FILE} lines"


def short_functions(project: Project) -> Iterator[str]:
    """A function's body fits on a screen; longer ones are rare. Signature and docstring don't count."""
    found = [
        (module, node.lineno, node.name, _body_lines(node))
        for module in project.modules
        for node in ast.walk(module.tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    for module, line, name, length in found:
        if length > LONGEST_FUNCTION:
            yield f"{module.at(line)} {name} has {length} lines"
    if sum(length > LONG_FUNCTION for *_, length in found) > max(1, LONG_FUNCTIONS_SHARE * len(found)):
        yield f"more than {LONG_FUNCTIONS_SHARE:.0%} of the functions have over {LONG_FUNCTION} lines"


def pure_domain(project: Project) -> Iterator[str]:
    """Nothing in the domain waits, prints, opens files or looks at the clock."""
    for module in project.under("opcua_ml.domain"):
        for node in ast.walk(module.tree):
            if isinstance(node, ast.AsyncFunctionDef | ast.Await):
                yield f"{module.at(node.lineno)} is async"
            elif isinstance(node, ast.Call) and _called(node) in PURE_CALLS | CLOCKS:
                yield f"{module.at(node.lineno)} calls {_called(node)}"


def owned_tasks(project: Project) -> Iterator[str]:
    """Tasks are started by a TaskGroup and named; any other owner is told in a comment «owned by …»."""
    for module in project.modules:
        groups = _task_groups(module)
        for node in ast.walk(module.tree):
            if not isinstance(node, ast.Call) or _called(node) not in {"create_task", "ensure_future"}:
                continue
            if _owner(node) not in groups and "owned by" not in _comments_at(module, node):
                yield f"{module.at(node.lineno)} starts a task outside of a TaskGroup"
            if not any(keyword.arg == "name" for keyword in node.keywords):
                yield f"{module.at(node.lineno)} starts a task without a name"


def narrow_excepts(project: Project) -> Iterator[str]:
    """Errors are caught by name; who catches all says why on that line, or raises again."""
    for module in project.modules:
        for node in ast.walk(module.tree):
            if not isinstance(node, ast.ExceptHandler):
                continue
            if node.type is None:
                yield f"{module.at(node.lineno)} catches everything"
            elif _is_broad(node.type) and not _raises(node) and node.lineno not in module.comments:
                yield f"{module.at(node.lineno)} catches every error and gives no reason"


def bounded_queues(project: Project) -> Iterator[str]:
    """Every queue has a size; one that is bounded otherwise says how in a comment «bounded by …»."""
    for module in project.modules:
        for node in ast.walk(module.tree):
            if not isinstance(node, ast.Call) or _called(node) not in QUEUES or node.args or node.keywords:
                continue
            if "bounded by" not in _comments_at(module, node):
                yield f"{module.at(node.lineno)} makes a queue without a size"


def reasoned_suppressions(project: Project) -> Iterator[str]:
    """A linter's rule is set aside by its code, with the reason behind it or in a comment right above."""
    for module in project.modules:
        for line, comment in module.comments.items():
            bare = BARE_SUPPRESSION.search(comment)
            if bare or (UNREASONED.search(comment) and not _is_explained_above(module, line)):
                yield f"{module.at(line)} sets a rule aside without code or reason"


def _is_explained_above(module: Module, line: int) -> bool:
    """Whether the line, or the run of such lines that it is in, stands below a comment of its own."""
    while UNREASONED.search(module.comments.get(line, "")):
        line -= 1
    return line in module.comments and module.text.splitlines()[line - 1].lstrip().startswith("#")


def air_gapped(project: Project) -> Iterator[str]:
    """The code names no address on the web but those that are identifiers of standards."""
    for module in project.modules:
        for number, line in enumerate(module.text.splitlines(), 1):
            for url in re.findall(r"https?://[^\s\"'`)>]+", line):
                if not url.startswith(IDENTIFIERS):
                    yield f"{module.at(number)} names {url}"


def placeless(project: Project) -> Iterator[str]:
    """No file names a package registry's host, nor a folder of the machine that it was written on."""
    for path in _texts(project.root):
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
            if REGISTRIES.search(line) or MACHINE_PATHS.search(line):
                shown = path.relative_to(project.root).as_posix()
                yield f"{shown}:{number} names a registry's host or a machine's folder"


def _texts(root: Path) -> Iterator[Path]:
    for folder in TEXT_FOLDERS:
        found = (root / folder).iterdir() if folder == "." else (root / folder).rglob("*")
        for path in found:
            inside = path.relative_to(root).parts
            if path.is_file() and path.suffix in TEXT_SUFFIXES and not SKIPPED.intersection(inside):
                yield path


def _called(node: ast.Call) -> str:
    function = node.func
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def _owner(node: ast.Call) -> str:
    """What a method is called on, by its last name."""
    return _last_name(node.func.value) if isinstance(node.func, ast.Attribute) else ""


def _last_name(node: ast.expr | None) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def _task_groups(module: Module) -> set[str]:
    """Names in a module that stand for a TaskGroup: entered, annotated, or assigned from such a one."""
    found: set[str] = set()
    for node in ast.walk(module.tree):
        if isinstance(node, ast.withitem) and isinstance(node.context_expr, ast.Call):
            if _called(node.context_expr) == "TaskGroup":
                found.add(_last_name(node.optional_vars))
        elif isinstance(node, ast.arg | ast.AnnAssign) and "TaskGroup" in ast.dump(node.annotation or node):
            found.add(node.arg if isinstance(node, ast.arg) else _last_name(node.target))
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Assign) and _last_name(node.value) in found:
            found.update(map(_last_name, node.targets))
    return found - {""}


def _body_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    statements = node.body[1:] if ast.get_docstring(node, clean=False) is not None else node.body
    return (node.end_lineno or node.lineno) - statements[0].lineno + 1 if statements else 0


def _comments_at(module: Module, node: ast.Call) -> str:
    """The comments on the lines of a call and on the one above it."""
    lines = range(node.lineno - 1, (node.end_lineno or node.lineno) + 1)
    return " ".join(module.comments.get(line, "") for line in lines)


def _is_broad(kind: ast.expr) -> bool:
    kinds = kind.elts if isinstance(kind, ast.Tuple) else [kind]
    return any(getattr(one, "id", "") in {"Exception", "BaseException"} for one in kinds)


def _raises(handler: ast.ExceptHandler) -> bool:
    return any(isinstance(node, ast.Raise) for node in ast.walk(handler))
