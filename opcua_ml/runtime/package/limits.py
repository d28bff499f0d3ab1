"""How much a package may hold before it is refused: what reads a file must know when to stop."""

from __future__ import annotations

from dataclasses import dataclass

MEBIBYTE = 2**20


@dataclass(frozen=True, slots=True)
class Limits:
    """Sizes in bytes, after unpacking where the package is a zip.

    Attributes:
        manifest: of `manifest.toml`.
        golden: of the golden rows.
        artifact: of one artifact.
        total: of everything in a zip together.
        entries: files in a zip.
        ratio: unpacked to packed size of one file in a zip; small files may be over it.
    """

    manifest: int = 4 * MEBIBYTE
    golden: int = 64 * MEBIBYTE
    artifact: int = 1024 * MEBIBYTE
    total: int = 2048 * MEBIBYTE
    entries: int = 64
    ratio: int = 200


DEFAULT_LIMITS = Limits()

INSIDE_AN_ARTIFACT = Limits(entries=100_000, ratio=1000)
"""For a zip that is itself an artifact, as skops has them: one file per array."""
