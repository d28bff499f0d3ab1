"""What the application needs of the outside, as Protocols that the adapters keep."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from opcua_ml.application.statistics import ModelStatistics
    from opcua_ml.domain.batch_counts import BatchCounts
    from opcua_ml.domain.computation import Computation
    from opcua_ml.domain.prediction import Answer, Prediction
    from opcua_ml.domain.queue_state import QueueState
    from opcua_ml.domain.row import Row
    from opcua_ml.domain.sample import Sample
    from opcua_ml.domain.state import ModelState


class Clock(Protocol):
    """Time; two kinds, never mixed."""

    def monotonic(self) -> float:
        """Seconds that only grow: for ages, durations and timeouts."""

    def now(self) -> datetime:
        """Wall clock, timezone-aware UTC: for timestamps that clients see."""


class Executor(Protocol):
    """One loaded model together with the place where its calls run."""

    @property
    def inline(self) -> bool:
        """Whether a call is fast enough for the event loop; then `predict` may be called there."""

    @property
    def backend(self) -> str:
        """What computes: «onnx», «scikit-learn»."""

    def predict(self, rows: Sequence[Row]) -> list[Row]:
        """Outputs per row, in the signature's order; blocks.

        Raises:
            InferenceFailed: the model raised or returned what its signature does not allow.
        """

    @property
    def waiting(self) -> QueueState | None:
        """The calls that wait for the worker; None where there is none."""

    async def run(self, rows: Sequence[Row]) -> Computation:
        """The same off the event loop, with the time that the model took.

        Raises:
            InferenceFailed: as above, or the worker ended.
            InferenceOverloaded: too many calls wait.
        """

    def close(self) -> None:
        """Let go of threads, processes and memory; a second call does nothing."""


@runtime_checkable
class QuickExecutor(Protocol):
    """An executor with a short way for single rows."""

    @property
    def one_row(self) -> Callable[[Row], Row] | None:
        """Outputs of one row, as `predict` gives them; None while calls do not run where they are made."""

    @property
    def concern(self) -> float:
        """Seconds; `took` wants to know of each call of `one_row` that takes longer."""

    def took(self, seconds: float) -> None:
        """Take how long a call of `one_row` was."""


@runtime_checkable
class TellingExecutor(Protocol):
    """An executor that tells how it fares."""

    @property
    def batches(self) -> BatchCounts:
        """How calls that waited were taken together."""

    @property
    def place(self) -> str:
        """Where calls run and why there, in words."""


class PredictionHandler(Protocol):
    """Answers the method calls of clients."""

    async def predict(self, model: str, rows: Sequence[Sequence[object]]) -> list[Prediction]:
        """Predictions for the rows, in their order; all rows are checked before one is computed.

        Raises:
            PredictionError: of the kind that names what is wrong, with the place of the input and row.
        """

    def inline_model(self, model: str) -> InlineModel | None:
        """What answers single rows of this model in passing, while it is served; None where nothing does."""


class InlineModel(Protocol):
    """Answers some rows of one model where it is called, without waiting for anything."""

    def predict_now(self, values: tuple[Any, ...]) -> Answer | None:
        """The answer to one row as its handler gives it; None, nothing counted, where that has to be asked.

        Args:
            values: one per input, each of exactly its data type.
        """

    def not_told(self) -> None:
        """The last answer of `predict_now` can't be written and is asked for again: it counts for nothing."""


class PredictionPublisher(Protocol):
    """Shows a model to OPC UA clients."""

    async def publish(self, prediction: Prediction) -> None:
        """Write inputs, outputs, `Latest` and the reason, as one, with status and source time.

        Of one that answers a request the handshake's words follow, the done id last.
        """

    async def publish_state(self, model: str, state: ModelState, reason: str) -> None:
        """Show the model's state and why it is so."""

    async def publish_statistics(self, model: str, statistics: ModelStatistics) -> None:
        """Show the counters and latencies under Diagnostics."""


class HandshakePublisher(Protocol):
    """Shows the words of a model's handshake that belong to no prediction."""

    async def publish_heartbeat(self, model: str, beats: int) -> None:
        """Show that the service lives and can answer."""


class Publisher(PredictionPublisher, HandshakePublisher, Protocol):
    """Shows everything."""


class PredictionSink(Protocol):
    """Carries predictions to PLC tags."""

    def submit(self, prediction: Prediction) -> None:
        """Take a prediction to write; never blocks: a newer one replaces one that still waits.

        One that answers a request replaces none: answers are written in order, each with its done id last.
        """


class SampleReceiver(Protocol):
    """Takes what a PLC sent in one notification; the keys are the source's binding keys."""

    def receive(self, samples: Sequence[tuple[int, Sample]]) -> None:
        """Take samples in the order in which they came; never blocks."""
