"""One field of a table of texts, such as a CSV file, as a value of its column's type."""

from __future__ import annotations

from math import nan
from typing import TYPE_CHECKING, Any, Final

from opcua_ml.domain.signature import FLOATING, DataType

if TYPE_CHECKING:
    from opcua_ml.domain.sample import Scalar

_TRUTHS: Final = {
    **dict.fromkeys(("true", "1", "1.0", "yes"), True),
    **dict.fromkeys(("false", "0", "0.0", "no"), False),
}


def truth(text: str) -> bool:
    """True or False, 1 or 0, yes or no; upper or lower case.

    Raises:
        ValueError: it is none of them.
    """
    found = _TRUTHS.get(text.strip().lower())
    if found is None:
        raise ValueError(f"{text!r} is neither true nor false")
    return found


def scalar(data_type: DataType, given: Any) -> Scalar:
    """The value of a field; nothing is NaN where the column has floating-point numbers.

    Args:
        data_type: of the column.
        given: text, or what JSON has in an array.

    Raises:
        ValueError, TypeError: no value of this type.
    """
    if data_type is DataType.STRING:
        return str(given)
    if data_type is DataType.BOOLEAN:
        return given if isinstance(given, bool) else truth(str(given))
    if data_type in FLOATING:
        return nan if given is None or not str(given).strip() else float(given)
    return int(given)
