"""PLCs and a service, each a process of its own, with an HMI at the service and witnesses at the PLCs."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from asyncua.ua.attribute_ids import AttributeIds

from tests.integration.fault_matrix.asker import ask
from tests.integration.fault_matrix.expectation import ASKED
from tests.integration.fault_matrix.plc import Results
from tests.integration.fault_matrix.policies import COLUMNS, OTHER, PUMP, configuration
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
    from tests.integration.fault_matrix.watch import Seen
    from tests.integration.service.hmi import Hmi
    from tests.integration.service.processes import Command


SLACK = 2.0
"""s by which a witness and the service may hear of a value at different times."""
_SHOWN = ("Outputs.flow", "OffendingTag", "Reason")


@dataclass(slots=True)
class Site:
    """All processes and those who look at them.

    Attributes:
        plc: that is disturbed.
        other: a PLC that never is; None where no policy needs one.
        watches: of the models, by policy.
        witness, elsewhere: who listen at the PLCs.
    """

    plc: Plc
    other: Plc | None
    service: Command
    hmi: Hmi
    policies: Sequence[Policy]
    watches: dict[str, Watch]
    witness: Witness
    elsewhere: Witness

    async def results(self, *, of_pump: bool = True) -> Results:
        """What stands in all result tags, by policy; those of the disturbed PLC where it can be reached."""
        found = Results({}, None)
        if of_pump:
            found = await self.plc.results([one for one in self.policies if one.result_at == PUMP])
        if self.other is not None:
            there = await self.other.results([one for one in self.policies if one.result_at == OTHER])
            found = Results(found.by_policy | there.by_policy, found.heartbeat)
        return found

    async def has_heard(self, at: float) -> None:
        """Wait until the witnesses have heard every tag after this time of our monotonic clock."""
        await self.witness.has_heard(at)
        if self.other is not None:
            await self.elsewhere.has_heard(at)

    def complaint(self, policy: str, seen: Seen) -> str:
        """What is wrong with a prediction under this policy; empty where nothing is."""
        (one,) = (one for one in self.policies if one.name == policy)
        return self.witness.complaint(seen, dict.fromkeys(one.elsewhere, self.elsewhere))

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
    folder: Path,
    plc: Plc,
    policies: Sequence[Policy] = COLUMNS,
    *,
    other: Plc | None = None,
    slack: float = SLACK,
) -> AsyncIterator[Site]:
    """A PLC and a service; all outputs are Good.

    Args:
        folder: for the configuration.
        plc: not started yet; it ends with the site.
        policies: one model each.
        other: a PLC that runs already, for the policies that need one.
        slack: of the witnesses.
    """
    try:
        await plc.start()
        endpoints = {PUMP: plc.endpoint} | ({} if other is None else {OTHER: other.endpoint})
        file = configuration(folder, endpoints, policies)
        async with started("serve", str(file)) as service, connected(service.first_line) as hmi:
            await hmi.client.load_data_type_definitions()
            watches = {one.name: Watch(one.name) for one in policies}
            site = Site(plc, other, service, hmi, policies, watches, Witness(slack), Witness(slack))
            for watch in site.watches.values():
                await watch.begin(hmi)
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(site.witness.watch(plc.endpoint), name="witness")]
                if other is not None:
                    tasks.append(group.create_task(site.elsewhere.watch(other.endpoint), name="elsewhere"))
                if ASKED in watches:
                    tasks.append(group.create_task(ask(hmi, ASKED), name="asker"))
                await site.settle(30.0)
                await site.witness.is_there()
                if other is not None:
                    await site.elsewhere.is_there()
                yield site
                for task in tasks:
                    task.cancel()
    finally:
        await plc.kill()
