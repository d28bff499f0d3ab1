"""Answers to method calls.

Source: OPC UA Part 4, 5.12.2 (Call), 7.12 (DiagnosticInfo).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from asyncua import ua

from opcua_ml.domain.errors import InputInvalid, OpcuaMlError
from opcua_ml.domain.status import Status
from opcua_ml.opcua.status_codes import argument_status_of, status_of
from opcua_ml.opcua.trust.nodes.vendor_result import VendorResult
from opcua_ml.opcua.values import shared_status

if TYPE_CHECKING:
    from collections.abc import Sequence

_LONGEST_WORDS: Final = 8192


def answered(outputs: Sequence[ua.Variant]) -> ua.CallMethodResult:
    """A call that went well."""
    return ua.CallMethodResult(StatusCode=shared_status(Status.Good), OutputArguments=list(outputs))


def failed(code: int) -> ua.CallMethodResult:
    """A call that failed for a reason beside its arguments."""
    return ua.CallMethodResult(StatusCode=shared_status(code))


def refused(error: OpcuaMlError, argument: int, count: int, what: str = "") -> ua.CallMethodResult:
    """A call that a domain error ended.

    Args:
        error: what is wrong.
        argument: place of the argument that the error is about, where it is about one.
        count: of the arguments given; with BadInvalidArgument each gets a code of its own.
        what: is wrong, in words; a client that asks for diagnostics reads it as AdditionalInfo of the call,
            and of the argument.
    """
    words = what or error.sentence
    result = VendorResult(StatusCode=shared_status(status_of(error)))
    result.vendor_code, result.vendor_words = type(error).__name__, words[:_LONGEST_WORDS]
    if isinstance(error, InputInvalid):
        codes = [shared_status(Status.Good)] * count
        codes[argument] = shared_status(argument_status_of(error))
        result.InputArgumentResults = codes
        told = [ua.DiagnosticInfo() for _ in codes]
        told[argument] = ua.DiagnosticInfo(AdditionalInfo=ua.String(result.vendor_words))
        result.InputArgumentDiagnosticInfos = told
    return result
