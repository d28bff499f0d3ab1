"""One demo from start to end."""

from __future__ import annotations

import asyncio
import socket
import tempfile
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.live import Live

from opcua_ml import bundled
from opcua_ml.demo.configuration import PLC, SIMULATOR_NAMESPACE, demo_configuration
from opcua_ml.demo.plant import Plant, PlantSettings
from opcua_ml.demo.truth import TRUTH_TAGS, Scoreboard, Truth
from opcua_ml.demo.view import View
from opcua_ml.opcua.plc.address import TagAddress
from opcua_ml.opcua.plc.binding import InputBinding
from opcua_ml.opcua.plc.connection import PlcConnection
from opcua_ml.opcua.plc.settings import PlcSecurity, PlcSettings, Policy
from opcua_ml.runtime.package.package import open_package
from opcua_ml.service.clock import SystemClock
from opcua_ml.service.service import Service

if TYPE_CHECKING:
    from collections.abc import Callable

    from opcua_ml.domain.card import ModelCard

USUAL_PORT = 4840
_FRAMES_PER_SECOND = 4


@dataclass(frozen=True, slots=True)
class DemoSettings:
    """What can be chosen.

    Attributes:
        port: of the service; None for the usual one of OPC UA, or any free one where that is taken.
        view: whether to draw the live view in the terminal.
        plant: how the PLC is simulated.
    """

    port: int | None = None
    view: bool = True
    plant: PlantSettings = field(default_factory=PlantSettings)


class Demo:
    """A plant, a service, and the truth beside the predictions."""

    def __init__(self, settings: DemoSettings) -> None:
        self._settings = settings
        self._plant = Plant(settings.plant)
        self._truth = Truth()

    async def run(self, stop: asyncio.Event, *, opened: Callable[[str], None]) -> dict[str, Any]:
        """Run until `stop`, and give the summary.

        Args:
            stop: ends the demo.
            opened: is given the address once clients can connect.

        Raises:
            OpcuaMlError: it can't start, with the reason.
        """
        cards = await asyncio.to_thread(_cards)
        with tempfile.TemporaryDirectory(prefix="opcua-ml-demo-") as folder:
            try:
                await self._plant.start()
                return await self._serve(stop, cards, Path(folder), opened)
            finally:
                await self._plant.stop()

    async def _serve(
        self, stop: asyncio.Event, cards: dict[str, ModelCard], folder: Path, opened: Callable[[str], None]
    ) -> dict[str, Any]:
        board = Scoreboard(self._truth, cards)
        configuration = demo_configuration(
            f"opc.tcp://127.0.0.1:{_port(self._settings.port)}/opcua-ml",
            self._plant.endpoint,
            {name: card.signature for name, card in cards.items()},
            folder,
        )
        service = Service(configuration, source="the demo", observe=board.observe)
        with ExitStack() as screen:
            await self._run_all(stop, service, board, screen, opened)
        return self._summary(service, board)

    async def _run_all(
        self,
        stop: asyncio.Event,
        service: Service,
        board: Scoreboard,
        screen: ExitStack,
        opened: Callable[[str], None],
    ) -> None:
        def tell() -> None:
            opened(service.endpoint)
            if self._settings.view:
                live = screen.enter_context(Live(auto_refresh=False))
                view = View(service, self._plant, board)
                beside.append(group.create_task(_paint(live, view), name="demo.view"))

        async with asyncio.TaskGroup() as group:
            beside = [
                group.create_task(self._plant.run(), name="demo.plant"),
                group.create_task(self._truth_connection().run(), name="demo.truth"),
            ]
            await service.run(stop, opened=tell)
            for task in beside:
                task.cancel()

    def _truth_connection(self) -> PlcConnection:
        """A second client of the PLC: the service itself never sees the truth."""
        bindings = [
            InputBinding(key, tag, TagAddress.parse(f"nsu={SIMULATOR_NAMESPACE};s={tag}"), data_type)
            for key, (tag, data_type) in enumerate(TRUTH_TAGS.values())
        ]
        settings = PlcSettings(f"{PLC} truth", self._plant.endpoint, PlcSecurity(policy=Policy.NONE))
        return PlcConnection(settings, inputs=bindings, receiver=self._truth, clock=SystemClock())

    def _summary(self, service: Service, board: Scoreboard) -> dict[str, Any]:
        models = {}
        for model in service.models:
            counts = model.snapshot()
            models[model.name] = {
                "version": model.card.version,
                "backend": model.executor.backend,
                "predictions": counts.predictions,
                "rejected": counts.rejected,
                "failed": counts.failed,
                "latency_ms": {"p50": round(counts.answer.p50, 4), "p99": round(counts.answer.p99, 4)},
                "score": board.summary(model.name),
            }
        return {
            "endpoint": service.endpoint,
            "predictions": sum(model["predictions"] for model in models.values()),
            "rejected": sum(model["rejected"] for model in models.values()),
            "models": models,
            "plc": {"endpoint": self._plant.endpoint, "restarts": self._plant.restarts},
        }


async def _paint(live: Live, view: View) -> None:
    """Show a frame a few times a second until cancelled; a slow terminal holds up nobody."""
    while True:
        frame = view.frame(
            live.console.width
        )  # here, as a thread could find counters in the middle of a change
        await asyncio.to_thread(live.update, frame, refresh=True)
        await asyncio.sleep(1 / _FRAMES_PER_SECOND)


def _cards() -> dict[str, ModelCard]:
    return {path.name: open_package(path).card for path in bundled.models()}


def _port(wanted: int | None) -> int:
    """The port that was asked for, else the usual one, else 0 for any free one."""
    if wanted is not None:
        return wanted
    with closing(socket.socket(socket.AF_INET, socket.SOCK_STREAM)) as probe:
        return 0 if probe.connect_ex(("127.0.0.1", USUAL_PORT)) == 0 else USUAL_PORT
