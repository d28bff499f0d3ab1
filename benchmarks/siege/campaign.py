"""The four campaigns: fuzz, hold, storm, and all that is hostile; each on a service process of its own."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from benchmarks.processes import Process
from benchmarks.siege.site import Site, besieged

if TYPE_CHECKING:
    from collections.abc import Iterator

POSSIBLE: Final = sys.platform == "linux"
_SETTLE_S: Final = 1.0
_NEWCOMER_EACH_S: Final = 1.0
_LOWEST_PRIORITY: Final = 19


class CampaignFailed(Exception):
    """An attacking process ended with an error of its own."""


def fuzz(messages: int, seed: int, *, quiet_s: float = 10.0) -> dict[str, Any]:
    """Mutated messages of every kind, beside one honest client.

    The hostile user is an Operator here, so that no service is out of the fuzzer's reach.

    Args:
        messages: how many.
        seed: of all chances.
        quiet_s: seconds for which the honest client is measured alone.
    """
    with _site(intruder="Operator") as site, honest(site, 1, read_ms=10, write_ms=0) as client:
        quiet = client.ask("measure", seconds=quiet_s, patience=quiet_s + 60)
        warm = _attack(site, "fuzz", "--messages", str(max(200, messages // 20)), "--seed", str(seed + 1_000))
        _finish(warm)
        before, begun = site.resident_mb(), time.monotonic()
        client.tell("measure", seconds=1e6)
        attack = _attack(site, "fuzz", "--messages", str(messages), "--seed", str(seed))
        found = _finish(attack)
        client.tell("stop")
        attacked = client.answer(60)
        ended = client.ask("end")
        return {
            **found,
            "seconds": round(time.monotonic() - begun, 1),
            "quiet": quiet,
            "attacked": attacked,
            "dropped": ended["dropped"],
            **_after(site, before),
        }


def hold(sessions: int, items: int, seconds: float) -> dict[str, Any]:
    """Encrypted sessions with items.

    Args:
        sessions: how many.
        items: of each.
        seconds: to hold them when all is there.
    """
    with _site() as site:
        before = site.resident_mb()
        given = ["--sessions", str(sessions), "--items", str(items), "--seconds", str(seconds)]
        found = _finish(_attack(site, "hold", "--pid", str(site.process.pids[0]), *given, hostile=False))
        return {**found, **_after(site, before)}


def storm(clients: int, users: int, *, quiet_s: float = 3.0) -> dict[str, Any]:
    """All clients of a plant come at once, and again when their connections were cut, beside an honest one.

    Args:
        clients: how many.
        users: of so many users, each with a password that was not seen before; 0 for the three of the site.
        quiet_s: seconds for which the honest client is measured alone.
    """
    with (
        _site(guests=users) as site,
        honest(site, 1, read_ms=10, write_ms=0) as client,
        newcomers(site) as coming,
    ):
        quiet = client.ask("measure", seconds=quiet_s)
        before, found = site.resident_mb(), {}
        for phase in ("first", "again"):
            client.tell("measure", seconds=1e6)
            found[phase] = coming.ask("storm", clients=clients, users=users, patience=300)
            client.tell("stop")
            found[phase]["beside"] = client.answer(60)
            found[phase].update(coming.ask("hang up"))
        ended = client.ask("end")
        return {"quiet": quiet, **found, "dropped": ended["dropped"], **_after(site, before)}


def siege(
    seconds: float,
    seed: int,
    *,
    honest_clients: int = 50,
    quiet_s: float = 20.0,
    behind: int = _LOWEST_PRIORITY,
) -> dict[str, Any]:
    """Every class of hostile clients at once beside the honest ones.

    Args:
        seconds: of the attack.
        seed: of all chances.
        honest_clients: how many.
        quiet_s: seconds for which they are measured alone.
        behind: steps of priority by which the hostile stand behind all else that the machine does.
    """
    guests = int((seconds + quiet_s) / _NEWCOMER_EACH_S) + 2
    with _site(guests=guests) as site, honest(site, honest_clients) as crowd, newcomers(site) as coming:
        known = site.folder / "known.json"
        known.write_text(json.dumps(crowd.facts), encoding="utf-8")
        crowd.ask("measure", seconds=_SETTLE_S)
        coming.tell("measure", seconds=quiet_s, every_s=_NEWCOMER_EACH_S)
        quiet = crowd.ask("measure", seconds=quiet_s, patience=quiet_s + 60)
        quiet["newcomers"] = coming.answer(60)
        before, cpu = site.resident_mb(), site.process.cpu_seconds()
        given = ["--known", str(known), "--seconds", str(seconds), "--seed", str(seed)]
        attack = _attack(site, "hostile", *given, behind=behind)
        coming.tell("measure", seconds=seconds, every_s=_NEWCOMER_EACH_S)
        attacked = crowd.ask("measure", seconds=seconds, patience=seconds + 120)
        attacked["newcomers"] = coming.answer(120)
        found = _finish(attack)
        cpu = site.process.cpu_seconds() - cpu
        ended = crowd.ask("end", patience=120)
        return {
            **found,
            "honest_clients": crowd.facts["clients"],
            "quiet": quiet,
            "attacked": attacked,
            "values_lost": quiet["lost"] + attacked["lost"] + ended["lost"],
            "dropped": ended["dropped"],
            "server_cpu_share": round(cpu / seconds, 2),
            **_after(site, before),
        }


@contextlib.contextmanager
def honest(site: Site, clients: int, *, read_ms: float = 250, write_ms: float = 100) -> Iterator[Process]:
    """Honest clients in a process of their own."""
    options = {"folder": site.folder, "port": site.port, "clients": clients, "read-ms": read_ms}
    options["write-ms"] = write_ms
    words = [word for name, value in options.items() for word in (f"--{name}", str(value))]
    command = [sys.executable, "-m", "benchmarks.siege.honest", *words]
    with Process("honest", command, site.folder) as process:
        _keep_apart(process, site.process)
        yield process


@contextlib.contextmanager
def newcomers(site: Site) -> Iterator[Process]:
    """Clients that come and log in, in a process of their own beside the honest ones."""
    words = ["--folder", str(site.folder), "--port", str(site.port)]
    command = [sys.executable, "-m", "benchmarks.siege.newcomers", *words]
    with Process("newcomers", command, site.folder) as process:
        _keep_apart(process, site.process)
        yield process


@contextlib.contextmanager
def _site(**options: Any) -> Iterator[Site]:
    with tempfile.TemporaryDirectory() as folder, besieged(Path(folder), **options) as site:
        yield site


def _keep_apart(clients: Process, service: Process) -> None:
    """Give the clients a processor and the service the others: clients elsewhere interrupt no service."""
    _place(clients.pids[0], clients=True)
    _place(service.pids[0], clients=False)


def _place(pid: int, *, clients: bool) -> None:
    """On which processors a process runs, where there are several."""
    if sys.platform != "linux":
        return
    processors = os.sched_getaffinity(0)
    own = {max(processors)}
    if len(processors) == 1:
        return
    for thread in Path(f"/proc/{pid}/task").iterdir():
        with contextlib.suppress(OSError):  # a thread may end meanwhile
            os.sched_setaffinity(int(thread.name), own if clients else processors - own)


def _attack(
    site: Site, what: str, *options: str, hostile: bool = True, behind: int = 0
) -> subprocess.Popen[str]:
    """A process that gets only the processor time that honest clients leave on theirs, if it is hostile."""
    common = ["--folder", str(site.folder), "--port", str(site.port)]
    lower = hostile and hasattr(os, "nice")
    nice = ["nice", "-n", str(_LOWEST_PRIORITY)] if lower else []
    command = [*nice, sys.executable, "-m", f"benchmarks.siege.{what}", *common, *options]
    attack = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=lower
    )
    if hostile:
        _place(attack.pid, clients=True)
    if lower and behind:
        _step_behind(attack.pid, behind)
    return attack


def _step_behind(pid: int, steps: int) -> None:
    """Let a session of processes run behind all others.

    Linux shares processors out among sessions first (man 7 sched, autogroup); `nice` counts within one alone.
    """
    group = Path(f"/proc/{pid}/autogroup")
    with contextlib.suppress(OSError):  # not on every kernel
        group.write_text(str(steps), encoding="ascii")


def _finish(attack: subprocess.Popen[str]) -> dict[str, Any]:
    out, errors = attack.communicate()
    if attack.returncode:
        raise CampaignFailed(errors[-2_000:])
    found: dict[str, Any] = json.loads(out)
    return found


def _after(site: Site, before: float) -> dict[str, Any]:
    return {
        "crashes": int(site.ended()),
        "complaints": site.complaints()[:10],
        "resident_before_mb": round(before, 1),
        "resident_after_mb": round(site.resident_mb(), 1),
    }
