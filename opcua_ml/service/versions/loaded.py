"""The versions of one model that are in memory beside the one that predicts."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from opcua_ml.application.canary import Canary
from opcua_ml.application.shadow import Shadow

if TYPE_CHECKING:
    from opcua_ml.application.ports import Executor
    from opcua_ml.application.served_model import ServedModel
    from opcua_ml.application.serving import Serving


class LoadedVersions:
    """Shadows, the canary, the fallback that stands by, and those that leave once they owe no answer."""

    def __init__(self) -> None:
        self.shadows: dict[str, Shadow] = {}
        self._fallback: Serving | None = None
        self._leaving: list[Serving] = []

    @property
    def fallback(self) -> Serving | None:
        """The version to which a rollback leads, where it is loaded."""
        return self._fallback

    def promote(self, model: ServedModel, serving: Serving) -> None:
        """Let a version predict; the one before stands by."""
        self.end(model, serving.card.version)
        self.dismiss_fallback()
        self._fallback = model.swap(serving)

    def roll_back(self, model: ServedModel, fallback: Serving) -> None:
        """Let the version before predict again; the other leaves."""
        if self._fallback is not fallback:
            self.dismiss_fallback()
        self._fallback = None
        self._leaving.append(model.swap(fallback))

    def begin_shadow(self, serving: Serving) -> None:
        """Let a version score beside the one that predicts."""
        self.shadows[serving.card.version] = Shadow(serving)

    def begin_canary(self, model: ServedModel, serving: Serving, share: float) -> None:
        """Let a version answer a share of the method calls."""
        self.end(model, serving.card.version)
        model.canary = Canary(serving, share)

    def end(self, model: ServedModel, version: str) -> None:
        """A version is shadow or canary no more; nothing happens where it was neither."""
        shadow = self.shadows.pop(version, None)
        if shadow is not None:
            shadow.end()
            self._leaving.append(shadow.serving)
        if model.canary is not None and model.canary.serving.card.version == version:
            self._leaving.append(model.canary.serving)
            model.canary = None

    def dismiss_fallback(self) -> None:
        """It stands by no more."""
        if self._fallback is not None:
            self._leaving.append(self._fallback)
            self._fallback = None

    async def let_go(self) -> None:
        """Close those that owe no answer any more."""
        for serving in [one for one in self._leaving if one.is_idle]:
            self._leaving.remove(serving)
            await closed(serving.executor)

    def close(self, model: ServedModel | None) -> None:
        """Close all of them, and the one that predicts."""
        servings = [*self._leaving, *(shadow.serving for shadow in self.shadows.values())]
        if self._fallback is not None:
            servings.append(self._fallback)
        if model is not None:
            servings += [model.serving] if model.canary is None else [model.serving, model.canary.serving]
        for serving in servings:
            serving.executor.close()


async def closed(executor: Executor) -> None:
    """Close an executor beside the event loop, which a process that ends would hold up.

    It is closed also where the caller is cancelled meanwhile.
    """
    await asyncio.shield(asyncio.to_thread(executor.close))
