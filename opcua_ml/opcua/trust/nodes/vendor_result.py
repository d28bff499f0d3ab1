"""The result of a Call with what its maker has to say of it, for clients that ask for diagnostics.

Source: OPC UA Part 4, 7.12 (DiagnosticInfo), 7.32 (RequestHeader.returnDiagnostics).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from asyncua import ua

if TYPE_CHECKING:
    from collections.abc import Sequence

SYMBOLIC_ID: Final = 0x20
"""Bits of `returnDiagnostics` for single operations; those of whole requests are lower."""
ADDITIONAL_INFO: Final = 0x80


class VendorResult(ua.CallMethodResult):
    """A CallMethodResult that knows its vendor's code.

    Attributes:
        vendor_code: a short name of the condition; empty where there is nothing to say.
        vendor_words: the same as a sentence.
    """

    vendor_code: str = ""
    vendor_words: str = ""


def tell_vendor_codes(response: ua.CallResponse, results: Sequence[ua.CallMethodResult], asked: int) -> None:
    """Put the codes that the client asked for into a response; without any it stays as it is.

    Args:
        response: whose DiagnosticInfos, one per operation, name entries of its StringTable.
        results: of its operations.
        asked: the request's returnDiagnostics.
    """
    if not asked & (SYMBOLIC_ID | ADDITIONAL_INFO):
        return
    table: list[str] = []
    told = [_told(result, asked, table) for result in results]
    if any(isinstance(result, VendorResult) and result.vendor_code for result in results):
        response.DiagnosticInfos = told
        response.ResponseHeader.StringTable = [ua.String(entry) for entry in table]


def _told(result: ua.CallMethodResult, asked: int, table: list[str]) -> ua.DiagnosticInfo:
    info = ua.DiagnosticInfo()
    if not isinstance(result, VendorResult) or not result.vendor_code:
        return info
    if asked & SYMBOLIC_ID:
        if result.vendor_code not in table:
            table.append(result.vendor_code)
        info.SymbolicId = ua.Int32(table.index(result.vendor_code))
    if asked & ADDITIONAL_INFO:
        info.AdditionalInfo = ua.String(result.vendor_words)
    return info
