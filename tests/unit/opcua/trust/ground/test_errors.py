"""What our log says of a connection that was refused."""

from __future__ import annotations

import pytest
from asyncua.common.utils import ServiceError
from asyncua.ua.status_codes import StatusCodes

from opcua_ml.opcua.trust.ground.errors import ConnectionFailure

Code = StatusCodes


def _raised(reason: str, *causes: Exception) -> ConnectionFailure:
    failure = ConnectionFailure(Code.BadSecurityChecksFailed, reason)
    above: Exception = failure
    for cause in causes:
        above.__cause__ = cause
        above = cause
    return failure


@pytest.mark.parametrize(
    ("failure", "why"),
    [
        (_raised("chunks of two requests mixed"), "chunks of two requests mixed"),
        (
            _raised("", ServiceError(Code.BadSecurityChecksFailed), ValueError("'urn:x' is not\n trusted")),
            "'urn:x' is not trusted",
        ),
        (_raised("", KeyError()), "KeyError, that is wrong bytes or another key"),
        (_raised(""), "An error occurred verifying security."),
        (_raised("", ServiceError(Code.BadSecurityChecksFailed)), "An error occurred verifying security."),
    ],
)
def test_the_true_reason_is_told(failure: ConnectionFailure, why: str) -> None:
    """Ours, that of what caused it, or at least what the StatusCode means; never nothing."""
    assert failure.why == why


def test_a_reason_is_not_longer_than_a_line() -> None:
    """Names in it are the stranger's."""
    assert len(_raised("", ValueError("x" * 10_000)).why) == 300
