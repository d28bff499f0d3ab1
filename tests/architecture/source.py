"""Source files as the rules see them: parsed once, with their imports and comments."""

from __future__ import annotations

import ast
import io
import tokenize
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SOURCE_FOLDERS = ("opcua_ml", "simulator/opcua_ml_simulator")
SKIPPED = {".git", "node_modules", "__pycache__", "results"}


@dataclass(frozen=True, slots=True)
class Import:
    """One import: what is imported, as far as its dotted name goes, and where.

    Attributes:
        at_top: whether it runs whenever the module is imported.
        for_types: whether it never runs, as only annotations need it.
    """

    target: str
    line: int
    at_top: bool
    for_types: bool

    @property
    def distribution(self) -> str:
        """The first part of the name."""
        return self.target.partition(".")[0]


@dataclass(frozen=True)
class Module:
    """One file of Python."""

    name: str
    path: Path
    shown: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        """Its syntax tree."""
        return ast.parse(self.text)

    @property
    def lines(self) -> int:
        """How many lines it has."""
        return self.text.count("\n")

    @cached_property
    def imports(self) -> tuple[Import, ...]:
        """Everything it imports, in functions and for types alone included."""
        top = set(map(id, self.tree.body))
        for_types = {id(one) for node in ast.walk(self.tree) if _is_for_types(node) for one in ast.walk(node)}
        return tuple(
            Import(target, node.lineno, id(node) in top, id(node) in for_types)
            for node in ast.walk(self.tree)
            if isinstance(node, ast.Import | ast.ImportFrom)
            for target in self._targets(node)
        )

    @cached_property
    def comments(self) -> dict[int, str]:
        """Line number to comment."""
        tokens = tokenize.generate_tokens(io.StringIO(self.text).readline)
        return {token.start[0]: token.string for token in tokens if token.type == tokenize.COMMENT}

    def at(self, line: int) -> str:
        """A place in it, as violations name it."""
        return f"{self.shown}:{line}"

    def _targets(self, node: ast.Import | ast.ImportFrom) -> Iterator[str]:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        else:
            base = node.module or ""
            if node.level:
                package = self.name if self.path.name == "__init__.py" else self.name.rpartition(".")[0]
                parts = package.split(".")[: len(package.split(".")) - node.level + 1]
                base = ".".join([*parts, base] if base else parts)
            yield from (f"{base}.{alias.name}" for alias in node.names)


@dataclass(frozen=True)
class Project:
    """All source files of a checkout, or of a copy with something planted in it."""

    root: Path
    modules: tuple[Module, ...]

    @cached_property
    def by_name(self) -> dict[str, Module]:
        """Modules by their dotted names."""
        return {module.name: module for module in self.modules}

    def imported_module(self, target: str) -> str | None:
        """The module of ours that an import's target is or is in, or None."""
        while target:
            if target in self.by_name:
                return target
            target = target.rpartition(".")[0]
        return None

    def under(self, *packages: str) -> Iterator[Module]:
        """The modules of some packages, by dotted name."""
        for module in self.modules:
            if any(module.name == one or module.name.startswith(f"{one}.") for one in packages):
                yield module


def read_project(root: Path) -> Project:
    """Parse what stands under the source folders of a checkout."""
    return Project(root, tuple(_modules(root)))


def _is_for_types(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)


def _modules(root: Path) -> Iterator[Module]:
    for folder in SOURCE_FOLDERS:
        base = (root / folder).parent
        for path in sorted((root / folder).rglob("*.py")):
            parts = path.relative_to(base).with_suffix("").parts
            name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
            yield Module(name, path, path.relative_to(root).as_posix(), path.read_text(encoding="utf-8"))
