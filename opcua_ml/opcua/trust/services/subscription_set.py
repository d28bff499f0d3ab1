"""The MonitoredItem and Subscription Service Sets on the wire, for what is the session's own.

Source: OPC UA Part 4, 5.13 and 5.14.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from asyncua import ua
from asyncua.common.utils import ServiceError
from asyncua.ua.status_codes import StatusCodes

from opcua_ml.opcua.hot import filetime_now, write_republish_response
from opcua_ml.opcua.trust.services.attribute_set import check_timestamps
from opcua_ml.opcua.trust.services.operations import operations
from opcua_ml.opcua.trust.services.parts import in_parts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opcua_ml.opcua.trust.services.exchange import Exchange
    from opcua_ml.opcua.trust.subscriptions.service import PlantSubscriptionService
    from opcua_ml.opcua.trust.subscriptions.subscription import PlantSubscription

_NOTHING: Final = ua.ExtensionObject()


def create_subscription(
    exchange: Exchange, params: ua.CreateSubscriptionParameters
) -> ua.CreateSubscriptionResponse:
    """Part 4, 5.14.2."""
    session = exchange.activated
    return ua.CreateSubscriptionResponse(Parameters=_service(exchange).create(session, session.lane, params))


def modify_subscription(
    exchange: Exchange, params: ua.ModifySubscriptionParameters
) -> ua.ModifySubscriptionResponse:
    """Part 4, 5.14.3."""
    return ua.ModifySubscriptionResponse(Parameters=_service(exchange).modify(exchange.activated, params))


async def set_publishing_mode(
    exchange: Exchange, params: ua.SetPublishingModeParameters
) -> ua.SetPublishingModeResponse:
    """Part 4, 5.14.4."""
    operations(params.SubscriptionIds, exchange.processor.iserver.limits.max_subscriptions)
    results = await exchange.activated.set_publishing_mode(params)
    return ua.SetPublishingModeResponse(Parameters=ua.SetPublishingModeResult(Results=results))


def publish(exchange: Exchange, params: ua.PublishParameters) -> None:
    """Part 4, 5.14.5; the response is sent when there is something to say.

    Raises:
        ServiceError: BadNoSubscription or BadTooManyOperations.
    """
    session, service = exchange.activated, _service(exchange)
    wanted: Sequence[ua.SubscriptionAcknowledgement] = params.SubscriptionAcknowledgements or []
    if len(wanted) > service.limits.max_monitored_items_per_call:
        raise ServiceError(StatusCodes.BadTooManyOperations)
    results = [service.acknowledge(session, acknowledgement) for acknowledgement in wanted]
    # It may wait for an hour: what of its header is for nobody would be kept that long.
    exchange.header.AuditEntryId, exchange.header.AdditionalHeader = None, _NOTHING
    session.lane.publish(exchange, results, len(session.subscriptions))


def republish(exchange: Exchange, params: ua.RepublishParameters) -> None:
    """Part 4, 5.14.6; the message is sent as it was kept.

    Raises:
        ServiceError: BadSubscriptionIdInvalid or BadMessageNotAvailable.
    """
    message = _own(exchange, params.SubscriptionId).kept_message(params.RetransmitSequenceNumber)
    if message is None:
        raise ServiceError(StatusCodes.BadMessageNotAvailable)
    exchange.send(write_republish_response(exchange.header.RequestHandle, filetime_now(), message.wire()))


async def transfer_subscriptions(
    exchange: Exchange, params: ua.TransferSubscriptionsParameters
) -> ua.TransferSubscriptionsResponse:
    """Part 4, 5.14.7."""
    service, session = _service(exchange), exchange.activated
    wanted = operations(params.SubscriptionIds, service.limits.max_subscriptions)
    results = []
    for number in wanted:
        results.append(await service.transfer(session, number, send_initial=params.SendInitialValues))
        await exchange.pause()
    return ua.TransferSubscriptionsResponse(Parameters=ua.TransferSubscriptionsResult(Results=results))


async def delete_subscriptions(
    exchange: Exchange, params: ua.DeleteSubscriptionsParameters
) -> ua.DeleteSubscriptionsResponse:
    """Part 4, 5.14.8; Publish requests that now wait for nothing are answered BadNoSubscription."""
    wanted = operations(params.SubscriptionIds, exchange.processor.iserver.limits.max_subscriptions)
    session, results = exchange.activated, []
    for number in wanted:
        results += await session.delete_subscriptions([number])
        await exchange.pause()
    return ua.DeleteSubscriptionsResponse(Results=results)


async def create_monitored_items(
    exchange: Exchange, params: ua.CreateMonitoredItemsParameters
) -> ua.CreateMonitoredItemsResponse:
    """Part 4, 5.13.2."""
    operations(params.ItemsToCreate, exchange.processor.iserver.limits.max_monitored_items_per_call)
    check_timestamps(params.TimestampsToReturn)
    session = exchange.activated
    results = await in_parts(exchange, params, "ItemsToCreate", session.create_monitored_items)
    return ua.CreateMonitoredItemsResponse(Results=results)


async def modify_monitored_items(
    exchange: Exchange, params: ua.ModifyMonitoredItemsParameters
) -> ua.ModifyMonitoredItemsResponse:
    """Part 4, 5.13.3."""
    operations(params.ItemsToModify, exchange.processor.iserver.limits.max_monitored_items_per_call)
    check_timestamps(params.TimestampsToReturn)
    session = exchange.activated
    results = await in_parts(exchange, params, "ItemsToModify", session.modify_monitored_items)
    return ua.ModifyMonitoredItemsResponse(Results=results)


async def set_monitoring_mode(
    exchange: Exchange, params: ua.SetMonitoringModeParameters
) -> ua.SetMonitoringModeResponse:
    """Part 4, 5.13.4.

    Raises:
        ServiceError: BadMonitoringModeInvalid.
    """
    operations(params.MonitoredItemIds, exchange.processor.iserver.limits.max_monitored_items_per_call)
    if int(params.MonitoringMode) not in {0, 1, 2}:
        raise ServiceError(StatusCodes.BadMonitoringModeInvalid)
    session = exchange.activated
    results = await in_parts(exchange, params, "MonitoredItemIds", session.set_monitoring_mode)
    return ua.SetMonitoringModeResponse(Parameters=ua.SetMonitoringModeResult(Results=results))


def set_triggering(exchange: Exchange, params: ua.SetTriggeringParameters) -> ua.SetTriggeringResponse:
    """Part 4, 5.13.5."""
    links = [*(params.LinksToAdd or []), *(params.LinksToRemove or [])]
    operations(links, exchange.processor.iserver.limits.max_monitored_items_per_call)
    result = _own(exchange, params.SubscriptionId).monitored_item_srv.set_triggering(params)
    return ua.SetTriggeringResponse(Parameters=result)


async def delete_monitored_items(
    exchange: Exchange, params: ua.DeleteMonitoredItemsParameters
) -> ua.DeleteMonitoredItemsResponse:
    """Part 4, 5.13.6."""
    operations(params.MonitoredItemIds, exchange.processor.iserver.limits.max_monitored_items_per_call)
    session = exchange.activated
    results = await in_parts(exchange, params, "MonitoredItemIds", session.delete_monitored_items)
    return ua.DeleteMonitoredItemsResponse(Results=results)


def _service(exchange: Exchange) -> PlantSubscriptionService:
    return exchange.processor.iserver.subscription_service


def _own(exchange: Exchange, subscription_id: int) -> PlantSubscription:
    return _service(exchange).own(exchange.activated, subscription_id)
