"""From a PLC's tags to samples, for as long as one session lasts, and over all of them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from asyncua.ua.attribute_ids import AttributeIds

from opcua_ml.domain.errors import TagError
from opcua_ml.domain.status import Severity, severity
from opcua_ml.opcua.plc.delivery import SampleDelivery
from opcua_ml.opcua.plc.failure import SessionFailed, code_name
from opcua_ml.opcua.plc.input_tag import InputTag
from opcua_ml.opcua.plc.instrument import read_details
from opcua_ml.opcua.plc.notification import plain
from opcua_ml.opcua.plc.pulse import CAUSE, PulseTag, feel
from opcua_ml.opcua.plc.subscription import Subscription, SubscriptionCounts
from opcua_ml.opcua.plc.upkeep import Upkeep
from opcua_ml.opcua.status_codes import status_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from opcua_ml.application.ports import Clock, SampleReceiver
    from opcua_ml.domain.details import TagDetails
    from opcua_ml.opcua.plc.binding import Heartbeat, InputBinding
    from opcua_ml.opcua.plc.inspection import Found, Inspector
    from opcua_ml.opcua.plc.session import PlcSession
    from opcua_ml.opcua.plc.settings import PlcSettings


class PlcSource:
    """All tags that are read from one PLC.

    Args:
        settings: of the PLC.
        bindings: what is read.
        receiver: takes the samples.
        clock: for arrival times.
        heartbeat: sign of life of the PLC's program, or None.
        described: is told what the PLC tells of a tag for displays.
    """

    def __init__(
        self,
        settings: PlcSettings,
        bindings: Sequence[InputBinding],
        receiver: SampleReceiver,
        clock: Clock,
        *,
        heartbeat: Heartbeat | None = None,
        described: Callable[[InputBinding, TagDetails], None] | None = None,
    ) -> None:
        self.tags = tuple(InputTag(binding, settings) for binding in bindings)
        self.counts = SubscriptionCounts()
        self.subscription: Subscription | None = None
        self._pulse = PulseTag(heartbeat, settings) if heartbeat and heartbeat.read else None
        self._all: tuple[InputTag, ...] = self.tags if self._pulse is None else (*self.tags, self._pulse)
        self.delivery = SampleDelivery(self._all, receiver, clock)
        self._settings = settings
        self._described = described
        self._clock = clock
        self._session: PlcSession | None = None

    def begin(self) -> None:
        """A new session: nothing is subscribed, and of the program nobody knows whether it lives."""
        self.delivery.begin()
        if self._pulse is not None:
            now = self._clock.monotonic()
            self._pulse.begin(now)
            self.delivery.hold(CAUSE, *self._pulse.verdict(now))

    async def release(self, cause: str) -> None:
        """Let values through again, starting with those of now."""
        if self.delivery.let_go(cause):
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
        self._session = session
        if not self._all:
            started()
            return
        subscription = self.subscription = Subscription(
            session,
            self._settings,
            self.counts,
            deliver=self.delivery.deliver,
            read_anew=self._read_anew,
            monotonic=self._clock.monotonic,
        )
        await subscription.create()

        async def bind(tags: Sequence[InputTag]) -> None:
            await self._bind(subscription, inspector, tags)
            await self._tell_details(session, tags)

        await self._bind(subscription, inspector, self._all)
        started()
        name = self._settings.name
        upkeep = Upkeep(
            session, self._settings, self._all, self.delivery, bind=bind, monotonic=self._clock.monotonic
        )
        async with asyncio.TaskGroup() as tasks:
            for number in range(self._settings.publish_requests):
                tasks.create_task(subscription.publish(), name=f"{name}.publish.{number}")
            tasks.create_task(subscription.watch(), name=f"{name}.keep-alive")
            tasks.create_task(self._tell_details(session, self._all), name=f"{name}.details")
            tasks.create_task(upkeep.retry(), name=f"{name}.retry")
            tasks.create_task(upkeep.recheck(), name=f"{name}.recheck")
            if self._pulse is not None:
                pulse = feel(self._pulse, self.delivery, self.release, self._clock.monotonic)
                tasks.create_task(pulse, name=f"{name}.pulse")

    async def _bind(self, subscription: Subscription, inspector: Inspector, tags: Sequence[InputTag]) -> None:
        """Find tags, send their values and subscribe to them; what can't be used is sent as Bad."""
        old = [tag.monitored.item for tag in tags if tag.monitored is not None]
        for tag in tags:
            self.delivery.handle_for(tag)  # from here on nothing of an old item passes
        if old:
            await subscription.items.forget(old)
        usable: list[tuple[InputTag, Found]] = []
        addresses = [tag.binding.address for tag in tags]
        for tag, found in zip(tags, await inspector.inspect(addresses), strict=True):
            try:
                usable.append((tag, _checked(tag, found)))
            except TagError as problem:
                self.delivery.refuse(tag, status_of(problem), problem.sentence)
        # Before the items exist, as they may notify newer values at once.
        self._deliver_read([(tag, plain(found.value)) for tag, found in usable], described=True)
        made = await subscription.items.create([(tag.handle, found.node) for tag, found in usable])
        for (tag, _), monitored in zip(usable, made, strict=True):
            if severity(monitored.code) is not Severity.GOOD:
                reason = f"the PLC refused to monitor it with {code_name(monitored.code)}"
                self.delivery.refuse(tag, monitored.code, reason)
                continue
            tag.monitored = monitored
            if tag.is_misread:
                tag.retry_at = self._clock.monotonic() + tag.retry.next()
                continue
            tag.retry_at = None
            tag.retry.reset()

    async def _tell_details(self, session: PlcSession, tags: Sequence[InputTag]) -> None:
        """Tell what displays may know of tags that feed inputs; it delays no value."""
        known = [tag for tag in tags if tag.binding.feeds is not None and tag.found is not None]
        if self._described is None or not known:
            return
        for tag, details in zip(known, await read_details(session, known), strict=True):
            self._described(tag.binding, details)

    def _deliver_read(
        self,
        read: Sequence[tuple[InputTag, tuple[Any, int, int | None, int | None]]],
        *,
        described: bool = False,
    ) -> None:
        self.delivery.deliver([(tag.handle, *change) for tag, change in read], read=True, described=described)
        for tag, (_, _, source, _) in read:
            tag.was_read(source)

    async def read_now(self, keys: Collection[int]) -> bool:
        """Read the tags of these keys and pass their values on; False where there is no answer.

        Every one of them has been sampled by the PLC after this was called.
        """
        try:
            await self._read_anew([tag for tag in self.tags if tag.binding.key in keys])
        except SessionFailed:
            return False  # the session's own tasks see to what follows
        return self._session is not None

    async def _read_anew(self, wanted: Sequence[InputTag] | None = None) -> None:
        """Read subscribed tags, by default all: notifications were lost, did not count or may be too old."""
        if self._session is None or self.subscription is None:
            return
        wanted = self._all if wanted is None else wanted
        tags = [(tag, tag.found.node) for tag in wanted if tag.monitored is not None and tag.found]
        values = await self._session.read([(node, AttributeIds.Value) for _, node in tags])
        read = [(tag, plain(value)) for (tag, _), value in zip(tags, values, strict=True)]
        self._deliver_read(read)
        span = 2 * self.subscription.publishing_interval + 1
        for tag, (_, _, _, server) in read:
            tag.ignore_before(server, self._clock.monotonic(), span)


def _checked(tag: InputTag, found: Found | TagError) -> Found:
    if isinstance(found, TagError):
        raise found
    tag.bind(found)
    return found
