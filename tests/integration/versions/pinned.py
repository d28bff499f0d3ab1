"""Pinned data on which models are held against each other."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from tests.integration.versions.site import ROWS

if TYPE_CHECKING:
    from pathlib import Path


def pinned(folder: Path, gain: float) -> str:
    """Configuration of pinned data on which the model of this gain is right."""
    lines = ["x1,x2,target", *(f"{x1!r},{x2!r},{gain * (x1 + x2)!r}" for x1, x2 in ROWS.tolist())]
    path = folder / "pinned.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return f"""
        [models.sum.gates]
        evaluation = {{ path = "pinned.csv", sha256 = "{digest}" }}
    """
