"""What shows models a second time, as a companion specification has them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from asyncua import ua

    from opcua_ml.domain.alarm.ranges import OutputRanges
    from opcua_ml.domain.card import ModelCard
    from opcua_ml.domain.prediction import Prediction
    from opcua_ml.opcua.space.output_cells import Change


class CompanionDisplay(Protocol):
    """The nodes of one model in one version."""

    def changes(
        self, prediction: Prediction, source: ua.DateTime | None, server: ua.DateTime | None
    ) -> Iterable[Change]:
        """What one prediction changes."""

    async def shown(self, prediction: Prediction) -> None:
        """Called when what the prediction changes is on show."""


class Companion(Protocol):
    """One companion specification on one server."""

    async def show_model(self, card: ModelCard, ranges: Mapping[str, OutputRanges]) -> CompanionDisplay:
        """Show a model whose own nodes are shown already, or another version of one.

        Args:
            card: of the version.
            ranges: by output: when it is noteworthy or alarming.
        """

    async def remove_model(self, name: str) -> None:
        """Show a model no longer; one that is not shown stays so."""
