"""Which versions of a model are on trial, in probation or as a canary, and which of them has failed."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from opcua_ml.domain.lifecycle import Cause, StepKind
from opcua_ml.service.versions.probation import Trial, raised_alarms

if TYPE_CHECKING:
    from collections.abc import Iterator

    from opcua_ml.application.alarms.board import AlarmBoard
    from opcua_ml.application.serving import Serving
    from opcua_ml.config import ModelSection
    from opcua_ml.domain.lifecycle import Lifecycle


class Failure(NamedTuple):
    """What ends a trial: the step that follows, of which version, and why."""

    kind: StepKind
    version: str
    cause: Cause
    words: str


class Trials:
    """Those of one model.

    Args:
        model: its name.
        section: what it may not do.

    Attributes:
        board: of the alarms that end a trial; None before the model is served.
    """

    def __init__(self, model: str, section: ModelSection) -> None:
        self.board: AlarmBoard | None = None
        self._model = model
        self._section = section
        self._running: dict[str, Trial] = {}

    def begin(self, serving: Serving) -> None:
        """Hold this version against what it may not do, from now on."""
        section = self._section
        board = self.board if section.gates.rollback_on_alarm else None
        before = self._running.pop(serving.card.version, None)
        if before is not None:
            before.end()
        alarms = partial(raised_alarms, board, self._model)
        self._running[serving.card.version] = Trial(serving, section.latency_gate_ms, alarms)

    def failures(self, lifecycle: Lifecycle, now: float) -> Iterator[Failure]:
        """A rollback of the version in probation, a Reject of the canary, each asked when it is its turn.

        Of a rollback too the version is named: another may have taken its place meanwhile.

        Args:
            lifecycle: of the versions; trials of others are over.
            now: seconds of the epoch, by which a probation may have gone by unconfirmed.
        """
        wanted = {lifecycle.active: StepKind.ROLLBACK} if lifecycle.in_probation else {}
        if lifecycle.canary is not None:
            wanted[lifecycle.canary] = StepKind.REJECT
        for version in [one for one in self._running if one not in wanted]:
            self._running.pop(version).end()
        if lifecycle.due(now) is not None:
            yield Failure(StepKind.ROLLBACK, lifecycle.active or "", Cause.TIMEOUT, Cause.TIMEOUT.value)
            return
        for version, trial in tuple(self._running.items()):
            failed = trial.cause()
            if failed is not None:
                yield Failure(wanted[version], version, *failed)
