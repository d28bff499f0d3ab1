"""The one place where an error becomes a sentence on standard error and an exit code."""

from __future__ import annotations

import sys
import traceback
from typing import TYPE_CHECKING

from opcua_ml.domain.errors import OpcuaMlError

if TYPE_CHECKING:
    from collections.abc import Iterator

FAILED = 1


def sentences(error: BaseException) -> Iterator[str]:
    """What to tell of an error that was foreseen; nothing of a defect in this program.

    Several problems found together, and errors of tasks that failed together, are told one by one.
    """
    problems = getattr(error, "problems", ())
    if isinstance(error, BaseExceptionGroup):
        for inner in error.exceptions:
            yield from sentences(inner)
    elif isinstance(error, OpcuaMlError):
        yield from map(str, problems or [error])
    elif isinstance(error, OSError):
        where = f"{error.filename}: " if error.filename else ""
        yield f"{where}{error.strerror or error}"


def is_foreseen(error: BaseException) -> bool:
    """Whether nothing in it is a defect in this program."""
    if isinstance(error, BaseExceptionGroup):
        return all(is_foreseen(inner) for inner in error.exceptions)
    return isinstance(error, OpcuaMlError | OSError)


def tell(error: BaseException, *, verbose: bool) -> int:
    """Print what went wrong to standard error and return the exit code.

    Args:
        error: foreseen, as `is_foreseen` says.
        verbose: whether to print the traceback too.
    """
    if verbose:
        traceback.print_exception(error, file=sys.stderr)
    for sentence in sentences(error):
        print(f"error: {sentence}", file=sys.stderr)  # noqa: T201 - the command line speaks here
    return FAILED
