"""The rows of the matrix: every fault of the simulator, and the deaths of its process."""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from opcua_ml_simulator.faults.registry import REGISTRY
from tests.integration.fault_matrix import expectation as expect
from tests.integration.fault_matrix.expectation import DISTURBED, FIRST, FROZEN
from tests.integration.fault_matrix.policies import HOLD, KEEP_ALIVE, MAX_AGE, MAX_UNCHANGED

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tests.integration.fault_matrix.expectation import Expected
    from tests.integration.fault_matrix.site import Site

    Act = Callable[[Site], Awaitable[None]]

CLOSED = HOLD + 1.2
"""s of an outage that the service learns of at once; the policy hold ends before it does."""
SILENT = KEEP_ALIVE + HOLD + 1.2
"""s of an outage that only silence tells."""
SOON = 2.0
"""s within which an output follows what the PLC tells, on a busy machine."""
TAG_PATH = f"PumpStation.{DISTURBED}"
TAG, SERVER, DEATH = "Of a tag", "Of the server", "Of the PLC itself"


@dataclass(frozen=True, slots=True)
class Row:
    """One fault.

    Attributes:
        name: as the table has it.
        scope: section of the table.
        cause: what happens, in words.
        inject, clear: start it and end it.
        expected: by policy.
        within: s after which the outputs must tell it.
        shows: name of a diagnostic of the connection, and what its values before and meanwhile must be.
        beats: whether the service's heartbeat goes on at the PLC.
    """

    name: str
    scope: str
    cause: str
    inject: Act
    clear: Act
    expected: Expected
    within: float = SOON
    shows: tuple[str, Callable[[float, float], bool]] | None = None
    beats: bool = True

    @property
    def seconds(self) -> float:
        """About how long it takes, so that the long ones begin first."""
        return self.within + max(len(one.statuses) + (one.plc == "nothing") for one in self.expected.values())


def _more(before: float, now: float) -> bool:
    return now > before


def _near(wanted: float) -> Callable[[float, float], bool]:
    return lambda _, now: abs(now - wanted) < 5.0


def _tag(
    fault: str, expected: Expected, magnitude: float = 0.0, tag: str = f"PumpStation.{DISTURBED}"
) -> Row:
    async def inject(site: Site) -> None:
        await site.plc.call("InjectTagFault", tag, fault, magnitude, 0.0)

    async def clear(site: Site) -> None:
        await site.plc.call("ClearTagFaults")

    return Row(fault, TAG, REGISTRY[fault.lower()].description, inject, clear, expected)


def _server(fault: str, expected: Expected, magnitude: float = 0.0, seconds: float = 0.0) -> Row:
    async def inject(site: Site) -> None:
        await site.plc.call("InjectServerFault", fault, magnitude, seconds)

    async def clear(site: Site) -> None:
        await site.plc.call("ClearServerFaults")

    return Row(fault, SERVER, REGISTRY[fault.lower()].description, inject, clear, expected)


def _tag_rows() -> list[Row]:
    removed_result = _tag(
        "NodeRemoved",
        expect.kept_by_plc(expect.good(), "BadNodeIdUnknown", "reject"),
        tag="Results.Value1",
    )
    return [
        _tag("BadQuality", expect.bad("BadNoCommunication")),
        _tag("UncertainQuality", expect.uncertain("UncertainLastUsableValue")),
        replace(_tag("Frozen", expect.bad(FROZEN)), within=MAX_UNCHANGED + SOON),
        replace(_tag("Spike", expect.outside(returns=True), 50.0), within=11.0),
        _tag("Drift", expect.outside(), 20.0),
        _tag("Noise", expect.outside(at_times=True), 50.0),
        replace(_tag("Stale", expect.stale()), within=MAX_AGE + SOON),
        replace(_tag("QueueOverflow", expect.good(), 20.0), shows=("Overflows", _more)),
        _tag("UnitChange", expect.passing("BadWaitingForInitialData", FIRST), tag=f"PumpStation.{FIRST}"),
        _tag("TypeChange", expect.bad("BadTypeMismatch")),
        _tag("NodeRemoved", expect.bad("BadNodeIdUnknown")),
        replace(
            removed_result,
            name="NodeRemoved, a result tag",
            cause="A download has taken the result tag of the first policy",
        ),
    ]


def _server_rows() -> list[Row]:
    unreachable = expect.lost()

    async def under_small_limits(site: Site) -> None:
        await site.plc.call("InjectServerFault", "SmallLimits", 20.0, 0.0)
        await site.plc.call("InjectServerFault", "Disconnect", 0.0, 0.3)

    async def bad_without_status(site: Site) -> None:
        await site.plc.call("InjectServerFault", "NoStatusWrite", 0.0, 0.0)
        await site.plc.call("InjectTagFault", f"PumpStation.{DISTURBED}", "BadQuality", 0.0, 0.0)

    async def clear_all(site: Site) -> None:
        await site.plc.call("ClearTagFaults")
        await site.plc.call("ClearServerFaults")

    async def reorder_back(site: Site) -> None:
        moved = await site.plc.namespace_index()
        await site.plc.call("ClearServerFaults")
        while await site.plc.namespace_index() == moved:
            pass

    slow = _server("SlowServer", expect.good(), 0.4)
    limits = _server("SmallLimits", expect.passing("BadNoCommunication", FIRST))
    refused = expect.kept_by_plc(expect.good(), "the last value that was taken")

    async def accept_again(site: Site) -> None:
        await clear_all(site)
        await site.plc.call("InjectServerFault", "Disconnect", 0.0, 0.3)

    no_status = _server("NoStatusWrite", expect.without_status(expect.bad("BadNoCommunication")))
    return [
        _server("Disconnect", unreachable, seconds=CLOSED),
        _server("Restart", unreachable, seconds=CLOSED),
        replace(_server("NamespaceReorder", expect.passing("BadNoCommunication", FIRST)), clear=reorder_back),
        replace(slow, name="SlowServer, 0.4 s", cause=f"{slow.cause}; here less than the keep-alive time"),
        replace(
            _server("SlowServer", unreachable, 30.0, SILENT),
            name="SlowServer, 30 s",
            cause=f"{slow.cause}; here more than the keep-alive time",
            within=2 * KEEP_ALIVE,
        ),
        replace(_server("FrozenServer", unreachable, seconds=SILENT), within=2 * KEEP_ALIVE),
        *(
            replace(
                _server("ClockSkew", expect.moved_clock(), skew),
                name=f"ClockSkew, {abs(skew) / 3600:g} h {'ahead' if skew > 0 else 'behind'}",
                shows=("ClockOffset", _near(skew)),
            )
            for skew in (3600.0, -3600.0)
        ),
        replace(
            limits,
            inject=under_small_limits,
            cause=f"{limits.cause}; here 20 operations, in force as the service connects again",
        ),
        replace(_server("WriteRefused", refused), shows=("WriteRefused", _more), beats=False),
        replace(_server("NotWritable", refused), shows=("WriteRefused", _more), beats=False),
        replace(
            no_status,
            inject=bad_without_status,
            clear=accept_again,
            cause=f"{no_status.cause}; here together with BadQuality of a tag",
        ),
    ]


def _death_rows() -> list[Row]:
    async def crash(site: Site) -> None:
        await site.plc.call("InjectServerFault", "Crash", 0.0, 0.0)
        await site.plc.ended()

    async def start(site: Site) -> None:
        await site.plc.start()

    async def freeze(site: Site) -> None:
        site.plc.freeze()

    async def thaw(site: Site) -> None:
        site.plc.thaw()

    unreachable = expect.lost()
    rows = [
        Row("Crash", DEATH, REGISTRY["crash"].description, crash, start, unreachable),
    ]
    if sys.platform != "win32":
        words = "The PLC's process is stopped (SIGSTOP), and goes on; its connections stay open"
        rows.append(Row("Stopped", DEATH, words, freeze, thaw, unreachable, within=2 * KEEP_ALIVE))
    return rows


ROWS = [*_tag_rows(), *_server_rows(), *_death_rows()]
"""In the order of the table."""
