"""How real controllers differ from a server out of the box, as parts of asyncua's server."""

from __future__ import annotations

import asyncio
import dataclasses
from typing import Any

from asyncua import ua as asyncua_ua
from asyncua.common.utils import ServiceError
from asyncua.crypto.permission_rules import User, UserRole
from asyncua.server.address_space import AttributeService
from asyncua.server.subscription_service import SubscriptionService
from asyncua.ua.status_codes import StatusCodes

ua: Any = asyncua_ua  # its annotations want UInt32 and the like, its code takes plain numbers


class Quirks:
    """What is odd about a PLC, and what it has counted.

    Attributes:
        limits: operations per call that it takes, by «read», «write» and «monitor».
        value_alone: whether it takes no quality and time in writes.
        value_always: whether it takes no StatusCode without a value.
        write_delay: seconds that it takes to do a write.
        answer_delay: seconds that it takes to answer one that is done.
        swallow: whether it answers writes with Good and does nothing.
        lose: notifications still to lose; `forget` makes them lost for good.
        repeat: notifications still to send twice.
    """

    def __init__(self, limits: dict[str, int]) -> None:
        self.limits = limits
        self.value_alone = self.value_always = False
        self.write_delay = 0.0
        self.answer_delay = 0.0
        self.swallow = False
        self.lose = self.repeat = 0
        self.forget = False
        self.write_requests = 0
        self.most_in_a_call: dict[str, int] = {}

    def check_limit(self, kind: str, count: int) -> None:
        """Refuse a call with too many operations."""
        self.most_in_a_call[kind] = max(count, self.most_in_a_call.get(kind, 0))
        if count > self.limits.get(kind, 10**9):
            raise ServiceError(StatusCodes.BadTooManyOperations)


class Everybody:
    """Lets everybody in as a plain user, with the password «secret» where a user is named."""

    def get_user(self, _server: Any, username: Any = None, password: Any = None, **_: Any) -> User | None:
        """The user of a session."""
        return None if username is not None and password != "secret" else User(role=UserRole.User)


class Attributes(AttributeService):
    """Reads and writes of few at once, slowly, and without quality."""

    def __init__(self, aspace: Any, quirks: Quirks) -> None:
        super().__init__(aspace)
        self.quirks = quirks

    def read(self, params: Any) -> Any:
        """Read, if it is not too much."""
        self.quirks.check_limit("read", len(params.NodesToRead))
        return super().read(params)

    async def write(self, params: Any, user: Any = None) -> Any:
        """Write, as the quirks allow; the server's own clock is left alone."""
        quirks = self.quirks
        if params.NodesToWrite[0].NodeId.NamespaceIndex == 0:
            return await super().write(params, user=user)
        quirks.check_limit("write", len(params.NodesToWrite))
        quirks.write_requests += 1
        await asyncio.sleep(quirks.write_delay)
        if quirks.swallow:
            return [ua.StatusCode()] * len(params.NodesToWrite)
        if quirks.answer_delay:
            results = await super().write(params, user=user)
            await asyncio.sleep(quirks.answer_delay)
            return results
        if not (quirks.value_alone or quirks.value_always):
            return await super().write(params, user=user)
        results = []
        for one in params.NodesToWrite:
            if quirks.value_always and one.Value.Value is not None and one.Value.Value.Value is None:
                results.append(ua.StatusCode(StatusCodes.BadTypeMismatch))
            elif quirks.value_alone and (one.Value.SourceTimestamp is not None or one.Value.StatusCode.value):
                results.append(ua.StatusCode(StatusCodes.BadWriteNotSupported))
            else:
                results += await super().write(dataclasses.replace(params, NodesToWrite=[one]), user=user)
        return results


class Subscriptions(SubscriptionService):
    """Subscriptions whose notifications get lost, or come twice."""

    quirks: Quirks

    async def create_subscription(
        self, params: Any, callback: Any, session_id: Any, request_callback: Any = None
    ) -> Any:
        """Create one with an unreliable way to the client."""
        processor = callback.__self__

        async def send(result: Any, request: Any) -> None:
            quirks = self.quirks
            carries = bool(result.NotificationMessage.NotificationData)
            if carries and quirks.lose > 0:
                quirks.lose -= 1
                if quirks.forget:
                    kept = self.subscriptions[result.SubscriptionId]._not_acknowledged_results  # noqa: SLF001 - asyncua's
                    kept.pop(result.NotificationMessage.SequenceNumber)
                processor._publish_requests.appendleft(request)  # noqa: SLF001 - asyncua's
                return
            await callback(result, request)
            if carries and quirks.repeat > 0 and processor._publish_requests:  # noqa: SLF001 - asyncua's
                quirks.repeat -= 1
                await callback(result, processor._publish_requests.popleft())  # noqa: SLF001 - asyncua's

        return await super().create_subscription(params, send, session_id, request_callback)

    async def create_monitored_items(self, params: Any) -> Any:
        """Create items, if they are not too many."""
        self.quirks.check_limit("monitor", len(params.ItemsToCreate))
        return await super().create_monitored_items(params)
