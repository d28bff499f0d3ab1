"""First cut over asyncua's subscriptions: ownership only."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from asyncua import ua
from asyncua.server.subscription_service import SubscriptionService

if TYPE_CHECKING:
    from opcua_ml.opcua.trust.sessions.session import PlantSession


class PlantSubscriptionService(SubscriptionService):
    def owned_by(self, session_id: ua.NodeId) -> list:
        return [s for s in self.subscriptions.values() if s.session_id == session_id]

    def rebind(self, session: PlantSession) -> None:
        for sub in self.owned_by(session.session_id):
            sub.pub_result_callback = session.processor.forward_publish_response
            sub.pub_request_callback = session.processor.get_publish_request

    def session_ended(self, session: PlantSession, *, delete_subscriptions: bool) -> None:
        if delete_subscriptions:
            ids = [s.data.SubscriptionId for s in self.owned_by(session.session_id)]
            if ids:
                self.iserver.calls.start(self.delete_subscriptions(ids), name="delete subscriptions")
