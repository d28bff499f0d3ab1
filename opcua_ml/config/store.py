"""The section `store`."""

from pathlib import Path
from typing import Annotated

from pydantic import Field

from opcua_ml.config.section import FilePath, Section


class StoreSection(Section):
    """Where the versions of models are kept, and whose are taken."""

    folder: FilePath = Path("versions")
    """Folder of the packages and of the journals of what became of them; one service writes to it."""
    signers: FilePath = Path("signers")
    """Folder of the public keys (`<signer>.pem`, Ed25519) of those whose packages are taken."""
    allow_unsigned: bool = False
    """Whether packages are taken that nobody has signed."""
    inbox: FilePath | None = None
    """Folder that is watched: packages put there (`.zip`) are staged."""
    keep: Annotated[int, Field(ge=0, le=10_000)] = 10
    """Packages of retired and rejected versions that are kept, per model; the oldest goes first."""
    confirmation_timeout_s: Annotated[int, Field(ge=0, le=31_536_000)] = 600
    """Time within which a promoted version is to be confirmed; 0 for no probation."""
    canary_share: Annotated[float, Field(gt=0, lt=1, allow_inf_nan=False)] = 0.1
    """Share of a model's method calls that a canary answers, where StartCanary names none."""
    upload_mb: Annotated[int, Field(ge=1, le=2048)] = 256
    """Largest package that clients may upload, or that a registry may bring."""
