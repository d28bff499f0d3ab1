"""The house stays as docs/architecture.md draws it; each rule is also shown to fail where it is broken."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.architecture import arrows, habits
from tests.architecture.source import Project, read_project

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Rule = Callable[[Project], Iterator[str]]

ROOT = Path(__file__).resolve().parent.parent
LONG = "\n".join(f"x{number} = {number}" for number in range(500)) + "\n"
LONG_FUNCTION = "def f():\n" + "\n".join(f"    x{number} = {number}" for number in range(100)) + "\n"
HOST, HOME = f"{'pypi'}.org", f"/{'home'}"

FOR_TYPES = "if TYPE_CHECKING:\n    from opcua_ml.opcua import planted_too\n"
RING_OF_TYPES = "if TYPE_CHECKING:\n    from opcua_ml.domain import planted_too\n"
ENTERED = 'async def f():\n    async with TaskGroup() as mine:\n        mine.create_task(g(), name="g")\n'
GIVEN = 'def f(self, mine: TaskGroup):\n    self._its = mine\n    self._its.create_task(g(), name="g")\n'

PLANTED = [
    (arrows.floors, "opcua_ml/domain/planted.py", "from opcua_ml.application import ports\n"),
    (arrows.floors, "opcua_ml/config/planted.py", "def f():\n    import opcua_ml.opcua.planted_too\n"),
    (arrows.floors, "opcua_ml/application/planted.py", "from ..cli import main\n"),
    (arrows.floors, "opcua_ml/service/planted.py", "from opcua_ml import pack\n"),
    (arrows.floors, "opcua_ml/planted.py", "from opcua_ml.config import load\n"),
    (arrows.adapters_apart, "opcua_ml/opcua/planted.py", "from opcua_ml.runtime import planted_too\n"),
    (arrows.adapters_apart, "opcua_ml/runtime/planted.py", "import opcua_ml.opcua.planted_too\n"),
    (arrows.no_cycles, "opcua_ml/domain/planted.py", "from opcua_ml.domain import planted_too\n"),
    (arrows.no_cycles, "opcua_ml/runtime/planted.py", FOR_TYPES),
    (arrows.no_new_rings, "opcua_ml/domain/planted.py", RING_OF_TYPES),
    (arrows.doors, "opcua_ml/service/planted.py", "from asyncua import ua\n"),
    (arrows.doors, "opcua_ml/application/planted.py", "def f():\n    import sklearn.base\n"),
    (arrows.doors, "opcua_ml/opcua/planted.py", "import onnxruntime\n"),
    (arrows.doors, "opcua_ml/service/planted.py", "import typer\n"),
    (arrows.doors, "simulator/opcua_ml_simulator/planted.py", "import joblib\n"),
    (arrows.simulator_apart, "simulator/opcua_ml_simulator/planted.py", "import opcua_ml.domain.status\n"),
    (arrows.simulator_unseen, "opcua_ml/service/planted.py", "import opcua_ml_simulator\n"),
    (arrows.pure_floors, "opcua_ml/domain/planted.py", "import time\n"),
    (arrows.pure_floors, "opcua_ml/domain/planted.py", "from pydantic import BaseModel\n"),
    (arrows.pure_floors, "opcua_ml/application/planted.py", "import pandas\n"),
    (arrows.any_platform, "opcua_ml/service/planted.py", "import fcntl\n"),
    (habits.plain_names, "opcua_ml/domain/quality_utils.py", ""),
    (habits.plain_names, "opcua_ml/common/planted.py", ""),
    (habits.short_files, "opcua_ml/domain/planted.py", LONG),
    (habits.short_functions, "opcua_ml/domain/planted.py", LONG_FUNCTION),
    (habits.pure_domain, "opcua_ml/domain/planted.py", "async def f():\n    pass\n"),
    (habits.pure_domain, "opcua_ml/domain/planted.py", "from datetime import datetime\n\ndatetime.now()\n"),
    (habits.owned_tasks, "opcua_ml/service/planted.py", 'asyncio.create_task(f(), name="f")\n'),
    (habits.owned_tasks, "opcua_ml/service/planted.py", ENTERED.replace(', name="g"', "")),
    (habits.owned_tasks, "opcua_ml/service/planted.py", 'other.create_task(f(), name="f")\n'),
    (habits.narrow_excepts, "opcua_ml/service/planted.py", "try:\n    f()\nexcept:\n    raise\n"),
    (habits.narrow_excepts, "opcua_ml/service/planted.py", "try:\n    f()\nexcept Exception:\n    pass\n"),
    (habits.bounded_queues, "opcua_ml/service/planted.py", "asyncio.Queue()\n"),
    (habits.reasoned_suppressions, "opcua_ml/service/planted.py", "import os  # noqa: F401\n"),
    (habits.reasoned_suppressions, "opcua_ml/service/planted.py", "# why\nimport os  # noqa\n"),
    (habits.air_gapped, "opcua_ml/service/planted.py", 'URL = "https://example.org/schema.json"\n'),
    (habits.placeless, "docs/planted.md", f"see {HOST}\n"),
    (habits.placeless, "examples/planted.toml", f'package = "{HOME}/me/models"\n'),
]
ALLOWED = [
    (arrows.floors, "opcua_ml/service/planted.py", "from opcua_ml.opcua import planted_too\n"),
    (arrows.doors, "opcua_ml/opcua/planted.py", "from asyncua import ua\n"),
    (arrows.any_platform, "opcua_ml/service/planted.py", "def f():\n    import resource\n"),
    (habits.owned_tasks, "opcua_ml/a.py", ENTERED),
    (habits.owned_tasks, "opcua_ml/a.py", GIVEN),
    (
        habits.owned_tasks,
        "opcua_ml/a.py",
        'create_task(f(), name="f")  # owned by close(), which awaits it\n',
    ),
    (habits.bounded_queues, "opcua_ml/a.py", "q = SimpleQueue()  # bounded by the count in submit()\n"),
    (habits.narrow_excepts, "opcua_ml/a.py", "try:\n    f()\nexcept BaseException:\n    g()\n    raise\n"),
    (
        habits.narrow_excepts,
        "opcua_ml/a.py",
        "try:\n    f()\nexcept Exception:  # a plug-in's own\n    g()\n",
    ),
    (habits.reasoned_suppressions, "opcua_ml/a.py", "import os  # noqa: F401 - for others\n"),
    (
        habits.reasoned_suppressions,
        "opcua_ml/a.py",
        "# for others\nimport os  # noqa: F401\nimport re  # noqa: F401\n",
    ),
    (habits.air_gapped, "opcua_ml/a.py", 'URI = "http://opcfoundation.org/UA/"\n'),
]
RULES = list(dict.fromkeys(rule for rule, _, _ in PLANTED))


def named(value: object) -> str | None:
    """How a parameter is shown: a rule by its name, a path as it is, a snippet not at all."""
    if callable(value):
        return str(getattr(value, "__name__", value))
    return value if isinstance(value, str) and "\n" not in value and value else None


@pytest.fixture(scope="session")
def project() -> Project:
    """The checkout's own sources."""
    return read_project(ROOT)


def planted_project(root: Path, path: str, text: str) -> Project:
    """A small project, sound but for one file."""
    for name in ("domain", "application", "config", "opcua", "runtime", "service", "demo", "cli"):
        (root / "opcua_ml" / name).mkdir(parents=True)
        (root / "opcua_ml" / name / "__init__.py").write_text("")
    (root / "opcua_ml" / "__init__.py").write_text("")
    (root / "opcua_ml" / "domain" / "planted_too.py").write_text("from opcua_ml.domain import planted\n")
    (root / "opcua_ml" / "opcua" / "planted_too.py").write_text("from opcua_ml.runtime import planted\n")
    (root / "opcua_ml" / "runtime" / "planted_too.py").write_text("")
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_text(text)
    return read_project(root)


@pytest.mark.parametrize("rule", RULES, ids=named)
def test_the_code_keeps_the_rule(rule: Rule, project: Project) -> None:
    """No file of ours breaks the rule."""
    assert list(rule(project)) == []


@pytest.mark.parametrize(("rule", "path", "text"), PLANTED, ids=named)
def test_the_rule_finds_what_breaks_it(rule: Rule, path: str, text: str, tmp_path: Path) -> None:
    """A file that breaks the rule is found and named."""
    violations = list(rule(planted_project(tmp_path, path, text)))
    assert violations
    assert Path(path).stem in violations[0] or Path(path).parent.name in violations[0]


@pytest.mark.parametrize(("rule", "path", "text"), ALLOWED, ids=named)
def test_the_rule_lets_pass_what_keeps_it(rule: Rule, path: str, text: str, tmp_path: Path) -> None:
    """What looks alike and is right is not found."""
    assert list(rule(planted_project(tmp_path, path, text))) == []


def test_every_package_has_a_floor(project: Project) -> None:
    """A new folder gets its floor before it gets its first import."""
    packages = {
        module.name.split(".")[1] for module in project.under("opcua_ml") if module.name.count(".") > 1
    }
    assert packages <= set(arrows.FLOORS)
