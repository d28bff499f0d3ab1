"""What ships beside the code is found from a checkout and from an installed wheel."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from shutil import copytree

import pytest

from opcua_ml import bundled
from opcua_ml.domain.errors import PackageError
from opcua_ml.domain.wording import Wording
from opcua_ml.runtime.package.package import open_package

PACKAGE = Path(bundled.__file__).parent


def _run(root: Path, code: str) -> subprocess.CompletedProcess[str]:
    """The code with a package of ours at `root` and no other on the path."""
    return subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(root)!r})\n{code}"],
        capture_output=True,
        text=True,
        check=False,
        cwd=root,
        timeout=60,
    )


def _copied(root: Path) -> None:
    (root / "opcua_ml" / "domain").mkdir(parents=True)
    for name in ("__init__.py", "bundled.py", "domain/__init__.py", "domain/errors.py", "domain/wording.py"):
        (root / "opcua_ml" / name).write_bytes((PACKAGE / name).read_bytes())


def test_the_node_set_is_found_in_a_checkout() -> None:
    """The nodeset's file and table are there."""
    assert bundled.node_set().is_file()
    assert bundled.node_ids().is_file()


def test_the_node_set_is_found_in_a_wheel(tmp_path: Path) -> None:
    """In a wheel the folder lies inside the package, beside the module of the same name."""
    _copied(tmp_path)
    copytree(bundled.nodesets(), tmp_path / "opcua_ml" / "bundled" / "nodesets")
    done = _run(tmp_path, "from opcua_ml import bundled; print(bundled.node_set())")
    assert done.stdout.strip() == str(tmp_path / "opcua_ml" / "bundled" / "nodesets" / "OpcUaMl.NodeSet2.xml")


def test_a_damaged_installation_is_told_in_one_sentence(tmp_path: Path) -> None:
    """Without the folder the error says what is missing and where it was looked for."""
    _copied(tmp_path)
    code = (
        "from opcua_ml import bundled\n"
        "from opcua_ml.domain.errors import PackageError\n"
        "try:\n    bundled.node_set()\nexcept PackageError as error:\n    print(error)"
    )
    assert "the folder nodesets that ships with opcua_ml is missing" in _run(tmp_path, code).stdout


def test_bundled_models_are_folders_with_a_manifest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only packages are listed, by name; an unknown name is refused with those that there are."""
    for name in ("b", "a"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "manifest.toml").touch()
    (tmp_path / "c").mkdir()
    monkeypatch.setattr(bundled, "folder", lambda _: tmp_path)
    assert [path.name for path in bundled.models()] == ["a", "b"]
    assert bundled.model("b") == tmp_path / "b"
    assert bundled.package("b") == tmp_path / "b"
    assert [str(bundled.package(path)) for path in ("./b", "./x", str(tmp_path))] == ["b", "x", str(tmp_path)]
    with pytest.raises(PackageError, match=r"x: no model package here; wanted a folder, .* model: a, b$"):
        bundled.package("x")
    with pytest.raises(PackageError, match="no such bundled model; found x; wanted a, b"):
        bundled.model("x")


@pytest.mark.parametrize("path", bundled.models(), ids=lambda path: path.name)
def test_bundled_models_are_told_in_german_too(path: Path) -> None:
    """Names, descriptions and classes: a panel in German shows no half of them in English."""
    card = open_package(path).card
    signature = card.signature
    words = [card.display_name, card.description]
    for ports in (signature.inputs, signature.outputs):
        words += [text for port in ports for text in (port.details.display_name, port.description)]
    words += [name for item in signature.outputs for name in item.details.category_names]
    assert [one for one in words if not isinstance(one, Wording) or not one.translations.get("de")] == []
    assert all(len(item.details.category_names) == len(item.categories) for item in signature.outputs)
