"""The service, which tells how long after its tag's change each prediction was on show.

    python observed_service.py FILE

A PLC on the same machine stamps its values when it sends them, so wall clock minus the prediction's source
time is the whole way: notification, join, model, nodes. Command `report`: latencies in µs since the last one,
and, where all inputs of a model count up by one together, the counts that no prediction was made of.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from opcua_ml.config import load
from opcua_ml.opcua.server.publisher import NodePublisher
from opcua_ml.service import event_loop
from opcua_ml.service.log import configure_logging
from opcua_ml.service.service import Service

if TYPE_CHECKING:
    from opcua_ml.domain.prediction import Prediction


_publish = NodePublisher.publish


class Latencies:
    """Of predictions that are on show: taken when their nodes have changed."""

    def __init__(self) -> None:
        self._found: list[float] = []
        self._bad = 0
        self._lost = 0
        self._mixed = 0
        self._counts: dict[str, float] = {}

    def attach(self) -> None:
        """Look at all that is published from now on; the service's own observers see it before that."""

        async def publish(publisher: NodePublisher, prediction: Prediction) -> None:
            await _publish(publisher, prediction)
            self.observe(prediction)

        NodePublisher.publish = publish  # type: ignore[method-assign,assignment]

    def observe(self, prediction: Prediction) -> None:
        """Take one prediction, just published."""
        if prediction.is_bad:
            self._bad += 1
        else:
            self._found.append((time.time() - prediction.source_timestamp.timestamp()) * 1e6)
            count = float(prediction.inputs[0])  # type: ignore[arg-type]
            self._lost += max(0, round(count - self._counts.get(prediction.model, count - 1)) - 1)
            self._mixed += len(set(prediction.inputs)) > 1
            self._counts[prediction.model] = count

    def report(self) -> dict[str, Any]:
        """All since the last report, sorted."""
        said = {
            "latencies_us": sorted(round(one, 1) for one in self._found),
            "bad": self._bad,
            "lost": self._lost,
            "mixed": self._mixed,
        }
        self._found, self._bad, self._lost, self._mixed = [], 0, 0, 0
        return said


async def main(file: Path) -> None:
    """Serve until standard input ends."""
    configuration = load(file)
    configure_logging(configuration.logging.level, configuration.logging.format)
    latencies, stop, opened = Latencies(), asyncio.Event(), asyncio.Event()
    latencies.attach()
    service = Service(configuration, source=str(file))
    reader = asyncio.StreamReader()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(service.run(stop, opened=opened.set), name="service")
        await opened.wait()
        print(json.dumps({"url": service.endpoint}), flush=True)
        protocol = asyncio.StreamReaderProtocol(reader)
        await asyncio.get_running_loop().connect_read_pipe(lambda: protocol, sys.stdin)
        while await reader.readline():
            print(json.dumps(latencies.report()), flush=True)
        stop.set()


if __name__ == "__main__":
    event_loop.run(main(Path(sys.argv[1])))
