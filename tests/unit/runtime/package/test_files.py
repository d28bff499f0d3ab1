"""Zips as the tools of desktops make them."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

import pytest

from opcua_ml.runtime.package.package import Package, open_package

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("litter", ["__MACOSX/pump/._manifest.toml", ".DS_Store", "pump/.DS_Store"])
def test_what_the_finder_adds_to_a_zip_does_not_hide_the_package(
    litter: str, packed: Package, tmp_path: Path
) -> None:
    """The package is found in its folder, and nobody looks at the rest."""
    path = tmp_path / "pump.zip"
    with zipfile.ZipFile(path, "w") as made:
        for file in packed.path.iterdir():
            made.write(file, f"pump/{file.name}")
        made.writestr(litter, b"litter")
    assert open_package(path).content_hash == packed.content_hash
