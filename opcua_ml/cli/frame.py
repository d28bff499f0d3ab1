"""What the command line says before the command's name; commands reach it as their context's `obj`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Frame:
    """Options that hold for every command.

    Attributes:
        verbose: whether to log at level debug, and to show an error's traceback beside its sentence.
    """

    verbose: bool = False
