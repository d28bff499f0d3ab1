"""A loaded model, whatever computes it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from opcua_ml.domain.errors import InferenceFailed
from opcua_ml.runtime.contract.foreign_error import told
from opcua_ml.runtime.contract.given_rows import as_rows, fault_of
from opcua_ml.runtime.contract.trust import NO_TRUST, Trust

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from opcua_ml.domain.card import ModelCard
    from opcua_ml.domain.row import Row
    from opcua_ml.domain.signature import Signature
    from opcua_ml.runtime.package.golden import GoldenRows


class Predictor(Protocol):
    """What computes: an ONNX session, an estimator, later others."""

    @property
    def backend(self) -> str:
        """«onnx», «scikit-learn»."""

    def predict(self, rows: Sequence[Row]) -> list[Row]:
        """Outputs per row, in the signature's order, as Python's own scalars and tuples of them.

        May be called from several threads at once.

        Raises:
            InferenceFailed: it raised, or returned what the signature does not allow.
        """


@runtime_checkable
class SingleRows(Protocol):
    """A predictor that has a shorter way for single rows."""

    def one_row(self) -> Callable[[Row], Row]:
        """What does as `predict` does, for one row at a time and from one thread alone."""


@runtime_checkable
class Abandonable(Protocol):
    """A predictor whose calls can be ended from without."""

    may_not_end: bool
    """Whether a call may go on without an end, for some rows."""

    def abandon(self) -> None:
        """Let the call that runs fail, and all later ones; for another thread."""


class Model(Predictor, Protocol):
    """A predictor with its signature, and rows to try it with."""

    @property
    def signature(self) -> Signature:
        """What goes in and what comes out."""

    @property
    def golden(self) -> GoldenRows:
        """Rows with the outputs that it gives for them."""

    @property
    def origin(self) -> Origin | None:
        """From where another process can load it again, or None where it can't."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Everything that another process needs to load the same model: package, artifact, trust."""

    path: Path
    content_hash: str
    artifact: str
    trust: Trust = NO_TRUST


@dataclass(frozen=True)
class LoadedModel:
    """A model whose golden rows were held against its package's.

    Attributes:
        card: what the manifest tells.
        artifact: format of the artifact that computes: «onnx», «skops», «joblib».
        reason: why this artifact and not another, in words for an engineer.
    """

    card: ModelCard
    golden: GoldenRows
    predictor: Predictor
    artifact: str
    reason: str = ""
    origin: Origin | None = field(default=None)

    @property
    def signature(self) -> Signature:
        """What goes in and what comes out."""
        return self.card.signature

    @property
    def backend(self) -> str:
        """«onnx», «scikit-learn»."""
        return self.predictor.backend

    @property
    def may_not_end(self) -> bool:
        """See `Abandonable`."""
        return isinstance(self.predictor, Abandonable) and self.predictor.may_not_end

    def predict(self, rows: Sequence[Row]) -> list[Row]:
        """See `Predictor`; an array of rows will do too.

        Rows are held against the signature where the model fails on them, to tell which one is wrong.
        """
        if not isinstance(rows, list | tuple):
            rows = as_rows(self.signature, rows)
        try:
            return self.predictor.predict(rows)
        except Exception as error:
            # Rows that are none may make predictors and their libraries raise anything.
            fault = fault_of(self.signature, rows)
            if fault is None:
                raise
            raise fault from error

    def one_row(self) -> Callable[[Row], Row]:
        """See `SingleRows`."""
        if isinstance(self.predictor, SingleRows):
            return self.predictor.one_row()
        return lambda row: self.predict((row,))[0]


def failure(error: BaseException) -> InferenceFailed:
    """The error of a predictor whose library raised."""
    return InferenceFailed("the model failed", found=told(error))
