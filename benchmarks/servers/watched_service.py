"""The service, which watches its predictions of tags and reports of them when it is asked.

    python watched_service.py FILE latencies
    python watched_service.py FILE ledger

Each line on standard input is answered by a report of all since the last one.

latencies: µs from a tag's change to the prediction on show, as a PLC on the same machine stamps its values
when it sends them; and, where all inputs of a model count up by one together, the counts that no prediction
was made of.

ledger: rows that were made, are Bad, are of counts that no prediction was made of, or are of another version
than they name, where models multiply the sum of their inputs by a gain that is their version's major number.
"""

from __future__ import annotations

import asyncio
import json
import math
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
    from collections.abc import Callable

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


async def serve(
    file: Path,
    report: Callable[[], dict[str, Any]],
    observe: Callable[[Prediction], None] | None = None,
) -> None:
    """Serve until standard input ends; each line of it is answered by a report.

    Args:
        file: of the configuration.
        report: since the last one.
        observe: is given every prediction of the tag path.
    """
    configuration = load(file)
    configure_logging(configuration.logging.level, configuration.logging.format)
    stop, opened = asyncio.Event(), asyncio.Event()
    service = Service(configuration, source=str(file), observe=observe)
    reader = asyncio.StreamReader()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(service.run(stop, opened=opened.set), name="service")
        await opened.wait()
        print(json.dumps({"url": service.endpoint}), flush=True)
        protocol = asyncio.StreamReaderProtocol(reader)
        await asyncio.get_running_loop().connect_read_pipe(lambda: protocol, sys.stdin)
        while await reader.readline():
            print(json.dumps(report()), flush=True)
        stop.set()


def main(file: Path, kind: str) -> None:
    """Serve, watched so."""
    if kind == "latencies":
        latencies = Latencies()
        latencies.attach()
        event_loop.run(serve(file, latencies.report))
    else:
        ledger = Ledger()
        event_loop.run(serve(file, ledger.report, ledger.observe))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
