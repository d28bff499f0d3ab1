"""Hostile clients of every class at once, in a process of their own.

Each class does, over and over, what one kind of attacker does, as hard as it can; it ends with the time. What
the service answers is counted by class. What an attacker must not get is a breach, and told as one.
"""

from __future__ import annotations

import argparse
import asyncio
import json
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from benchmarks.siege import attacks
from benchmarks.siege.attacker import Attacker
from benchmarks.siege.attacks import code_name
from benchmarks.siege.channel import Closed
from benchmarks.siege.session import Refused

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    Attack = Callable[[Attacker], Awaitable[None]]

_PAUSE_S: Final = 0.05
_IMPATIENT: Final = {"reconnect storm", "certificate flood", "half open", "session stealing"}
CLASSES: Final[dict[str, tuple[Attack, int]]] = {
    "half open": (attacks.half_open, 5),
    "slow reader": (attacks.slow_reader, 4),
    "slow writer": (attacks.slow_writer, 4),
    "huge messages": (attacks.huge_messages, 4),
    "wrong tokens": (attacks.wrong_tokens, 4),
    "session stealing": (attacks.session_stealing, 4),
    "foreign subscriptions": (attacks.foreign_subscriptions, 4),
    "brute force": (attacks.brute_force, 4),
    "hoarding": (attacks.hoarding, 4),
    "reconnect storm": (attacks.reconnect_storm, 5),
    "certificate flood": (attacks.certificate_flood, 4),
    "fuzz": (attacks.fuzzing, 4),
}
"""Each class, and how many of its clients there are: 50 in sum."""


async def _attack(hostile: Attacker, name: str, attack: Attack) -> None:
    """One client: its attack, over and over."""
    while True:
        try:
            await attack(hostile)
        except (Closed, Refused) as refused:
            hostile.count(f"{name}: ended by {code_name(refused.code)}")
        except (ConnectionError, TimeoutError) as error:
            hostile.count(f"{name}: ended by {type(error).__name__}")
        await asyncio.sleep(_PAUSE_S if name in _IMPATIENT else 10 * _PAUSE_S)


async def _siege(hostile: Attacker, seconds: float, only: list[str]) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds), asyncio.TaskGroup() as group:
            for name, (attack, clients) in CLASSES.items():
                for _ in range(clients if not only or name in only else 0):
                    group.create_task(_attack(hostile, name, attack), name=name)


def main() -> None:
    """Attack for a time; one line of JSON tells the outcomes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--known", type=Path, help="what the honest process said: tokens and subscriptions")
    parser.add_argument("--only", action="append", default=[])
    given = parser.parse_args()
    known = json.loads(given.known.read_text())
    hostile = Attacker(given.folder, given.port, given.seed, known["tokens"], known["subscriptions"])
    asyncio.run(_siege(hostile, given.seconds, given.only))
    print(
        json.dumps({"counts": dict(sorted(hostile.counts.items())), "breaches": hostile.breaches}), flush=True
    )


if __name__ == "__main__":
    main()
