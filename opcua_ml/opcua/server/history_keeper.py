"""Who keeps the history of models' nodes, as the server sees it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from asyncua import ua

    from opcua_ml.domain.card import ModelCard
    from opcua_ml.opcua.space.blueprint import Blueprint


class HistoryKeeper(Protocol):
    """Is shown models before their nodes are, and values that clients write."""

    def historized(self, card: ModelCard, blueprints: Sequence[Blueprint]) -> list[Blueprint]:
        """The nodes of a version as they are where the history of some is kept."""

    def written(self, path: str, value: ua.DataValue) -> None:
        """Take what a client wrote to a variable; the value may change no more."""
