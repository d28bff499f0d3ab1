"""«Did you mean …?»: the nearest of the known names."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def did_you_mean(found: str, known: Iterable[str]) -> str | None:
    """The known name that `found` is most likely a misspelling of, or None."""
    by_folded = {name.casefold().replace("-", "_"): name for name in known}
    near = get_close_matches(found.casefold().replace("-", "_"), by_folded, n=1, cutoff=0.6)
    return by_folded[near[0]] if near else None


def unknown_name(kind: str, found: str, known: Iterable[str]) -> tuple[str, str]:
    """What to say of a name that nothing has, and what would have been right.

    Args:
        kind: what it would be a name of, such as «key».
        found: the name as written.
        known: the names that exist.
    """
    names = list(known)
    near = did_you_mean(found, names)
    if near is not None:
        return f'unknown {kind} "{found}", did you mean "{near}"?', ""
    if names:
        return f'unknown {kind} "{found}"', f"one of {', '.join(names)}"
    return f'unknown {kind} "{found}", as there is none at all', ""
