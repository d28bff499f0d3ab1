"""Training data as named columns, whatever they came in."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from opcua_ml.domain.errors import PackageError
from opcua_ml.runtime.package.parts import Container

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True)
class Table:
    """Data with one row per sample.

    Attributes:
        data: as the estimator takes it, columns in its order: an array or a DataFrame.
        container: in which the estimator was fitted.
        names: of the columns.
        dtype: of an array.
    """

    data: Any
    container: Container
    names: tuple[str, ...]
    dtype: str = "float64"

    def __len__(self) -> int:
        return len(self.data)

    def column(self, place: int) -> Any:
        """One column: a Series of a DataFrame, a slice of an array."""
        return self.data.iloc[:, place] if is_frame(self.data) else self.data[:, place]

    def take(self, rows: Sequence[int]) -> Any:
        """Some rows, in the same container."""
        return self.data.iloc[list(rows)] if is_frame(self.data) else self.data[list(rows)]


def is_frame(data: Any) -> bool:
    """Whether it is a DataFrame of pandas, without importing pandas."""
    return hasattr(data, "iloc") and hasattr(data, "columns")


def read_table(data: Any, estimator: Any, names: Sequence[str] | None = None) -> Table:
    """Data as the estimator wants them.

    Args:
        data: (samples, columns), a DataFrame, an array or a list of lists.
        estimator: fitted on such data.
        names: of an array's columns; by default those that the estimator knows, else x0, x1, ….

    Raises:
        PackageError: they are not such data, or not those of this estimator.
    """
    known = getattr(estimator, "feature_names_in_", None)
    table = _from_frame(data, estimator, known) if is_frame(data) else _from_array(data, known, names)
    width = getattr(estimator, "n_features_in_", len(table.names))
    if len(table.names) != width:
        raise PackageError(
            "the estimator was fitted on another number of columns",
            where="X",
            found=len(table.names),
            wanted=width,
        )
    if len(set(table.names)) != len(table.names):
        raise PackageError("two columns of one name", where="X", found=", ".join(table.names))
    if not len(table):
        raise PackageError("no rows", where="X", wanted="the rows that the estimator was fitted on")
    return table


def _from_frame(frame: Any, estimator: Any, known: Any) -> Table:
    if known is not None:
        missing = [name for name in known if name not in frame.columns]
        if missing:
            raise PackageError(
                "columns are missing that the estimator was fitted on",
                where="X",
                found=", ".join(map(str, missing)),
            )
        frame = frame[list(known)]
    elif _wants_array(frame, estimator):
        array = frame.to_numpy()
        return Table(array, Container.ARRAY, tuple(map(str, frame.columns)), str(array.dtype))
    return Table(frame, Container.FRAME, tuple(map(str, frame.columns)))


def _wants_array(frame: Any, estimator: Any) -> bool:
    """Whether the estimator was fitted without column names, which it then complains of."""
    if not all(isinstance(name, str) for name in frame.columns):
        return True
    method = getattr(estimator, "predict", None) or getattr(estimator, "score_samples", None)
    if method is None or not len(frame):
        return False
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        try:
            method(frame.iloc[:1])
        except Exception:  # noqa: BLE001  that it can't predict is told later, with the reason
            return False
    return any("feature names" in str(warning.message) for warning in told)


def _from_array(data: Any, known: Any, names: Sequence[str] | None) -> Table:
    if hasattr(data, "tocsr"):
        raise PackageError("a sparse matrix has no signature", where="X", wanted="a DataFrame or an array")
    try:
        array = np.asarray(data)
    except ValueError as error:
        raise PackageError("not a table", where="X", found=error, wanted="a DataFrame or an array") from error
    if array.ndim != 2:  # rows and columns
        raise PackageError("not a table", where="X", found=f"{array.ndim} dimensions", wanted="2")
    if array.dtype.kind in "US":
        array = array.astype(object)
    if known is not None and array.shape[1] == len(known):
        return Table(_as_frame(array, known), Container.FRAME, tuple(known))
    chosen = tuple(names) if names is not None else tuple(f"x{place}" for place in range(array.shape[1]))
    if len(chosen) != array.shape[1]:
        raise PackageError(
            "not one name for each column", where="names", found=len(chosen), wanted=array.shape[1]
        )
    return Table(array, Container.ARRAY, chosen, str(array.dtype))


def _as_frame(array: Any, names: Any) -> Any:
    import pandas as pd  # noqa: PLC0415  it was there when the estimator was fitted

    return pd.DataFrame(array, columns=list(names))
