"""The service, which watches every prediction of tags while versions change places.

    python promoted_service.py FILE

Models multiply the sum of their inputs by a gain that is their version's major number, and all inputs of a
model count up by one together. Command `report`: rows since the last one that were made, are Bad, are of
counts that no prediction was made of, or are of another version than they name.
"""

from __future__ import annotations

import asyncio
import json
import math
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from opcua_ml.config import load
from opcua_ml.service.log import configure_logging
from opcua_ml.service.service import Service

if TYPE_CHECKING:
    from opcua_ml.domain.prediction import Prediction


class Ledger:
    """What became of each count."""

    def __init__(self) -> None:
        self._said = dict.fromkeys(("made", "again", "bad", "lost", "mixed"), 0)
        self._counts: dict[str, float] = {}

    def observe(self, prediction: Prediction) -> None:
        """Take one prediction, just published."""
        if prediction.is_bad:
            self._said["bad"] += 1
            return
        numbers = [float(value) for value in prediction.inputs]  # type: ignore[arg-type]
        wanted = int(prediction.version.partition(".")[0]) * sum(numbers)
        right = math.isclose(float(prediction.outputs[0]), wanted, rel_tol=1e-6, abs_tol=1e-6)  # type: ignore[arg-type]
        self._said["mixed"] += not right or len(set(numbers)) > 1
        count, before = numbers[0], self._counts.get(prediction.model)
        self._counts[prediction.model] = count
        self._said["made"] += 1
        if before is not None:
            self._said["again"] += count == before
            self._said["lost"] += max(0, round(count - before) - 1)

    def report(self) -> dict[str, Any]:
        """All since the last report."""
        said, self._said = self._said, dict.fromkeys(self._said, 0)
        return said


async def main(file: Path) -> None:
    """Serve until standard input ends."""
    configuration = load(file)
    configure_logging(configuration.logging.level, configuration.logging.format)
    ledger, stop, opened = Ledger(), asyncio.Event(), asyncio.Event()
    service = Service(configuration, source=str(file), observe=ledger.observe)
    reader = asyncio.StreamReader()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(service.run(stop, opened=opened.set), name="service")
        await opened.wait()
        print(json.dumps({"url": service.endpoint}), flush=True)
        protocol = asyncio.StreamReaderProtocol(reader)
        await asyncio.get_running_loop().connect_read_pipe(lambda: protocol, sys.stdin)
        while await reader.readline():
            print(json.dumps(ledger.report()), flush=True)
        stop.set()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
