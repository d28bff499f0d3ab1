"""Which StatusCode tells a client of which domain error: one table, proved total by a test.

Source: OPC UA Part 4, 7.39.2 (common StatusCodes), 5.12.2.4 (Call result codes).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from asyncua.ua.status_codes import StatusCodes

from opcua_ml.domain import errors
from opcua_ml.domain.alarm.condition import ConditionRefused

if TYPE_CHECKING:
    from collections.abc import Mapping

_CODES = StatusCodes

STATUS_CODES: Mapping[type[errors.OpcuaMlError], int] = {
    errors.OpcuaMlError: _CODES.BadInternalError,
    errors.ConfigurationError: _CODES.BadConfigurationError,
    errors.PackageError: _CODES.BadConfigurationError,
    errors.ManifestInvalid: _CODES.BadDecodingError,
    errors.HashMismatch: _CODES.BadSecurityChecksFailed,
    errors.LibraryMismatch: _CODES.BadNotSupported,
    errors.ArtifactUntrusted: _CODES.BadSecurityChecksFailed,
    errors.ArtifactCorrupted: _CODES.BadDecodingError,
    errors.GoldenRowsMismatch: _CODES.BadConfigurationError,
    errors.SignatureInvalid: _CODES.BadSecurityChecksFailed,
    errors.GateFailed: _CODES.BadConfigurationError,
    errors.StoreFailed: _CODES.BadResourceUnavailable,
    errors.FolderInUse: _CODES.BadResourceUnavailable,
    errors.ModelUnknown: _CODES.BadNotFound,
    errors.TooManyRequests: _CODES.BadServerTooBusy,
    errors.VersionUnknown: _CODES.BadNotFound,
    errors.VersionTaken: _CODES.BadEntryExists,
    errors.TransitionRefused: _CODES.BadInvalidState,
    ConditionRefused: _CODES.BadInvalidState,  # each refusal has its own code in the methods of Part 9
    errors.HistoryFailed: _CODES.BadDataUnavailable,
    errors.HistoryDamaged: _CODES.BadDataLost,
    errors.PredictionError: _CODES.BadInternalError,
    errors.ArgumentsMissing: _CODES.BadArgumentsMissing,
    errors.TooManyArguments: _CODES.BadTooManyArguments,
    errors.InputInvalid: _CODES.BadInvalidArgument,
    errors.InputTypeMismatch: _CODES.BadInvalidArgument,
    errors.InputOutOfRange: _CODES.BadInvalidArgument,
    errors.ModelUnavailable: _CODES.BadInvalidState,
    errors.InferenceFailed: _CODES.BadInternalError,
    errors.WorkerUnavailable: _CODES.BadInternalError,
    errors.InferenceOverloaded: _CODES.BadServerTooBusy,
    errors.ConnectionRefused: _CODES.BadNotConnected,
    errors.TagError: _CODES.BadConfigurationError,
    errors.TagUnknown: _CODES.BadNodeIdUnknown,
    errors.TagTypeMismatch: _CODES.BadTypeMismatch,
    errors.TagUnitMismatch: _CODES.BadConfigurationError,
    errors.TagNotWritable: _CODES.BadNotWritable,
    errors.EndpointUnavailable: _CODES.BadCommunicationError,
}
"""Of a whole operation: a service, a Call, a tag."""

ARGUMENT_CODES: Mapping[type[errors.InputInvalid], int] = {
    errors.InputInvalid: _CODES.BadInvalidArgument,
    errors.InputTypeMismatch: _CODES.BadTypeMismatch,
    errors.InputOutOfRange: _CODES.BadOutOfRange,
}
"""Of the one argument that made a Call fail with BadInvalidArgument."""


def status_of(error: errors.OpcuaMlError) -> int:
    """The StatusCode of an error; of its nearest ancestor in the table where it has none of its own."""
    return next(STATUS_CODES[kind] for kind in type(error).__mro__ if kind in STATUS_CODES)


def argument_status_of(error: errors.InputInvalid) -> int:
    """The StatusCode of the argument that the error names."""
    return next(ARGUMENT_CODES[kind] for kind in type(error).__mro__ if kind in ARGUMENT_CODES)
