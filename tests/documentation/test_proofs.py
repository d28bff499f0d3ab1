"""Tables that say what is proved by which test name tests that exist, in the column that fits."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
EDGES = ROOT / "docs" / "asyncua-edges.md"
TEST = re.compile(r"\b(test_\w+)\.(test_\w+)\b")
PAIRS = {"test_plain_asyncua_asks_no_application_for_trust", "test_plain_asyncua_ends_without_a_word"}
"""They run plain asyncua themselves, beside a test of their own for ours."""

REQUIREMENTS = [
    *((1, number) for number in (1, 2, 3, 4, 5, 7, 8, 9, 10, 11, 12, 14)),
    *((2, number) for number in (1, 2, 4, 5, 6, 8, 9, 10, 11, 12)),
    *((3, number) for number in range(1, 10)),
    *((4, number) for number in (1, 2, 3)),
    *((5, 1), (6, 1), (6, 2)),
    *((7, number) for number in (1, 2, 3, 4, 6, 7, 8)),
]
"""Component requirements of IEC 62443-4-2 at level 2; the others are for network devices or higher levels."""


def known_tests() -> dict[str, dict[str, bool]]:
    """By module and name of every test: whether it is to fail on plain asyncua."""
    found: dict[str, dict[str, bool]] = {}
    for path in (ROOT / "tests").rglob("test_*.py"):
        module = found.setdefault(path.stem, {})
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                marks = {mark.id for mark in node.decorator_list if isinstance(mark, ast.Name)}
                module[node.name] = "weak_in_asyncua" in marks or node.name in PAIRS
    return found


def rows() -> list[list[str]]:
    """The numbered rows of the page of edges."""
    lines = EDGES.read_text(encoding="utf-8").splitlines()
    return [
        [cell.strip() for cell in line.strip("|").split("|")] for line in lines if re.match(r"\| \d", line)
    ]


def test_every_edge_has_a_test_that_fails_on_plain_asyncua() -> None:
    """Numbered without a gap, and each named test runs on both servers."""
    known = known_tests()
    assert [int(row[0]) for row in rows()] == list(range(1, len(rows()) + 1))
    for number, _, weak, _ in rows():
        named = TEST.findall(weak)
        assert named, number
        for module, name in named:
            assert known.get(module, {}).get(name), (
                f"line {number}: {module}.{name} does not fail on plain asyncua"
            )


@pytest.mark.parametrize("page", ["asyncua-edges.md", "security.md"])
def test_every_test_that_a_page_names_exists(page: str) -> None:
    """Files and functions, under the names that the page has."""
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    known = known_tests()
    for module, name in TEST.findall(text.replace(".py", "")):
        assert name in known.get(module, {}), f"{module}.{name}"
    for module in re.findall(r"\b(test_\w+)\.py\b", text):
        assert module in known, module


def test_every_requirement_of_iec_62443_has_a_test_or_is_the_integrators() -> None:
    """All of security level 2 for components, in the order of the standard."""
    text = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
    chapter = text.partition("## IEC 62443-4-2\n")[2].partition("\n## ")[0]
    found = re.findall(r"^\| (?:CR|SAR) (\d+)\.(\d+) [^|]*\| ([^|]*) \|$", chapter, re.MULTILINE)
    assert [(int(part), int(number)) for part, number, _ in found] == REQUIREMENTS
    for part, number, met_by in found:
        assert re.search(r"test_\w+\.py|the integrator's|\.ci/", met_by), f"CR {part}.{number}"
