"""One model at work: the room in which the tag path and the method path meet."""

from __future__ import annotations

import asyncio
import time
from time import perf_counter
from typing import TYPE_CHECKING, Any

from opcua_ml.application.failing_row import with_row
from opcua_ml.application.method_row import SLICE, MethodRows
from opcua_ml.application.serving import RowAnswer, Serving
from opcua_ml.application.statistics import ModelStatistics, StatisticsRecorder
from opcua_ml.application.teller import SEQUENCE_LIMIT, Teller
from opcua_ml.domain.errors import (
    InferenceFailed,
    InferenceOverloaded,
    ModelUnavailable,
    PredictionError,
    WorkerUnavailable,
)
from opcua_ml.domain.state import ModelState
from opcua_ml.domain.status import Status
from opcua_ml.domain.value_range import OutOfRange, RangePolicy
from opcua_ml.domain.wording import Sentence, sentence

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from opcua_ml.application.canary import Canary
    from opcua_ml.application.ports import Clock, Executor
    from opcua_ml.application.shadow import Shadow
    from opcua_ml.domain.abstention import Abstention
    from opcua_ml.domain.card import ModelCard
    from opcua_ml.domain.output_rule import OutputRule
    from opcua_ml.domain.prediction import Answer, Prediction
    from opcua_ml.domain.row import Row
    from opcua_ml.domain.signature import Signature
    from opcua_ml.domain.vector import Vector

REFUSING = RangePolicy(OutOfRange.REFUSE)
_GOOD, _READY = int(Status.Good), ModelState.Ready
_FAILURES_UNTIL_FAILED = 10


class ServedModel:
    """A loaded model with its identity, state and statistics; used from the event loop only.

    Args:
        card: what the manifest tells.
        executor: the loaded artifact and the place where it runs.
        clock: for timestamps.
        run_id: tells predictions of this start of the service from those of another.
        ranges: policy for values outside their ranges, of method calls.
        abstention: when a classifier's answer is not told; None for never.
        reason: why this artifact computes and where, in words.
        rule: for answers outside their declared range; None where those are told as Good.
    """

    def __init__(
        self,
        card: ModelCard,
        executor: Executor,
        clock: Clock,
        *,
        run_id: str,
        ranges: RangePolicy = REFUSING,
        abstention: Abstention | None = None,
        reason: str = "",
        rule: OutputRule | None = None,
    ) -> None:
        self.serving = Serving(card, executor, abstention, reason, rule)
        self.canary: Canary | None = None
        self.shadows: Mapping[str, Shadow] = {}
        self.statistics = StatisticsRecorder(lambda: self.serving.work, lambda: self.serving.executor.waiting)
        self._time(self.serving)
        self.state = ModelState.Ready
        self.state_reason = ""
        self._ranges = ranges
        self._rows = MethodRows(card.signature, ranges)
        self.state_observers: list[Callable[[ServedModel], None]] = []
        self.swap_observers: list[Callable[[], None]] = []
        self._clock = clock
        self._teller = Teller(card.name, run_id, clock, self.statistics)
        self._failures = 0

    @property
    def card(self) -> ModelCard:
        """Of the version that predicts."""
        return self.serving.card

    @property
    def executor(self) -> Executor:
        """Of the version that predicts."""
        return self.serving.executor

    @property
    def name(self) -> str:
        """Of the model; the same for all its versions."""
        return self.card.name

    @property
    def signature(self) -> Signature:
        """The truth about inputs and outputs."""
        return self.card.signature

    def swap(self, serving: Serving) -> Serving:
        """Let another version predict from the next call on.

        Calls that wait for the old one get its answer, under its version.

        Args:
            serving: of a version with the same signature.

        Returns:
            The old one; its executor may be closed once it is idle.
        """
        before, self.serving = self.serving, serving
        self._time(serving)
        self._rows = MethodRows(serving.card.signature, self._ranges)
        self._failures = 0
        if self.state in (ModelState.Degraded, ModelState.Failed):
            self.change_state(ModelState.Ready, "")
        for observe in self.swap_observers:
            observe()
        return before

    def _time(self, serving: Serving) -> None:
        """Put what calls take from now on to this version's account."""
        self.statistics.timed_by(serving.inference)
        serving.settle = self.statistics.settle

    def snapshot(self) -> ModelStatistics:
        """Counters and latencies of now."""
        return self.statistics.snapshot()

    async def predict(self, rows: Sequence[Sequence[object]]) -> list[Prediction]:
        """Predictions for the rows of a method call; all rows are checked before one is computed.

        Raises:
            PredictionError: of the kind that names what is wrong, with the place of the input and row.
        """
        started = time.perf_counter()
        try:
            self._refuse_unless_ready()
            checked = await self._rows.all_checked(rows)
        except PredictionError as refusal:
            self.statistics.rejected(type(refusal).__name__, len(rows))
            raise
        try:
            given, ids, tried = [one.row for one in checked], None, None
            if self.canary is not None:
                ids = [self._teller.next_id() for _ in rows]
                tried = await self.canary.attempt(given, ids[0][1])
            serving, outputs, inference = tried or await self._infer(given)
        except InferenceOverloaded:
            self.statistics.refused(len(rows))
            raise
        except InferenceFailed as failure:
            with self.serving as serving:
                raise await with_row(failure, serving.executor, given) from failure
        self.statistics.predicted(len(rows), calls=1)
        self.statistics.answered(time.perf_counter() - started, inference)
        made: list[Prediction] = []
        by = serving, inference / len(rows), self._clock.now()
        for one, output in zip(checked, outputs, strict=True):
            if len(made) % SLICE == SLICE - 1:
                await asyncio.sleep(0)
            named = self._teller.next_id() if ids is None else ids[len(made)]
            made.append(self._teller.called(named, by, one, output))
        return made

    def predict_now(self, values: tuple[Any, ...]) -> Answer | None:
        """The answer to one row that needs no waiting and no second thoughts; see InlineModel.

        None where the model runs elsewhere or is not well, where another version has to answer or to see it,
        where a value is not simply usable, and where the model fails: `predict` then looks again, and tells
        and counts what is wrong.
        """
        serving = self.serving
        quick = serving.quick
        one_row = quick.one_row
        if one_row is None or self.state is not _READY or self._failures or self.canary or self.shadows:
            return None
        started = perf_counter()
        if not self._rows.are_plain(values):
            return None
        try:
            told = one_row(values)
        except InferenceFailed:
            return None
        seconds = perf_counter() - started
        if seconds > quick.concern:
            quick.took(seconds)
        status, reason = _GOOD, ""
        teller = self._teller
        if serving.judges:
            told, status, reason = teller.told(serving, told, status, reason)
        self.statistics.passed(seconds)
        teller.sequence = sequence = teller.sequence % SEQUENCE_LIMIT + 1
        return f"{teller.prefix}{sequence}", serving.version, told, status, reason

    def not_told(self) -> None:
        """See InlineModel."""
        self.statistics.not_told()

    async def score(self, vectors: Sequence[Vector]) -> list[Prediction]:
        """Predictions for vectors from tags, in order; where none can be made, a Bad one with the reason."""
        if not self.state.predicts:
            return [self._bad(vector) for vector in vectors]
        rows = [row for vector in vectors if (row := vector.row) is not None]
        answers = iter(await self._answers(rows))
        teller, version = self._teller, self.card.version
        return [
            teller.bad(vector, version, vector.status, vector.reason)
            if vector.row is None
            else teller.scored(vector, version, next(answers))
            for vector in vectors
        ]

    def retold(self, prediction: Prediction, vector: Vector) -> Prediction:
        """A prediction from tags once more, as its inputs' tags have made its quality worse since."""
        if not self.state.predicts:
            return self._bad(vector)
        return self._teller.again(prediction, vector, self.card.version)

    def _bad(self, vector: Vector) -> Prediction:
        """Of a model that does not predict now."""
        code, reason = _unavailable(self)
        return self._teller.bad(vector, self.card.version, code, reason)

    async def _answers(self, rows: list[Row]) -> list[RowAnswer]:
        """One per row; one bad row spoils no other."""
        if not rows:
            return []
        try:
            serving, outputs, inference = await self._infer(rows, again=len(rows) > 1)
        except InferenceOverloaded as refusal:
            self.statistics.refused(len(rows))
            return [RowAnswer(None, 0.0, Status.BadServerTooBusy, refusal.sentence)] * len(rows)
        except WorkerUnavailable as failure:
            # No row is to blame: asked one by one, a worker that hangs would keep old outputs for ever.
            return [RowAnswer(None, 0.0, Status.BadInternalError, failure.sentence)] * len(rows)
        except InferenceFailed as failure:
            if len(rows) > 1:
                return [(await self._answers([row]))[0] for row in rows]
            return [RowAnswer(None, 0.0, Status.BadInternalError, failure.sentence)]
        self.statistics.predicted(len(rows))
        return [RowAnswer(output, inference / len(rows), serving=serving) for output in outputs]

    async def _infer(self, rows: Sequence[Row], *, again: bool = False) -> tuple[Serving, list[Row], float]:
        """Who answered, outputs, and the seconds that it took; the wait for a worker is counted apart.

        Args:
            rows: to predict from.
            again: whether rows that fail together are tried one by one, and count as failed only then.
        """
        serving, started = self.serving, time.perf_counter()
        executor = serving.executor
        try:
            if executor.inline and len(rows) == 1:
                outputs, seconds = executor.predict(rows), time.perf_counter() - started
            else:
                with serving:
                    outputs, seconds, _ = await executor.run(rows)
                self.statistics.waited(time.perf_counter() - started - seconds)
        except InferenceFailed as failure:
            if not again or isinstance(failure, WorkerUnavailable):
                serving.failed_on(len(rows))
                self.statistics.failed(len(rows))
            if serving is self.serving:
                self._note_failure(failure.sentence)
            raise
        serving.inference.add(seconds / max(len(rows), 1))
        if serving is self.serving:
            self._note_success()
        return serving, outputs, seconds

    def _refuse_unless_ready(self) -> None:
        if self.state.predicts:
            return
        raise ModelUnavailable(
            f"the model does not predict now; {self.state_reason}".rstrip("; "),
            where=self.name,
            found=self.state.name,
            wanted=ModelState.Ready.name,
        )

    def _note_failure(self, sentence: str) -> None:
        self._failures += 1
        if not self.state.predicts:
            return  # a row that was under way when the model was paused
        failed = self._failures >= _FAILURES_UNTIL_FAILED
        self.change_state(ModelState.Failed if failed else ModelState.Degraded, sentence)

    def _note_success(self) -> None:
        if self._failures and self.state.predicts:
            self._failures = 0
            self.change_state(ModelState.Ready, "")

    def change_state(self, state: ModelState, reason: str) -> None:
        """Go to a state, and tell those who watch; nothing happens where it is the present one."""
        if (state, reason) == (self.state, self.state_reason):
            return
        self.state, self.state_reason = state, reason
        for observe in self.state_observers:
            observe(self)


def _unavailable(model: ServedModel) -> tuple[int, str]:
    waiting = model.state is ModelState.Loading
    code = Status.BadWaitingForInitialData if waiting else Status.BadOutOfService
    return code, model.state_reason or sentence("the model is {state}", state=Sentence(model.state.name))
