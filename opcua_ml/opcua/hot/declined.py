"""What a hot codec answers to bytes or values that it does not know.

A codec in this package either does exactly what asyncua's codec does or answers `DECLINED`, upon which the
caller takes asyncua's own path. Inside the package unknown encodings raise; the public functions turn what
they raise into the sentinel, so that no caller ever sees an exception from a message.
"""

from __future__ import annotations

import struct
from enum import Enum
from typing import Final


class Declined(Enum):
    """The type of `DECLINED`, an enumeration of one so that type checkers narrow on `is DECLINED`."""

    DECLINED = "declined"


DECLINED: Final = Declined.DECLINED


class UnknownEncodingError(ValueError):
    """Bytes that this package leaves to asyncua: well formed or not, no shape known here."""


REFUSED_BYTES: Final = (UnknownEncodingError, UnicodeDecodeError, struct.error, IndexError)
"""What decoding raises on bytes that are truncated, malformed or of an unknown shape."""

REFUSED_VALUES: Final = (struct.error, TypeError, ValueError, OverflowError, AttributeError)
"""What encoding raises on values that do not fit the type they claim."""
