"""Every domain error has a StatusCode."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from asyncua.ua.status_codes import StatusCodes

import opcua_ml
from opcua_ml.domain import errors
from opcua_ml.opcua.status_codes import ARGUMENT_CODES, STATUS_CODES, argument_status_of, status_of


def _error_classes(root: str) -> set[str]:
    """Names of all classes of the inner floors that descend from one, whichever file defines them."""
    bases: dict[str, set[str]] = {}
    package = Path(opcua_ml.__path__[0])
    for file in (*(package / "domain").rglob("*.py"), *(package / "application").rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef):
                bases[node.name] = {ast.unparse(base).rpartition(".")[2] for base in node.bases}
    found = {root}
    while more := {name for name, parents in bases.items() if parents & found} - found:
        found |= more
    return found


def test_the_table_is_total() -> None:
    """No error of the domain or the application lacks a line; those of the adapters stay inside them."""
    names = _error_classes("OpcuaMlError")
    assert len(names) > 20
    assert names - {kind.__name__ for kind in STATUS_CODES} == set()


def test_the_arguments_table_is_total() -> None:
    """No error about one input lacks a line."""
    assert _error_classes("InputInvalid") == {kind.__name__ for kind in ARGUMENT_CODES}


@pytest.mark.parametrize("code", [*STATUS_CODES.values(), *ARGUMENT_CODES.values()])
def test_every_code_is_bad_and_tells_something(code: int) -> None:
    """An error is never Good, nor BadUnexpectedError."""
    assert code & 0x80000000
    assert code != StatusCodes.BadUnexpectedError


def test_a_foreign_child_has_its_parents_code() -> None:
    """An error that somebody derives from ours is answered as ours."""

    class Odd(errors.ModelUnavailable):
        """Not in the table."""

    class OddInput(errors.InputOutOfRange):
        """Not in the table either."""

    assert status_of(Odd("odd")) == StatusCodes.BadInvalidState
    assert argument_status_of(OddInput("odd", index=0)) == StatusCodes.BadOutOfRange
