"""What others know of a model's versions: how they stand, and what can be asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from opcua_ml.application.shadow import ShadowCounts
from opcua_ml.domain.lifecycle import Cause, StepKind

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
        cause: of Rollback, and of a Reject that happens by itself.
        share: of StartCanary: of the method calls; None for the configured one.
    """

    kind: StepKind
    version: str = ""
    reason: str = ""
    who: str = SERVICE
    timeout: float | None = None
    cause: Cause = Cause.REQUEST
    share: float | None = None


@dataclass(frozen=True, slots=True)
class Followed:
    """What an alias of a registry names.

    Attributes:
        alias: such as `models:/pump@champion`.
        version: of the model here; empty before the first one came.
        problem: what keeps the registry's version from coming, in one sentence; empty for nothing.
    """

    alias: str
    version: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True)
class VersionsSnapshot:
    """All versions of one model.

    Attributes:
        gates: by version: what its last gates gave.
        shadows: by version: how those in the shadow fare.
        followed: the alias of a registry; None where none is followed.
    """

    model: str
    lifecycle: Lifecycle
    gates: Mapping[str, Sequence[GateResult]]
    shadows: Mapping[str, ShadowCounts]
    followed: Followed | None = None


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


class Upload(Protocol):
    """A package that a client sends.

    Attributes:
        size: bytes taken so far: where a client that lost its connection goes on.
    """

    size: int

    async def write(self, data: bytes) -> None:
        """Take its next bytes.

        Raises:
            PackageError: it is larger than a package may be.
            StoreFailed: there is no room for it.
        """

    async def commit(self) -> str:
        """Stage it, and let it go; model and version in words.

        Raises:
            PackageError, VersionTaken, TransitionRefused, StoreFailed: it is not staged.
        """

    async def discard(self) -> None:
        """Let it go; a second call does nothing."""


class UploadHandler(Protocol):
    """Takes packages from clients."""

    async def begin(self, model: str, who: str) -> Upload:
        """Make room for one.

        Args:
            model: that it is for; empty for the one that its manifest names.
            who: sends it.

        Raises:
            ModelUnknown: no such model has versions here.
            TooManyRequests: too many are on their way.
            StoreFailed: there is no room for it.
        """
