"""One row, tried: injected, watched, cleared; what was seen, and whether it was as it must be."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, replace
from itertools import groupby
from time import monotonic
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.integration.fault_matrix.expectation import Expectation
    from tests.integration.fault_matrix.plc import Result
    from tests.integration.fault_matrix.rows import Row
    from tests.integration.fault_matrix.site import Site
    from tests.integration.fault_matrix.watch import Seen, Watch

BACK_WITHIN = 10.0
"""s after a PLC's return within which outputs are Good again."""
KEPT = "the last value that was taken"
_WATCHED = 0.3
"""s during which nothing else may come once everything is as expected."""
_SEQUENCE = 12.0
_WRITTEN = 5.0
_STANDS = 0.5
"""s after which what has not moved is held to stand still."""
_PAUSE = 0.05
"""s between two looks at the PLC."""
_MEASURED = re.compile(r"-?\d+\.\d+")


@dataclass(frozen=True, slots=True)
class Cell:
    """What was seen of one fault under one policy.

    Attributes:
        statuses: of the outputs, one after another; empty where they stayed Good.
        offending: the input that was named.
        reason: the first one given, in words, without measured values.
        plc: what the PLC's result tag showed.
        told_after: s until the first prediction that was not Good; None where all were.
        good_after: s from the fault's end to the next Good prediction.
    """

    statuses: tuple[str, ...]
    offending: str
    reason: str
    plc: str
    told_after: float | None
    good_after: float = 0.0


class NotInTime(AssertionError):
    """A step was not seen in its time: the service is at fault, or the machine was busy with other things."""


class Trial:
    """Of one row on one site."""

    def __init__(self, site: Site, row: Row) -> None:
        self._site = site
        self._row = row
        self._began = 0.0

    async def run(self) -> dict[str, Cell]:
        """Everything that was seen, by policy.

        Raises:
            AssertionError, TimeoutError: it was not as it must be.
        """
        site, row = self._site, self._row
        before = 0.0 if row.shows is None else await site.diagnostic(row.shows[0])
        for watch in site.watches.values():
            watch.forget()
        self._began = monotonic()
        await row.inject(site)
        try:
            await self._as_expected(before)
            plc = await self._at_plc()
            cells = {policy: self._judged(policy, plc[policy]) for policy in site.watches}
        finally:
            await row.clear(site)
        ended = monotonic()
        await self._good_again()
        await self._plc_is_written()
        await self._vouch()
        assert site.service.process.returncode is None, "the service has ended"
        return {
            policy: replace(cell, good_after=self._good_after(policy, ended))
            for policy, cell in cells.items()
        }

    async def _as_expected(self, before: float) -> None:
        for policy, watch in self._site.watches.items():
            await self._follow(watch, self._row.expected[policy])
        await self._nothing_else()
        await self._shown(before)

    async def _follow(self, watch: Watch, expected: Expectation) -> None:
        """Wait for the expected statuses, one after another."""
        place = 0
        for number, status in enumerate(expected.statuses):
            try:
                place = await watch.until_seen(with_status(status), _SEQUENCE, since=place)
            except TimeoutError:
                found = in_order(watch.seen)
                raise NotInTime(f"{watch.model}: wanted {expected.statuses}, saw {found}") from None
            told = watch.seen[place].made - self._began
            if not number and told > self._row.within:
                raise NotInTime(f"{watch.model}: told only after {told:.2f} s")

    async def _nothing_else(self) -> None:
        """See that what is so stays so for a while."""
        ends = monotonic() + _WATCHED
        for policy, watch in self._site.watches.items():
            expected, since = self._row.expected[policy], len(watch.seen)
            allowed = {expected.last, *expected.also}
            try:
                place = await watch.until_seen(
                    without_status(allowed), max(0.0, ends - monotonic()), since=since
                )
            except TimeoutError:
                continue
            raise AssertionError(f"{policy}: {watch.seen[place]} is none of {sorted(allowed)}")

    async def _shown(self, before: float) -> None:
        """Wait until what tells of the fault does so: the diagnostic, and what stands beside the outputs."""
        name, is_told = self._row.shows or ("", lambda *_: True)
        async with asyncio.timeout(_WRITTEN):
            while name and not is_told(before, await self._site.diagnostic(name)):  # noqa: ASYNC110 - a server's
                await asyncio.sleep(0.05)
        steady = [policy for policy, one in self._row.expected.items() if not one.also]
        ends = monotonic() + _WRITTEN
        while steady:
            found = await self._site.shown(steady)
            last = {policy: self._site.watches[policy].last for policy in steady}
            wanted = {policy: one and (one.status, one.offending, one.reason) for policy, one in last.items()}
            steady = [policy for policy in steady if found[policy] != wanted[policy]]
            assert monotonic() < ends, f"an HMI shows {found}, wanted {wanted}"

    def _judged(self, policy: str, plc: str) -> Cell:
        """What was seen, after seeing that it is what was expected."""
        expected, seen = self._row.expected[policy], self._site.watches[policy].seen
        first = next((one for one in seen if not one.is_good and one.status in expected.statuses), None)
        statuses = tuple(
            status for status in in_order(seen) if status in expected.statuses or status not in expected.also
        )
        statuses = _once(tuple(status for status, _ in groupby(statuses)), expected.statuses)
        if expected.stays_good:
            statuses = tuple(status for status in statuses if status != "Good")
        assert statuses == expected.statuses, f"{policy}: {in_order(seen)}"
        offending = first.offending if first else ""
        assert offending == expected.offending, f"{policy}: {first}"
        told_after = first.made - self._began if first else None
        reason = _MEASURED.sub("…", first.reason) if first else ""
        return Cell(statuses, offending, reason, plc, told_after)

    async def _vouch(self) -> None:
        """Let the witness judge every prediction since the fault began, and until all was well again."""
        until = monotonic()
        await self._site.has_heard(until)
        for policy, watch in self._site.watches.items():
            for one in [one for one in watch.seen if one.at <= until]:
                complaint = self._site.complaint(policy, one)
                assert not complaint, f"{policy}: {complaint}: {one}"

    async def _at_plc(self) -> dict[str, str]:
        """What the PLC has in the result tags, once it is what it must be, and whether the heart beats."""
        wanted = {policy: one.plc or one.last for policy, one in self._row.expected.items()}
        is_lost = "nothing" in wanted.values()
        told = {policy: words for policy, words in wanted.items() if words != "nothing"}
        before, began = await self._site.results(of_pump=not is_lost), monotonic()
        while True:
            now, waited = await self._site.results(of_pump=not is_lost), monotonic() - began
            found = {
                policy: told_by_plc(before.by_policy[policy], one) for policy, one in now.by_policy.items()
            }
            beats = now.heartbeat != before.heartbeat
            stands = not is_lost and (KEPT in wanted.values() or not self._row.beats)
            if found == told and (is_lost or beats is self._row.beats) and (waited > _STANDS or not stands):
                return wanted
            assert waited < _WRITTEN, f"the PLCs have {found}, wanted {told}; heartbeat: {beats}"
            await asyncio.sleep(_PAUSE)

    async def _good_again(self) -> None:
        """Wait until the outputs under all policies are Good, and stay so with the next inputs."""
        for watch, since in [(watch, len(watch.seen)) for watch in self._site.watches.values()]:
            place = await watch.until_seen(with_status("Good"), BACK_WITHIN, since=since)
            await watch.until_seen(with_status("Good"), BACK_WITHIN, since=place + 1)

    async def _plc_is_written(self) -> None:
        """Wait until the PLC gets Good values into every result tag, and the heartbeat, again."""
        before = await self._site.results()
        ends = monotonic() + BACK_WITHIN
        while True:
            now = await self._site.results()
            if now.heartbeat != before.heartbeat and all(
                one.is_good and one.written_at != before.by_policy[name].written_at
                for name, one in now.by_policy.items()
            ):
                return
            assert monotonic() < ends, f"the PLCs have {now}"
            await asyncio.sleep(_PAUSE)

    def _good_after(self, policy: str, ended: float) -> float:
        seen = self._site.watches[policy].seen
        return max(0.0, next(one.at for one in seen if one.at > ended and one.is_good) - ended)


def _once(found: tuple[str, ...], expected: tuple[str, ...]) -> tuple[str, ...]:
    """Of what came over and over again, such as a spike, one time."""
    while len(found) > len(expected) > 0 and found[-len(expected) :] == expected:
        found = found[: -len(expected)]
    return found


def with_status(status: str) -> Callable[[Seen], bool]:
    """Whether a prediction has this status."""
    return lambda seen: seen.status == status


def without_status(statuses: set[str]) -> Callable[[Seen], bool]:
    """Whether a prediction has none of these statuses."""
    return lambda seen: seen.status not in statuses


def in_order(seen: list[Seen]) -> tuple[str, ...]:
    """The statuses since the first that was not Good, each but once in a row."""
    found = tuple(status for status, _ in groupby(one.status for one in seen))
    return found[1:] if found[:1] == ("Good",) else found


def told_by_plc(before: Result, now: Result) -> str:
    """What a result tag shows, in the words of the expectations."""
    if now.status == "BadNodeIdUnknown":
        return now.status
    if now.status != now.quality:
        return f"the value alone; quality tag {now.quality}"
    moves = now.written_at != before.written_at
    return now.status if moves or now.status != "Good" else KEPT
