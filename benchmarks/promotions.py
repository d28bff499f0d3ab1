"""Promotions under load: what is lost, mixed or Bad, and how long calls take beside swaps and without.

    python -m benchmarks.promotions [--promotions 1000] [--clients 20] [--trigger leading|change]

Real processes: a PLC whose 100 tags change ten times a second, a service with ten models of ten inputs each,
and clients that call Predict; an engineer promotes one model after the other. Calls are measured in turns,
with and without swaps, so that both see the same machine. Where a tag leads each model, every change has to
make one prediction, however late: a stall of the machine loses none. With the trigger `change` the newest
value wins, and each change without a prediction has to be counted by the service as replaced.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
import time
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from asyncua import ua
from asyncua.client.client import Client
from asyncua.ua.uaerrors import UaError
from sklearn.linear_model import LinearRegression

from benchmarks.processes import Process, free_port
from benchmarks.service_file import SITE
from opcua_ml import pack
from opcua_ml.application.trigger import TriggerKind
from opcua_ml.opcua.identity.rights.roles import Role
from opcua_ml.opcua.identity.users.user_administration import add_user

if TYPE_CHECKING:
    from collections.abc import Sequence

MODELS, INPUTS, TURNS = 10, 10, 10
RATE_HZ = 10.0
PAUSE_S = 0.05
"""Between two calls of one client: 20 of them make 400 calls a second."""
PASSWORD = "of the benchmark's engineer"  # noqa: S105 - of a service that lives for a minute
_SERVERS = Path(__file__).parent / "servers"


@dataclass(frozen=True)
class Load:
    """How much of everything.

    Attributes:
        turns: pairs of a time without swaps and one with them.
        triggers: of the models, one after the other.
    """

    promotions: int = 1000
    clients: int = 20
    models: int = MODELS
    turns: int = TURNS
    triggers: tuple[TriggerKind, ...] = (TriggerKind.LEADING,)

    def trigger(self, model: int) -> TriggerKind:
        """Of the model with this number."""
        return self.triggers[model % len(self.triggers)]


@dataclass
class Outcome:
    """What was seen; latencies in ms, as the clients had them.

    Attributes:
        rows: of the tags; `again` of them were of a count that had a prediction already.
        replaced: changes that the service says it let go for newer ones, of models with the trigger `change`.
        lost: changes that made no prediction and are not among those.
        bad_outputs: rows of the tags that were Bad.
        wrong_answers: calls whose answer is not that of the version that it names.
    """

    promotions: int = 0
    rows: int = 0
    again: int = 0
    replaced: int = 0
    lost: int = 0
    mixed: int = 0
    bad_outputs: int = 0
    calls: int = 0
    failed_calls: int = 0
    wrong_answers: int = 0
    seconds: float = 0.0
    p50_without: float = 0.0
    p50_with: float = 0.0
    p99_without: float = 0.0
    p99_with: float = 0.0
    slowest_with: float = 0.0
    promote_p50: float = 0.0

    @property
    def is_clean(self) -> bool:
        """Whether nothing was lost, mixed or Bad."""
        return not (self.lost or self.mixed or self.bad_outputs or self.failed_calls or self.wrong_answers)


@dataclass
class Calls:
    """Predict by many clients."""

    outcome: Outcome
    models: int
    swapping: bool = False
    latencies: dict[bool, list[float]] = field(default_factory=lambda: {False: [], True: []})

    async def run(self, url: str, number: int, done: asyncio.Event) -> None:
        """Call one model again and again, and check each answer."""
        async with Client(url, timeout=30) as client:
            space = await client.get_namespace_index(SITE)
            model = f"sum{number % self.models}"
            target = ua.NodeId.from_string(f"ns={space};s={model}")
            method = ua.NodeId.from_string(f"ns={space};s={model}.Predict")
            node = client.get_node(target)
            values = [float(number + place) for place in range(INPUTS)]
            given = [ua.Variant(value, ua.VariantType.Double) for value in values]
            while not done.is_set():
                swapping, begin = self.swapping, time.perf_counter()
                try:
                    output, version, *_ = await node.call_method(method, *given)
                except (UaError, OSError):
                    self.outcome.failed_calls += 1
                    continue
                self.latencies[swapping].append((time.perf_counter() - begin) * 1e3)
                self.outcome.calls += 1
                wanted = int(version.partition(".")[0]) * sum(values)
                self.outcome.wrong_answers += not np.isclose(output, wanted)
                await asyncio.sleep(PAUSE_S)


def engineer(url: str) -> Client:
    """A client that may do everything."""
    client = Client(url, timeout=30)
    client.set_user("ann")
    client.set_password(PASSWORD)
    return client


def triggered(kind: TriggerKind) -> list[str]:
    """The lines of a model's trigger: all changes of one scan come in one notification."""
    if kind is TriggerKind.LEADING:
        return ['kind = "leading"', 'input = "x0"']
    return ['kind = "change"', "debounce_ms = 0"]


def prepared(folder: Path, plc: str, port: int, load: Load) -> Path:
    """The service's configuration, and two packages of each model, of which the second is in the inbox."""
    add_user(folder / "users.toml", "ann", [Role.ENGINEER, Role.OPERATOR], password=PASSWORD)
    (folder / "inbox").mkdir()
    lines = [
        "[server]",
        f'endpoint = "opc.tcp://127.0.0.1:{port}"',
        f'namespace_uri = "{SITE}"',
        "[server.security]",
        'policies = ["None"]',
        'anonymous = "operator"',
        "[logging]",
        'level = "warning"',
        "[store]",
        "allow_unsigned = true",
        'inbox = "inbox"',
        "[plcs.plc]",
        f'endpoint = "{plc}"',
        'namespace_uri = "urn:opcua-ml:benchmarks:plc"',
        'security_policy = "None"',
        "publishing_interval_ms = 50",
        "sampling_interval_ms = 0",
        "queue_size = 100",
    ]
    random = np.random.default_rng(1)
    for number in range(load.models):
        name = f"sum{number}"
        lines += [f"[models.{name}]", f'package = "./{name}-1.0.0.zip"', "versioned = true"]
        lines += [f"[models.{name}.trigger]", *triggered(load.trigger(number))]
        lines += [f"[models.{name}.inputs]"]
        lines += [f'x{one} = "plc:s=T{number * INPUTS + one}"' for one in range(INPUTS)]
        for gain in (1, 2):
            rows = random.normal(size=(60, INPUTS))  # other data for each: so are retrainings
            model = LinearRegression().fit(rows, gain * rows.sum(axis=1))
            target = folder / ("inbox" if gain == 2 else ".") / f"{name}-{gain}.0.0.zip"
            names = [f"x{one}" for one in range(INPUTS)]
            pack(model, rows, name=name, version=f"{gain}.0.0", path=target, names=names)
    file = folder / "service.toml"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file


async def promoted(plc: Process, service: Process, load: Load) -> Outcome:
    """Promote under load."""
    outcome, url = Outcome(), str(service.facts["url"])
    calls, done = Calls(outcome, load.models), asyncio.Event()
    loop, begin = asyncio.get_running_loop(), time.monotonic()
    async with engineer(url) as client, asyncio.TaskGroup() as group:
        space = await client.get_namespace_index(SITE)
        await _staged(client, space, load.models)
        for number in range(load.clients):
            group.create_task(calls.run(url, number, done), name=f"client.{number}")
        await loop.run_in_executor(None, service.ask, "report")
        replaced = await _replaced(client, space, load)
        took: list[float] = []
        for turn in range(load.turns):
            count = load.promotions // load.turns
            seconds = max(2.0, sum(took[-count:]) if took else 5.0)
            await _with_tags(plc, seconds, asyncio.sleep(seconds))
            calls.swapping = True
            swaps = _promotions(client, space, range(turn * count, (turn + 1) * count), load.models, took)
            await _with_tags(plc, max(seconds, 0.03 * count), swaps)
            calls.swapping = False
        done.set()
        said = await loop.run_in_executor(None, service.ask, "report")
        outcome.replaced, outcome.lost = await _accounted(client, space, load, replaced, said["lost"])
    outcome.promotions, outcome.seconds = len(took), time.monotonic() - begin
    outcome.rows, outcome.again = said["made"], said["again"]
    outcome.mixed, outcome.bad_outputs = said["mixed"], said["bad"]
    without, beside = calls.latencies[False], calls.latencies[True]
    outcome.p50_without, outcome.p99_without = (float(one) for one in np.percentile(without, (50, 99)))
    outcome.p50_with, outcome.p99_with = (float(one) for one in np.percentile(beside, (50, 99)))
    outcome.slowest_with, outcome.promote_p50 = max(beside), float(np.median(took)) * 1e3
    return outcome


async def _staged(client: Client, space: int, models: int) -> None:
    """Wait until the inbox has taken the second version of every model."""
    for number in range(models):
        node = client.get_node(f"ns={space};s=sum{number}.Versions.2%2E0%2E0.State")
        async with asyncio.timeout(120):
            while not await _is(node, "Staged"):  # noqa: ASYNC110 - the service's doing
                await asyncio.sleep(0.1)


async def _is(node: Any, state: str) -> bool:
    try:
        return bool(await node.read_value() == state)
    except UaError:
        return False


async def _replaced(client: Client, space: int, load: Load) -> int:
    """Changes that the models let go for newer ones so far."""
    nodes = [
        client.get_node(f"ns={space};s=sum{number}.Diagnostics.Dropped")
        for number in range(load.models)
        if load.trigger(number) is TriggerKind.CHANGE
    ]
    return sum(int(count) for count in await client.read_values(nodes)) if nodes else 0


async def _accounted(client: Client, space: int, load: Load, before: int, skipped: int) -> tuple[int, int]:
    """Changes that were replaced, and those that made no prediction although they were not.

    Diagnostics are shown at a period, so what is not told yet has some seconds.
    """
    deadline = time.monotonic() + 5.0
    while (replaced := await _replaced(client, space, load) - before) < skipped:
        if time.monotonic() > deadline:
            break
        await asyncio.sleep(0.1)
    return replaced, skipped - replaced


async def _with_tags(plc: Process, seconds: float, work: Any) -> None:
    """Let all tags change together while the work lasts, and for the seconds given at least."""
    loop = asyncio.get_running_loop()
    going = asyncio.ensure_future(work)
    while True:
        slice_ = min(seconds, 2.0)
        await loop.run_in_executor(
            None, partial(plc.ask, "scan", rate=RATE_HZ, seconds=slice_, subscription=0)
        )
        seconds = max(2.0, seconds - slice_)
        if going.done():
            break
    await going
    await asyncio.sleep(0.3)


async def _promotions(
    client: Client, space: int, numbers: Sequence[int], models: int, took: list[float]
) -> None:
    """Promote one model after the other to its other version, without probation."""
    for number in numbers:
        model = f"sum{number % models}"
        version = "2.0.0" if (number // models) % 2 == 0 else "1.0.0"
        target = client.get_node(f"ns={space};s={model}")
        begin = time.perf_counter()
        await target.call_method(
            ua.NodeId.from_string(f"ns={space};s={model}.Promote"),
            ua.Variant(version, ua.VariantType.String),
            ua.Variant(0.0, ua.VariantType.Double),
            ua.Variant("benchmark", ua.VariantType.String),
        )
        took.append(time.perf_counter() - begin)


def run(load: Load) -> Outcome:
    """All of it, in a folder that is gone afterwards."""
    with tempfile.TemporaryDirectory() as name:
        folder, ports = Path(name), (free_port(), free_port())
        command = [sys.executable, str(_SERVERS / "fast_plc.py"), str(ports[0]), str(load.models * INPUTS)]
        with Process("plc", command, folder) as plc:
            file = prepared(folder, plc.facts["url"], ports[1], load)
            serve = [sys.executable, str(_SERVERS / "watched_service.py"), str(file), "ledger"]
            with Process("service", serve, folder) as service:
                return asyncio.run(promoted(plc, service, load))


def main() -> int:
    """Print the outcome as JSON; 1 where something was lost, mixed or Bad."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--promotions", type=int, default=1000)
    parser.add_argument("--clients", type=int, default=20)
    parser.add_argument("--trigger", choices=[TriggerKind.LEADING, TriggerKind.CHANGE], default="leading")
    given = parser.parse_args()
    outcome = run(Load(given.promotions, given.clients, triggers=(TriggerKind(given.trigger),)))
    print(json.dumps(asdict(outcome), indent=2))
    return 0 if outcome.is_clean else 1


if __name__ == "__main__":
    sys.exit(main())
