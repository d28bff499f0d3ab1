"""What is shipped beside the code: nodesets and trained models, from a wheel or from a checkout."""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path

from opcua_ml.domain.errors import PackageError

_NODE_SET = "OpcUaMl.NodeSet2.xml"
_ADI_NODE_SET = "OpcUaMl.Adi.NodeSet2.xml"
_RESULT_NODE_SET = "OpcUaMl.Result.NodeSet2.xml"
_NODE_IDS = "OpcUaMl.NodeIds.csv"
_MANIFEST = "manifest.toml"


def folder(name: str) -> Path:
    """The shipped folder of this name: inside the package, or beside it in a checkout.

    Args:
        name: «nodesets» or «models».

    Raises:
        PackageError: neither is there; the installation is damaged.
    """
    package = Path(__file__).resolve().parent
    candidates = (package / "bundled" / name, package.parent / name)
    for candidate in candidates:
        if candidate.is_dir():
            return candidate
    raise PackageError(
        f"the folder {name} that ships with opcua_ml is missing",
        found="an incomplete installation",
        wanted=" or ".join(map(str, candidates)),
    )


def nodesets() -> Path:
    """The folder of NodeSet2 files."""
    return folder("nodesets")


def node_set() -> Path:
    """The NodeSet2 file of our own types; PackageError where the installation lacks it."""
    return _file(_NODE_SET)


def adi_node_set() -> Path:
    """The NodeSet2 file of our type of ADI's devices; PackageError where the installation lacks it."""
    return _file(_ADI_NODE_SET)


def result_node_set() -> Path:
    """The NodeSet2 file of our type of Machinery's events; PackageError where the installation lacks it."""
    return _file(_RESULT_NODE_SET)


def node_ids() -> Path:
    """The table of its symbols and numbers; PackageError where the installation lacks it."""
    return _file(_NODE_IDS)


def text_catalogues() -> tuple[Path, ...]:
    """The tables of our texts in other languages; a file is named by its LocaleId."""
    return tuple(sorted((nodesets() / "texts").glob("*.toml")))


def _file(name: str) -> Path:
    path = nodesets() / name
    if not path.is_file():
        raise PackageError(
            "a file that ships with opcua_ml is missing", where=str(path), wanted="a whole installation"
        )
    return path


def models() -> tuple[Path, ...]:
    """The folders of the bundled model packages, by name; a package is a folder with a manifest."""
    return tuple(sorted(path.parent for path in folder("models").glob(f"*/{_MANIFEST}")))


def package(named: str) -> Path:
    """The folder or file of this path; where there is none, the bundled model's of this name.

    Raises:
        PackageError: there is neither.
    """
    path = Path(named)
    if path.exists() or path.name != named:
        return path
    known = {one.name: one for one in models()}
    if named not in known:
        near = get_close_matches(named, known, n=1)
        raise PackageError(
            "no model package here" + (f', did you mean the bundled model "{near[0]}"?' if near else ""),
            where=named,
            wanted=f"a folder, a .zip file or a bundled model: {', '.join(known) or 'none is bundled'}",
        )
    return known[named]


def model(name: str) -> Path:
    """The folder of one bundled model package.

    Raises:
        PackageError: there is none of that name.
    """
    known = {path.name: path for path in models()}
    if name not in known:
        raise PackageError("no such bundled model", found=name, wanted=", ".join(known) or "none is bundled")
    return known[name]
