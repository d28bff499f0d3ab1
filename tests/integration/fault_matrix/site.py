"""A PLC and a service, each a process of its own, with an HMI at the service and a witness at the PLC."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from asyncua.ua.attribute_ids import AttributeIds

from tests.integration.fault_matrix.policies import COLUMNS, configuration
from tests.integration.fault_matrix.watch import Watch, name_of
from tests.integration.fault_matrix.witness import Witness
from tests.integration.service.hmi import connected
from tests.integration.service.processes import started

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from pathlib import Path

    from asyncua import ua

    from tests.integration.fault_matrix.plc import Plc
    from tests.integration.fault_matrix.policies import Policy
    from tests.integration.service.hmi import Hmi
    from tests.integration.service.processes import Command


_SHOWN = ("Outputs.flow", "OffendingTag", "Reason")


@dataclass(slots=True)
class Site:
    """Both processes and those who look at them."""

    plc: Plc
    service: Command
    hmi: Hmi
    watches: dict[str, Watch]
    witness: Witness

    async def diagnostic(self, name: str) -> float:
        """A number that the service shows about the PLC; 0 where it shows none."""
        found = (await self.hmi.read(f"MachineLearning.Sources.pump.{name}")).Value
        return 0.0 if found is None or found.Value is None else float(found.Value)

    async def shown(self, models: Sequence[str]) -> dict[str, tuple[str, str, str]]:
        """What an HMI shows of each model: its output's StatusCode, the offending tag, the reason."""
        paths = [f"{model}.{name}" for model in models for name in _SHOWN]
        nodes = [self.hmi.node_id(path) for path in paths]
        found = iter(await self.hmi.client.uaclient.read_attributes(nodes, AttributeIds.Value))
        return {
            model: (name_of(next(found).StatusCode), _text(next(found)), _text(next(found)))
            for model in models
        }

    async def settle(self, seconds: float = 20.0) -> None:
        """Wait until the outputs under all policies are Good.

        Raises:
            TimeoutError: they are not in time.
        """
        for watch in self.watches.values():
            await watch.until("Good", seconds)


def _text(found: ua.DataValue) -> str:
    return "" if found.Value is None else str(found.Value.Value or "")


@asynccontextmanager
async def running(
    folder: Path, plc: Plc, policies: Sequence[Policy] = COLUMNS, *, slack: float = 2.0
) -> AsyncIterator[Site]:
    """A PLC and a service; all outputs are Good.

    Args:
        folder: for the configuration.
        plc: not started yet; it ends with the site.
        policies: one model each.
        slack: of the witness.
    """
    try:
        await plc.start()
        file = configuration(folder, plc.endpoint, policies)
        async with started("serve", str(file)) as service, connected(service.first_line) as hmi:
            await hmi.client.load_data_type_definitions()
            site = Site(plc, service, hmi, {one.name: Watch(one.name) for one in policies}, Witness(slack))
            for watch in site.watches.values():
                await watch.begin(hmi)
            async with asyncio.TaskGroup() as group:
                witness = group.create_task(site.witness.watch(plc.endpoint), name="witness")
                await site.settle(30.0)
                await site.witness.is_there()
                yield site
                witness.cancel()
    finally:
        await plc.kill()
