"""What there is to know of one subscription.

Source: OPC UA Part 5, 12.15 (SubscriptionDiagnosticsDataType).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from asyncua import ua

if TYPE_CHECKING:
    from opcua_ml.opcua.trust.subscriptions.subscription import PlantSubscription


def subscription_diagnostics(subscription: PlantSubscription) -> Any:
    """Its parameters, its counters and what it holds."""
    data, items, counts = subscription.data, subscription.monitored_item_srv, subscription.counts
    subscription.service.aspace.tables.settle()
    return ua.SubscriptionDiagnosticsDataType(
        SessionId=subscription.session_id,
        SubscriptionId=data.SubscriptionId,
        Priority=subscription.priority,
        PublishingInterval=data.RevisedPublishingInterval,
        MaxKeepAliveCount=data.RevisedMaxKeepAliveCount,
        MaxLifetimeCount=data.RevisedLifetimeCount,
        MaxNotificationsPerPublish=subscription.max_notifications,
        PublishingEnabled=subscription.publishing_enabled,
        ModifyCount=counts["Modify"],
        EnableCount=counts["Enable"],
        DisableCount=counts["Disable"],
        RepublishRequestCount=counts["RepublishRequest"],
        RepublishMessageRequestCount=counts["RepublishRequest"],
        RepublishMessageCount=subscription.republished,
        TransferRequestCount=counts["TransferRequest"],
        TransferredToAltClientCount=counts["TransferredToAltClient"],
        TransferredToSameClientCount=counts["TransferredToSameClient"],
        PublishRequestCount=counts["PublishRequest"],
        DataChangeNotificationsCount=subscription.sent_changes,
        EventNotificationsCount=subscription.sent_events,
        NotificationsCount=subscription.sent_changes + subscription.sent_events,
        LatePublishRequestCount=counts["LatePublishRequest"],
        CurrentKeepAliveCount=subscription.keep_alive_count,
        CurrentLifetimeCount=subscription.lifetime_count,
        UnacknowledgedMessageCount=len(subscription.available),
        DiscardedMessageCount=subscription.discarded,
        MonitoredItemCount=items.count(),
        DisabledMonitoredItemCount=items.count(disabled=True),
        MonitoringQueueOverflowCount=items.overflowed,
        NextSequenceNumber=subscription.next_sequence_number,
        EventQueueOverflowCount=items.overflowed_events,
    )
