"""Many models: time grows with their number, not with its square."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from tests.integration.server.stage import card, value

if TYPE_CHECKING:
    from tests.integration.server.stage import Stage
    from tests.patient_client import Client


async def test_fifty_models_cost_fifty_times_one(stage: Stage, client: Client) -> None:
    """The last ten of fifty are not dearer than three times the first ten; all of them answer."""
    names = [f"model {number}" for number in range(50)]
    seconds = []
    for name in names:
        started = time.process_time()
        await stage.show(card(name))
        seconds.append(time.process_time() - started)
    assert await value(client, "model 49.Identification.Name") == "model 49"
    for name in names:
        await stage.server.remove_model(name)
    assert sorted(seconds[-10:])[5] < 3 * sorted(seconds[:10])[5]
