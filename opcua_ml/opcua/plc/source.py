"""From a PLC's tags to samples: in whole notifications, and Bad with its reason where there is no value."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from asyncua import ua
from asyncua.ua.attribute_ids import AttributeIds
from asyncua.ua.status_codes import StatusCodes

from opcua_ml.domain.errors import TagError, TagUnknown
from opcua_ml.domain.status import Severity, Status, severity
from opcua_ml.opcua.hot import to_datetime
from opcua_ml.opcua.plc.failure import SessionFailed, code_name
from opcua_ml.opcua.plc.input_tag import InputTag
from opcua_ml.opcua.plc.notification import plain
from opcua_ml.opcua.plc.pulse import PulseTag
from opcua_ml.opcua.plc.subscription import Subscription, SubscriptionCounts
from opcua_ml.opcua.status_codes import status_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime

    from opcua_ml.application.ports import Clock, SampleReceiver
    from opcua_ml.domain.sample import Sample
    from opcua_ml.opcua.hot import Change
    from opcua_ml.opcua.plc.binding import Heartbeat, InputBinding
    from opcua_ml.opcua.plc.inspection import Found, Inspector
    from opcua_ml.opcua.plc.session import PlcSession
    from opcua_ml.opcua.plc.settings import PlcSettings

_PULSE = "heartbeat"
_GONE = frozenset({StatusCodes.BadNodeIdUnknown, StatusCodes.BadNodeIdInvalid})


class PlcSource:
    """All tags that are read from one PLC.

    Args:
        settings: of the PLC.
        bindings: what is read.
        receiver: takes the samples.
        clock: for arrival times.
        heartbeat: sign of life of the PLC's program, or None.
    """

    def __init__(
        self,
        settings: PlcSettings,
        bindings: Sequence[InputBinding],
        receiver: SampleReceiver,
        clock: Clock,
        *,
        heartbeat: Heartbeat | None = None,
    ) -> None:
        self.tags = tuple(InputTag(binding, settings) for binding in bindings)
        self._pulse = PulseTag(heartbeat.read, settings) if heartbeat and heartbeat.read else None
        self._longest_without_pulse = heartbeat.timeout if heartbeat else 0.0
        self._all: tuple[InputTag, ...] = self.tags if self._pulse is None else (*self.tags, self._pulse)
        self.counts = SubscriptionCounts()
        self.values = 0
        self.older = 0
        self.subscription: Subscription | None = None
        self._settings = settings
        self._receiver = receiver
        self._clock = clock
        self._session: PlcSession | None = None
        self._inspector: Inspector | None = None
        self._by_handle: dict[int, InputTag] = {}
        self._last_handle = 0
        self._held: dict[str, tuple[int, str]] = {}

    def fail_all(self, status: int, reason: str) -> None:
        """Send a Bad sample for every tag: there is no connection that could tell anything else."""
        now = self._clock.monotonic()
        for tag in self._all:
            tag.monitored = None
            tag.retry_at = None
        self._receiver.receive([(tag.binding.key, tag.bad(status, reason, now)) for tag in self.tags])

    def hold(self, cause: str, status: int, reason: str) -> None:
        """Make every tag Bad although values come, until `release` of the same cause."""
        self._held[cause] = (status, reason)
        now = self._clock.monotonic()
        self._receiver.receive([(tag.binding.key, tag.bad(status, reason, now)) for tag in self.tags])

    async def release(self, cause: str) -> None:
        """Let values through again, starting with those of now."""
        if self._held.pop(cause, None) is not None and not self._held:
            await self._read_anew()

    async def run(self, session: PlcSession, inspector: Inspector, started: Callable[[], None]) -> None:
        """Read the tags in one session until it ends or we are cancelled.

        Args:
            session: prepared.
            inspector: of the same session.
            started: called once all tags that can be used are subscribed.

        Raises:
            ExceptionGroup: of SessionFailed.
        """
        self._session, self._inspector = session, inspector
        self._held.clear()
        self._by_handle.clear()
        if not self._all:
            started()
            return
        subscription = self.subscription = Subscription(
            session,
            self._settings,
            self.counts,
            deliver=self._deliver,
            read_anew=self._read_anew,
            monotonic=self._clock.monotonic,
        )
        await subscription.create()
        await self._bind(self._all)
        started()
        name = self._settings.name
        async with asyncio.TaskGroup() as tasks:
            for number in range(self._settings.publish_requests):
                tasks.create_task(subscription.publish(), name=f"{name}.publish.{number}")
            tasks.create_task(subscription.watch(), name=f"{name}.keep-alive")
            tasks.create_task(self._retry(), name=f"{name}.retry")
            tasks.create_task(self._recheck(), name=f"{name}.recheck")
            if self._pulse is not None:
                tasks.create_task(self._feel(self._pulse), name=f"{name}.pulse")

    async def _bind(self, tags: Sequence[InputTag]) -> None:
        """Find tags, subscribe to them and send their values; what can't be used is sent as Bad."""
        assert self._inspector is not None and self.subscription is not None  # noqa: S101, PT018 - set by run
        old = [tag.monitored.item for tag in tags if tag.monitored is not None]
        if old:
            await self.subscription.forget(old)
        found = await self._inspector.inspect([tag.binding.address for tag in tags])
        usable: list[InputTag] = []
        for tag, one in zip(tags, found, strict=True):
            try:
                tag.bind(_checked(one))
            except TagError as problem:
                self._fail(tag, status_of(problem), problem.sentence)
            else:
                usable.append(tag)
        made = await self.subscription.monitor(
            [(self._handle(tag), tag.found.node) for tag in usable if tag.found]
        )
        subscribed: list[InputTag] = []
        for tag, monitored in zip(usable, made, strict=True):
            if severity(monitored.code) is Severity.GOOD:
                tag.monitored = monitored
                tag.retry_at = None
                tag.retry.reset()
                subscribed.append(tag)
            else:
                self._fail(
                    tag, monitored.code, f"the PLC refused to monitor it with {code_name(monitored.code)}"
                )
        self._deliver_read([(tag, tag.found.value) for tag in subscribed if tag.found])

    def _handle(self, tag: InputTag) -> int:
        self._by_handle.pop(tag.handle, None)
        self._last_handle += 1
        tag.handle = self._last_handle
        self._by_handle[tag.handle] = tag
        return tag.handle

    def _fail(self, tag: InputTag, status: int, reason: str) -> None:
        """Make one tag Bad and try it alone again later; the others run."""
        now = self._clock.monotonic()
        tag.retry_at = now + tag.retry.next()
        self._by_handle.pop(tag.handle, None)
        self._pass_on([(tag, tag.bad(status, reason, now))])

    def _deliver(self, changes: list[Change]) -> None:
        """Take the values of one notification."""
        now = self._clock.monotonic()
        self.values += len(changes)
        self._pass_on(self._samples(changes, now))

    def _samples(self, changes: Iterable[Change], now: float) -> list[tuple[InputTag, Sample]]:
        by_handle = self._by_handle
        samples: list[tuple[InputTag, Sample]] = []
        stamps: dict[int, datetime | None] = {0: None}
        for handle, value, status, source, server in changes:
            tag = by_handle.get(handle)
            if tag is None:
                continue
            if tag.is_older(value, status, source, now):
                self.older += 1
                continue
            sourced, served = source or 0, server or 0
            if sourced not in stamps:
                stamps[sourced] = to_datetime(sourced)
            if served not in stamps:
                stamps[served] = to_datetime(served)
            samples.append((tag, tag.take(value, status, now, (stamps[sourced], stamps[served]))))
        return samples

    def _pass_on(self, samples: Sequence[tuple[InputTag, Sample]]) -> None:
        if not self._held and samples:
            self._receiver.receive([(tag.binding.key, sample) for tag, sample in samples if tag.feeds])
        for tag, sample in samples:
            if sample.status in _GONE and tag.retry_at is None:
                tag.retry_at = self._clock.monotonic() + tag.retry.next()

    def _deliver_read(self, read: Sequence[tuple[InputTag, ua.DataValue]]) -> None:
        """Send values that were read; notifications that were under way meanwhile tell nothing newer."""
        self._deliver([(tag.handle, *plain(value)) for tag, value in read])
        assert self.subscription is not None  # noqa: S101 - set by run
        until = self._clock.monotonic() + 2 * self.subscription.publishing_interval + 1
        for tag, value in read:
            tag.set_floor(plain(value)[2], until)

    async def _read_anew(self) -> None:
        """Read every subscribed tag: notifications were lost."""
        assert self._session is not None  # noqa: S101 - set by run
        tags = [tag for tag in self._all if tag.monitored is not None]
        values = await self._session.read([(tag.found.node, AttributeIds.Value) for tag in tags if tag.found])
        self._deliver_read(list(zip(tags, values, strict=True)))

    async def _retry(self) -> None:
        """Try tags that could not be used again, each at its own pace."""
        assert self._session is not None  # noqa: S101 - set by run
        while True:
            await asyncio.sleep(self._settings.retry_min / 2)
            now = self._clock.monotonic()
            due = [tag for tag in self._all if tag.retry_at is not None and tag.retry_at <= now]
            if due:
                await self._session.read_namespaces()
                await self._bind(due)

    async def _feel(self, pulse: PulseTag) -> None:
        """Make every tag Bad while the PLC's program gives no sign of life."""
        longest = self._longest_without_pulse
        pulse.changed_at = self._clock.monotonic()
        while True:
            await asyncio.sleep(longest / 8)
            if self._clock.monotonic() - pulse.changed_at <= longest:
                await self.release(_PULSE)
            elif _PULSE not in self._held:
                reason = f"the PLC's program has not changed {pulse.binding.address} for {longest:g} s"
                self.hold(_PULSE, Status.BadOutOfService, reason)

    async def _recheck(self) -> None:
        """See, now and then, that tags are still what they were: some PLCs don't tell."""
        assert self._session is not None  # noqa: S101 - set by run
        while True:
            await asyncio.sleep(self._settings.recheck)
            known = self._session.namespaces
            if (await self._session.read_namespaces())[: len(known)] != known:
                raise SessionFailed("the PLC's namespaces have changed")
            await self._recheck_tags([tag for tag in self._all if tag.monitored and tag.retry_at is None])

    async def _recheck_tags(self, tags: Sequence[InputTag]) -> None:
        assert self._session is not None  # noqa: S101 - set by run
        attributes = (AttributeIds.DataType, AttributeIds.Value)
        nodes = [tag.found.node for tag in tags if tag.found]
        read = iter(await self._session.read([(node, one) for node in nodes for one in attributes]))
        rebind: list[InputTag] = []
        for tag in tags:
            data_type, value = next(read), next(read)
            code = 0 if data_type.StatusCode is None else data_type.StatusCode.value
            if code in _GONE:
                problem = TagUnknown("the PLC has no such node any more", where=str(tag.binding.address))
                self._fail(tag, status_of(problem), problem.sentence)
            elif self._has_changed(tag, data_type) or tag.is_deaf(*plain(value)[:2]):
                rebind.append(tag)
        if rebind:
            await self._bind(rebind)

    @staticmethod
    def _has_changed(tag: InputTag, data_type: ua.DataValue) -> bool:
        node = None if data_type.Value is None else data_type.Value.Value
        return tag.found is not None and isinstance(node, ua.NodeId) and node != tag.found.data_type_node


def _checked(found: Found | TagError) -> Found:
    if isinstance(found, TagError):
        raise found
    return found
