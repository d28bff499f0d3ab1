"""A tree ensemble that treelite's interpreter (GTIL) walks: no compiler, and no scikit-learn."""

from __future__ import annotations

import ctypes
from struct import Struct, error
from typing import TYPE_CHECKING, Any

import numpy as np

from opcua_ml.domain.errors import ArtifactCorrupted, LibraryMismatch
from opcua_ml.domain.signature import OutputRole
from opcua_ml.runtime.contract.derivation import Derivation
from opcua_ml.runtime.contract.features import FeatureColumns
from opcua_ml.runtime.contract.foreign_error import told
from opcua_ml.runtime.contract.model import failure
from opcua_ml.runtime.package.artifact_parts import TreeResult
from opcua_ml.runtime.package.parts import Method
from opcua_ml.runtime.trees.checkpoint import check_checkpoint

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from opcua_ml.domain.row import Row
    from opcua_ml.runtime.contract.contract import Contract
    from opcua_ml.runtime.package.artifact_parts import TreeliteArtifact
    from opcua_ml.runtime.trees.checkpoint import Ensemble

_ONE_THREAD = 1


class TreelitePredictor:
    """Walks the trees.

    Args:
        data: of the checkpoint.
        artifact: what its numbers are.
        contract: of the manifest.
        where: told in errors.

    Raises:
        ArtifactCorrupted: it is no checkpoint that may be run, or not the manifest's.
        LibraryMismatch: treelite is not installed, or of another version.
    """

    backend = "treelite"

    def __init__(self, data: bytes, artifact: TreeliteArtifact, contract: Contract, where: str = "") -> None:
        ensemble = check_checkpoint(data, where)
        if ensemble.features != len(contract.features.columns):
            raise ArtifactCorrupted(
                "the trees take other columns than the manifest names",
                where=where,
                found=ensemble.features,
                wanted=len(contract.features.columns),
            )
        self._model, self._gtil = opened(data, ensemble, where)
        self._dtype: Any = np.dtype(self._model.input_type)
        self._shape = ensemble.shape
        self._result, self._rounds, self._offset = artifact.result, artifact.rounds, artifact.offset
        self._columns = FeatureColumns(contract)
        self._methods = contract.methods
        self._classes = _classes(contract)
        self._counts = ensemble.classes
        self._derivation = Derivation(contract)
        if self._result is TreeResult.PROBABILITIES and len(self._classes) != len(ensemble.classes):
            raise ArtifactCorrupted("the trees have other targets than the manifest names", where=where)

    def predict(self, rows: Sequence[Row]) -> list[Row]:
        """See `Predictor`."""
        try:
            given = np.array(self._columns.matrix(rows), dtype=self._dtype)
            if self._rounds:
                given = given.astype(np.float32).astype(self._dtype)
            found = self._gtil.predict(self._model, given, nthread=_ONE_THREAD)
            raw = self._raw(found)
        except Exception as problem:  # the library is foreign code and may raise anything
            raise failure(problem) from problem
        return self._derivation.rows(raw, len(rows))

    def one_row(self) -> Callable[[Row], Row]:
        """What predicts one row at a time, for one thread alone, in less time than `predict`."""
        if self._columns.has_arrays:
            return self._one_of_many
        walk = _Walk(self._model, len(self._columns.names), self._dtype, self._shape, rounds=self._rounds)
        placed, derive, raw = self._columns.placed, self._derivation.rows, self._raw

        def predict(row: Row) -> Row:
            try:
                found = walk(placed(row))
            except (error, OverflowError, TypeError):
                return self._one_of_many(row)
            return derive(raw(found), 1)[0]

        return predict

    def _one_of_many(self, row: Row) -> Row:
        return self.predict([row])[0]

    def _raw(self, found: Any) -> list[Any]:
        """Of each method what scikit-learn would return, of (rows, targets, classes)."""
        match self._result:
            case TreeResult.VALUES:
                values = found[:, :, 0]
                return [values[:, 0] if values.shape[1] == 1 else values]
            case TreeResult.STRANGENESS:
                scores = -found[:, 0, 0]
                decision = scores - self._offset
                made = {
                    Method.SCORE_SAMPLES: scores,
                    Method.DECISION_FUNCTION: decision,
                    Method.PREDICT: np.where(decision < 0, -1, 1),
                }
                return [made[method] for method in self._methods]
        probabilities = [self._probabilities(found, target) for target in range(len(self._classes))]
        many = len(probabilities) > 1
        labels = [
            classes[table.argmax(axis=1)] for classes, table in zip(self._classes, probabilities, strict=True)
        ]
        return [
            (probabilities if many else probabilities[0])
            if method is Method.PREDICT_PROBA
            else (np.stack(labels, axis=1) if many else labels[0])
            for method in self._methods
        ]

    def _probabilities(self, found: Any, target: int) -> Any:
        table = found[:, target, : self._counts[target]]
        if table.shape[1] == 1:
            return np.concatenate((1.0 - table, table), axis=1)
        return table


class _Walk:
    """One row through the trees, with arrays that are made once; from one thread alone.

    `treelite.gtil.predict` writes and reads its settings as JSON for each call: most of the time of one row.
    """

    def __init__(self, model: Any, width: int, dtype: Any, shape: tuple[int, int], *, rounds: bool) -> None:
        from treelite.core import _LIB  # noqa: PLC0415 - an extra; there is no public way in
        from treelite.gtil.gtil import GTILConfig  # noqa: PLC0415 - likewise

        self._given = np.zeros((1, width), dtype=dtype)
        self._made = np.zeros((1, *shape), dtype=np.dtype(model.output_type))
        self._kept = (model, GTILConfig(predict_type="default", nthread=_ONE_THREAD))
        self._memory = memoryview(self._given.data).cast("B")
        self._fill = Struct(f"{width}{self._given.dtype.char}").pack_into
        self._single = np.zeros(width, np.float32) if rounds else None
        self._call = _LIB.TreeliteGTILPredict
        self._arguments = (
            model.handle,
            self._given.ctypes.data_as(ctypes.c_void_p),
            ctypes.c_char_p(model.input_type.encode()),
            ctypes.c_uint64(1),
            self._made.ctypes.data_as(ctypes.c_void_p),
            self._kept[1].handle,
        )

    def __call__(self, values: Sequence[Any]) -> Any:
        """The results, in an array that the next call overwrites.

        Raises:
            struct.error, OverflowError, TypeError: values that are no numbers, or treelite refuses them.
        """
        self._fill(self._memory, 0, *values)
        if self._single is not None:
            self._single[:] = self._given[0]
            self._given[0] = self._single
        if self._call(*self._arguments):
            raise TypeError("treelite refuses the row")
        return self._made


def opened(data: bytes, ensemble: Ensemble, where: str) -> tuple[Any, Any]:
    """The model of a checkpoint that was held against itself, and treelite's interpreter.

    Raises:
        LibraryMismatch: treelite is not installed, or older than the checkpoint, or refuses it.
    """
    try:
        import treelite  # noqa: PLC0415 - an extra
    except ImportError as problem:
        raise LibraryMismatch(
            "treelite is not installed", where=where, wanted="pip install 'opcua-ml[trees]'"
        ) from problem
    if ensemble.version[:2] > tuple(map(int, treelite.__version__.split(".")[:2])):
        # treelite itself only warns, and leaves out what it does not know.
        raise LibraryMismatch(
            "a checkpoint of a newer treelite",
            where=where,
            found=".".join(map(str, ensemble.version)),
            wanted=f"{treelite.__version__} or older: pip install --upgrade treelite",
        )
    try:
        return treelite.Model.deserialize_bytes(data), treelite.gtil
    except treelite.TreeliteError as problem:
        raise LibraryMismatch(
            "treelite does not serve this checkpoint", where=where, found=told(problem)
        ) from problem


def _classes(contract: Contract) -> list[Any]:
    """The labels of each target, as scikit-learn has them."""
    found = {
        item.source.target: item.source.classes for item in contract.outputs if item.role is OutputRole.LABEL
    }
    return [_labels(found[target]) for target in sorted(found)]


def _labels(classes: Sequence[Any]) -> Any:
    array = np.empty(len(classes), dtype=object)
    array[:] = classes
    return array
