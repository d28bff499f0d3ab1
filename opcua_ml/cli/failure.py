"""The one place where an error becomes a sentence on standard error and an exit code."""

from __future__ import annotations

import json
import os
import sys
import traceback
from itertools import pairwise
from typing import TYPE_CHECKING

from opcua_ml.cli.exit_code import FAILED
from opcua_ml.domain.errors import OpcuaMlError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


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


def fields(error: BaseException) -> Iterator[dict[str, str | None]]:
    """The same for programs: where, what, found, wanted, and the whole sentence."""
    if isinstance(error, BaseExceptionGroup):
        for inner in error.exceptions:
            yield from fields(inner)
    elif isinstance(error, OpcuaMlError):
        for one in getattr(error, "problems", ()) or [error]:
            told = {"where": one.where, "what": one.what, "found": one.found, "wanted": one.wanted}
            yield {key: None if value is None else str(value) for key, value in told.items()} | {
                "sentence": str(one)
            }
    elif isinstance(error, OSError):
        (sentence,) = sentences(error)
        where = None if error.filename is None else str(error.filename)
        yield {"where": where, "what": error.strerror or str(error), "sentence": sentence}


def is_foreseen(error: BaseException) -> bool:
    """Whether nothing in it is a defect in this program."""
    if isinstance(error, BaseExceptionGroup):
        return all(is_foreseen(inner) for inner in error.exceptions)
    return isinstance(error, OpcuaMlError | OSError)


def wants_json(arguments: Sequence[str]) -> bool:
    """Whether a command line asks for JSON on standard output."""
    given = [part for argument in arguments for part in argument.split("=", 1)]
    return "--json" in given or any(
        option in {"--output", "-o"} and value == "json" for option, value in pairwise(given)
    )


def tell(error: BaseException, *, verbose: bool, as_json: bool = False) -> int:
    """Print what went wrong to standard error and return the exit code.

    Args:
        error: foreseen, as `is_foreseen` says.
        verbose: whether to print the traceback too.
        as_json: whether programs read standard output: they are told there, field by field.
    """
    if verbose:
        traceback.print_exception(error, file=sys.stderr)
    for sentence in sentences(error):
        print(f"error: {sentence}", file=sys.stderr)  # noqa: T201 - the command line speaks here
    if as_json:
        _print_json({"ok": False, "problems": list(fields(error))})
    return FAILED


def _print_json(told: object) -> None:
    """To standard output, if anybody reads it: it may be what failed, on a full disk or in a closed pipe."""
    try:
        print(json.dumps(told), flush=True)  # noqa: T201 - likewise
    except OSError:
        # Else Python tries once more at its end, and complains.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
