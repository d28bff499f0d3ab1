"""Methods that can answer at once: what their code offers beside its coroutine.

The code of a Method runs as a task, so that it may wait. Code that never waits and is quicker than a task may
offer to be asked in passing, while the request's bytes are at hand.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from asyncua import ua

InlineAnswer = Callable[[tuple[Any, ...]], bytes | None]
"""From the arguments, each of the declared type, to the OutputArguments as on the wire, count first.

None, with nothing done, where the coroutine has to be asked: it then answers the same arguments."""


class InlineMethod(Protocol):
    """The owner of a Method's code, `call`, that may be asked to answer at once as well."""

    inline_answer: InlineAnswer | None
    """For arguments that are scalar numbers and Booleans.

    It must not wait, raise or refuse; what it counts it counts as the coroutine does."""

    async def call(self, parent: ua.NodeId, *given: ua.Variant) -> ua.CallMethodResult:
        """The Method's code as the server calls it."""
        ...


def inline_answer(code: object) -> InlineAnswer | None:
    """How the Method with this code answers at once; None where it does not."""
    owner = getattr(code, "__self__", None)
    found: InlineAnswer | None = getattr(owner, "inline_answer", None)
    return found if found is not None and getattr(owner, "call", None) == code else None
