"""One subscription with many items, whose notifications are taken whole, in order and without loss unseen.

Source: OPC UA Part 4, 5.14 (Subscription services).
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from asyncua import ua
from asyncua.ua.status_codes import StatusCodes

from opcua_ml.domain.wording import sentence
from opcua_ml.opcua.plc.failure import ServiceFault, SessionFailed, SessionSilent, code_name
from opcua_ml.opcua.plc.monitored_items import MonitoredItems
from opcua_ml.opcua.plc.notification import Notification, decode, of_message

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from opcua_ml.opcua.hot import Change
    from opcua_ml.opcua.plc.session import PlcSession
    from opcua_ml.opcua.plc.settings import PlcSettings

_LAST_SEQUENCE = 2**32 - 1
_MOST_REPUBLISHED = 100
_TURNS = 2  # of the event loop: a model's stream takes one to wake and one to join what else has come
_LIFETIME = 3  # a lifetime count is at least this many keep-alive counts: Part 4, 5.14.2.2


@dataclass(slots=True)
class SubscriptionCounts:
    """What became of notifications; runs over all sessions of a PLC."""

    notifications: int = 0
    republished: int = 0
    gaps: int = 0
    replayed: int = 0


class Subscription:
    """A subscription of one session.

    Args:
        session: whose it is.
        settings: intervals and sizes to ask for.
        counts: are kept here.
        deliver: takes the values of one notification, in order.
        read_anew: called after a loss, to read every value again.
        monotonic: clock.

    Attributes:
        publishing_interval, keep_alive_count: as the PLC revised them.
        items: what it monitors.
    """

    def __init__(
        self,
        session: PlcSession,
        settings: PlcSettings,
        counts: SubscriptionCounts,
        *,
        deliver: Callable[[list[Change]], None],
        read_anew: Callable[[], Awaitable[None]],
        monotonic: Callable[[], float],
    ) -> None:
        self._session = session
        self._settings = settings
        self._counts = counts
        self._deliver = deliver
        self._read_anew = read_anew
        self._monotonic = monotonic
        self._expected = 1
        self._unacknowledged: list[int] = []
        self._order = asyncio.Lock()
        self._publishing = 0
        self._heard = monotonic()
        self._id = 0
        self.items = MonitoredItems(session, settings, 0)
        self.publishing_interval = settings.publishing_interval
        self.keep_alive_count = settings.keep_alive_count

    async def create(self) -> None:
        """Make it at the PLC, and keep what it revised."""
        settings = self._settings
        request = ua.CreateSubscriptionRequest()
        wanted = request.Parameters
        wanted.RequestedPublishingInterval = settings.publishing_interval * 1000
        wanted.RequestedMaxKeepAliveCount = settings.keep_alive_count
        wanted.RequestedLifetimeCount = max(
            _LIFETIME * settings.keep_alive_count,
            int(settings.session_timeout / settings.publishing_interval),
        )
        wanted.MaxNotificationsPerPublish = 0
        wanted.PublishingEnabled = True
        given = (await self._session.request(request, ua.CreateSubscriptionResponse)).Parameters
        self._id = given.SubscriptionId
        self.items = MonitoredItems(self._session, settings, self._id)
        self.publishing_interval = given.RevisedPublishingInterval / 1000
        self.keep_alive_count = given.RevisedMaxKeepAliveCount
        self._heard = self._monotonic()

    @property
    def keep_alive(self) -> float:
        """Seconds after which the PLC, as it revised them, says that it has nothing to say."""
        return self.publishing_interval * self.keep_alive_count

    @property
    def longest_pause(self) -> float:
        """Seconds within which the PLC, if it keeps what it promised, sends at least a keep-alive."""
        promised = self.keep_alive + self.publishing_interval
        return promised + max(self._settings.silence / 2, self.publishing_interval)

    async def publish(self) -> None:
        """Keep one Publish request at the PLC until cancelled; several of these may run.

        Ends by itself where the PLC takes no more of them.

        Raises:
            SessionFailed: the subscription is gone.
        """
        self._publishing += 1
        while True:
            request = ua.PublishRequest()
            request.Parameters.SubscriptionAcknowledgements = self._acknowledgements()
            try:
                body = await self._session.exchange(request, patience=0)
            except ServiceFault as fault:
                if self._ends_publishing(fault):
                    return
                continue
            self._heard = self._monotonic()
            async with self._order:
                await self._take(decode(body))
            # Models that these values woke go first: others of these requests are at the PLC meanwhile.
            for _ in range(_TURNS):
                await asyncio.sleep(0)

    async def watch(self) -> None:
        """See to it that the PLC keeps its promise of keep-alives, until cancelled.

        Raises:
            SessionSilent: it does not.
        """
        while True:
            await asyncio.sleep(self.longest_pause / 4)
            pause = self._monotonic() - self._heard
            if pause > self.longest_pause and self._session.last_heard > self._heard:
                words = "the PLC's subscription has been silent for {pause} s"
                raise SessionSilent(sentence(words, pause=f"{pause:.1f}"))

    def _ends_publishing(self, fault: ServiceFault) -> bool:
        if fault.code == StatusCodes.BadTimeout:
            return False
        if fault.code == StatusCodes.BadTooManyPublishRequests and self._publishing > 1:
            self._publishing -= 1
            return True
        raise fault

    def _acknowledgements(self) -> list[ua.SubscriptionAcknowledgement]:
        numbers, self._unacknowledged = self._unacknowledged, []
        return [
            ua.SubscriptionAcknowledgement(SubscriptionId=self._id, SequenceNumber=one) for one in numbers
        ]

    async def _take(self, notification: Notification) -> None:
        if notification.subscription != self._id:
            return
        lag = (notification.sequence - self._expected) % (_LAST_SEQUENCE + 1)
        is_old = lag > _LAST_SEQUENCE // 2
        if notification.is_keep_alive:
            if lag and not is_old:
                await self._close_gap(notification.sequence)
            return
        self._unacknowledged.append(notification.sequence)
        if is_old:
            self._counts.replayed += 1
            return
        lost = bool(lag) and await self._recover(notification.sequence)
        self._pass_on(notification)
        if lost:
            await self._read_anew()

    async def _close_gap(self, until: int) -> None:
        if await self._recover(until):
            await self._read_anew()

    async def _recover(self, until: int) -> bool:
        """Ask again for the messages before number `until`; whether some are lost for good."""
        lost = False
        for _ in range(_MOST_REPUBLISHED):
            if self._expected == until:
                break
            missed = await self._republished(self._expected)
            if missed is None:
                lost = True
                self._expected = _next(self._expected)
            else:
                self._counts.republished += 1
                self._unacknowledged.append(self._expected)
                self._pass_on(missed)
        lost = lost or self._expected != until
        self._expected = until
        self._counts.gaps += lost
        return lost

    async def _republished(self, number: int) -> Notification | None:
        request = ua.RepublishRequest()
        request.Parameters.SubscriptionId = self._id
        request.Parameters.RetransmitSequenceNumber = number
        try:
            response = await self._session.request(request, ua.RepublishResponse)
        except ServiceFault:
            return None
        notification = of_message(self._id, response.NotificationMessage)
        # asyncua's server answers with an empty message in place of BadMessageNotAvailable.
        return notification if notification.sequence == number and not notification.is_keep_alive else None

    def _pass_on(self, notification: Notification) -> None:
        if notification.ended_by is not None:
            status = code_name(notification.ended_by)
            raise SessionFailed(sentence("the PLC ended the subscription with {status}", status=status))
        self._expected = _next(notification.sequence)
        self._counts.notifications += 1
        if notification.changes:
            self._deliver(notification.changes)


def _next(number: int) -> int:
    return 1 if number == _LAST_SEQUENCE else number + 1
