"""What others know of a model's versions: how they stand, and what can be asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from opcua_ml.application.shadow import ShadowCounts
from opcua_ml.domain.lifecycle import Cause, EventKind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from opcua_ml.domain.gate import GateResult
    from opcua_ml.domain.lifecycle import Lifecycle

SERVICE = "service"


@dataclass(frozen=True, slots=True)
class VersionRequest:
    """What somebody asks for.

    Attributes:
        kind: any but Reject.
        version: empty for Pause, Resume and Rollback.
        reason: in the words of who asks.
        who: asks.
        timeout: of Promote, in seconds; None for the configured one.
        cause: of Rollback.
    """

    kind: EventKind
    version: str = ""
    reason: str = ""
    who: str = SERVICE
    timeout: float | None = None
    cause: Cause = Cause.REQUEST


@dataclass(frozen=True, slots=True)
class VersionsSnapshot:
    """All versions of one model.

    Attributes:
        gates: by version: what its last gates gave.
        shadows: by version: how those in the shadow fare.
    """

    model: str
    lifecycle: Lifecycle
    gates: Mapping[str, Sequence[GateResult]]
    shadows: Mapping[str, ShadowCounts]


class VersionHandler(Protocol):
    """Manages the versions of models for clients."""

    async def manage(self, model: str, request: VersionRequest) -> None:
        """Do what is asked.

        Raises:
            VersionUnknown, TransitionRefused: the state does not allow it.
            PackageError: the version does not pass the gates.
            StoreFailed: it can't be written down, so it is not done.
        """


NO_COUNTS = ShadowCounts()
