"""An ONNX graph as a predictor."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Literal, cast

import numpy as np

from opcua_ml.domain.errors import ArtifactCorrupted
from opcua_ml.domain.signature import OutputRole
from opcua_ml.runtime.contract.derivation import Derivation
from opcua_ml.runtime.contract.features import FeatureColumns
from opcua_ml.runtime.contract.model import failure
from opcua_ml.runtime.onnx.graph import parse_graph
from opcua_ml.runtime.onnx.linear_graph import NotLinear, linear_results
from opcua_ml.runtime.onnx.linear_row import linear_row, quicker
from opcua_ml.runtime.onnx.one_row import OneRow
from opcua_ml.runtime.onnx.session import open_session
from opcua_ml.runtime.package.golden import difference
from opcua_ml.runtime.package.parts import Method

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from opcua_ml.domain.row import Row
    from opcua_ml.runtime.contract.contract import Contract
    from opcua_ml.runtime.onnx.linear_row import OneLinearRow
    from opcua_ml.runtime.package.artifact_parts import OnnxInput
    from opcua_ml.runtime.package.parts import OutputPart

ELEMENTS: dict[str, Any] = {
    "double": np.float64,
    "float": np.float32,
    "int64": np.int64,
    "bool": np.bool_,
    "string": np.object_,
}
NUMBERS = ("double", "float")
PRECISIONS: dict[Any, Literal["double", "single"]] = {np.float64: "double", np.float32: "single"}
LABELS = tuple(ELEMENTS)
_AGREES = 1e-10
"""Difference between onnxruntime and the same sums in another order, as a share of an output's numbers."""


class OnnxPredictor:
    """Runs the graph; all but a few microseconds of a call are onnxruntime's own.

    Args:
        data: of the ONNX file.
        feeds: the graph's inputs with the columns that each takes.
        results: the estimator's method to the graph's output.
        contract: of the manifest.
        where: told in errors.

    Raises:
        ArtifactCorrupted: it is no such file, or its inputs or outputs are not the manifest's.
        LibraryMismatch: its version is not served.
    """

    backend = "onnx"
    may_not_end: bool
    """Whether a call may go on without an end: the graph has a Loop."""

    def __init__(
        self,
        data: bytes,
        feeds: Sequence[OnnxInput],
        results: Mapping[Method, str],
        contract: Contract,
        where: str = "",
    ) -> None:
        outputs, columns = contract.outputs, contract.features.columns
        self._derivation = Derivation(contract)
        self._session, self._options, self.may_not_end = open_session(data, where)
        self._columns = FeatureColumns(contract)
        taken = {method: results[method] for method in contract.methods}
        self._names = list(taken.values())
        dtypes = _checked_inputs(self._session, feeds, where)
        _check_outputs(self._session, taken, outputs, where)
        places = {name: place for place, name in enumerate(columns)}
        self._feeds = [
            (feed.name, dtype, [places[column] for column in feed.columns])
            for feed, dtype in zip(feeds, dtypes, strict=True)
        ]
        self._widths = [
            (place, _width(method, outputs))
            for place, method in enumerate(contract.methods)
            if method in _RESHAPED
        ]
        # The usual graph takes one matrix of all columns in their order.
        whole = list(range(len(columns)))
        self._is_whole = len(self._feeds) == 1 and self._feeds[0][2] == whole
        self._contract, self._taken = contract, taken
        self._linear: Callable[[OneLinearRow], OneLinearRow] | None = None

    @property
    def precisions(self) -> set[Literal["double", "single"]]:
        """Of the floating-point numbers that go into the graph; none where there are no such inputs."""
        return {PRECISIONS[dtype] for _, dtype, _ in self._feeds if dtype in PRECISIONS}

    def predict(self, rows: Sequence[Row]) -> list[Row]:
        """See `Predictor`."""
        count = len(rows)
        try:
            raw = self._session.run(self._names, self._fed(rows), self._options)
            for place, width in self._widths:
                if raw[place].ndim > 1 or width > 1:
                    raw[place] = _shaped(raw[place], count, width)
        except Exception as error:  # the errors of onnxruntime have no class in common below Exception
            raise failure(error) from error
        return self._derivation.rows(raw, count)

    def abandon(self) -> None:
        """Let the call that runs fail, and all later ones; for another thread."""
        self._options.terminate = True

    def fold(self, data: bytes, rows: Sequence[Row]) -> float | None:
        """From now on compute single rows from the graph's weights, if it is linear, agrees and is quicker.

        Args:
            data: of the ONNX file.
            rows: on which onnxruntime and the weights have to agree; of the signature.

        Returns:
            The greatest difference, as a share of the output's greatest number; None where nothing changed.
        """
        if not self._is_whole or self._columns.has_arrays or not rows:
            return None
        try:
            found = linear_results(parse_graph(data, ""), len(self._feeds[0][2]))
            results = {method: found[name] for method, name in self._taken.items()}
            widths = {self._contract.methods[place]: width for place, width in self._widths}
            make = partial(linear_row, results, self._contract, self._derivation, widths)
            linear = make(_nothing)
        except (NotLinear, KeyError, ValueError):
            return None
        placed = self._columns.placed
        alone = [linear(placed(row)) for row in rows]
        met = [row for row in alone if row is not None]
        if len(met) < len(rows):
            return None
        apart = difference(self._contract.signature, self.predict(rows), met)
        if apart.discrete or apart.greatest > _AGREES or not quicker(linear, self.one_row(), rows, placed):
            return None
        self._linear = make
        return apart.greatest

    def one_row(self) -> Callable[[Row], Row]:
        """What predicts one row at a time, for one thread alone, in less time than `predict`.

        It fails as `predict` does.
        """
        if not self._is_whole or self._columns.has_arrays:
            return self._one_of_many
        quick: OneLinearRow | OneRow
        if self._linear is not None and self._columns.is_ordered:
            return cast("Callable[[Row], Row]", self._linear(cast("OneLinearRow", self._one_of_many)))
        if self._linear is not None:
            quick = self._linear(_nothing)
        else:
            name, dtype, places = self._feeds[0]
            try:
                quick = OneRow(
                    self._session,
                    self._names,
                    (name, dtype),
                    len(places),
                    shaped=self._reshaped,
                    derivation=self._derivation,
                )
            except ValueError:
                return self._one_of_many
        placed = self._columns.placed
        if self._columns.is_ordered:

            def predict_ordered(row: Row) -> Row:
                found = quick(row)
                return self._one_of_many(row) if found is None else found

            return predict_ordered

        def predict(row: Row) -> Row:
            found = quick(placed(row))
            return self._one_of_many(row) if found is None else found

        return predict

    def _one_of_many(self, row: Row) -> Row:
        return self.predict([row])[0]

    def _reshaped(self, raw: list[Any]) -> list[Any]:
        shaped = list(raw)
        for place, width in self._widths:
            if raw[place].ndim > 1 or width > 1:
                shaped[place] = _shaped(raw[place], 1, width)
        return shaped

    def _fed(self, rows: Sequence[Row]) -> dict[str, Any]:
        matrix = self._columns.matrix(rows)
        if self._is_whole:
            name, dtype, _ = self._feeds[0]
            return {name: np.array(matrix, dtype=dtype)}
        return {
            name: np.array([[row[place] for place in places] for row in matrix], dtype=dtype)
            for name, dtype, places in self._feeds
        }


def _nothing(_values: Sequence[Any]) -> None:
    """Who asks looks further."""


_RESHAPED = (Method.PREDICT, Method.DECISION_FUNCTION, Method.SCORE_SAMPLES)


def _width(method: Method, outputs: Sequence[OutputPart]) -> int:
    """Numbers per row that the signature takes from a method; graphs shape them as (rows, n) or flat."""
    return max(
        max(item.source.target, item.source.column + item.length - 1) + 1
        for item in outputs
        if item.source.method is method
    )


def _shaped(found: Any, count: int, width: int) -> Any:
    """As scikit-learn shapes it. A graph gives both signs of a two-class decision; the last is the one."""
    if found.size == count * width:
        return found.reshape(count) if width == 1 else found.reshape(count, width)
    if width == 1 and found.shape == (count, 2):
        return found[:, 1]
    return found


def _checked_inputs(session: Any, feeds: Sequence[OnnxInput], where: str) -> list[Any]:
    """The dtype of each feed."""
    found = {item.name: item for item in session.get_inputs()}
    if set(found) != {feed.name for feed in feeds}:
        raise ArtifactCorrupted(
            "the ONNX graph has other inputs than the manifest names",
            where=where,
            found=", ".join(sorted(found)),
            wanted=", ".join(sorted(feed.name for feed in feeds)),
        )
    for feed in feeds:
        shape, element = found[feed.name].shape, _element(found[feed.name].type)
        width = len(feed.columns)
        if element not in ELEMENTS or len(shape) != 2 or shape[1] not in (width, None) or _is_fixed(shape[0]):
            raise ArtifactCorrupted(
                f"the ONNX graph's input {feed.name} is not what the manifest names",
                where=where,
                found=f"{element} {shape}",
                wanted=f"a matrix of {width} columns and any number of rows",
            )
    return [ELEMENTS[_element(found[feed.name].type)] for feed in feeds]


def _check_outputs(
    session: Any, results: Mapping[Method, str], outputs: Sequence[OutputPart], where: str
) -> None:
    found = {item.name: item for item in session.get_outputs()}
    for method, name in results.items():
        given = found.get(name)
        wide = {item.length for item in outputs if item.role is OutputRole.PROBABILITIES}
        if given is not None and _element(given.type) in (LABELS if method is Method.PREDICT else NUMBERS):
            width = given.shape[-1] if method is Method.PREDICT_PROBA and given.shape else None
            if not wide or not isinstance(width, int) or width in wide:
                continue
        raise ArtifactCorrupted(
            f"the ONNX graph's output for {method} is not what the manifest names",
            where=where,
            found=f"{given.type} {given.shape}" if given is not None else ", ".join(sorted(found)),
            wanted=f"{name}, as wide as the signature says",
        )


def _element(kind: str) -> str:
    """Element type of a tensor, or of the tensors in a sequence: `seq(tensor(float))` gives `float`."""
    return kind.rpartition("(")[2].rstrip(")")


def _is_fixed(rows: Any) -> bool:
    return isinstance(rows, int) and rows > 0
