"""First cut over asyncua's subscriptions: ownership only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from asyncua import ua
from asyncua.common.utils import ServiceError
from asyncua.server.uaprocessor import PublishRequestData

if TYPE_CHECKING:
    from opcua_ml.opcua.trust.services.exchange import Exchange


def _own(exchange: Exchange, subscription_id: int) -> None:
    service = exchange.processor.iserver.subscription_service
    sub = service.subscriptions.get(subscription_id)
    if sub is None or sub.session_id != exchange.activated.session_id:
        raise ServiceError(ua.StatusCodes.BadSubscriptionIdInvalid)


async def create_subscription(exchange: Exchange, params: Any) -> Any:
    p = exchange.processor
    result = await exchange.activated.create_subscription(
        params, p.forward_publish_response, p.get_publish_request
    )
    return ua.CreateSubscriptionResponse(Parameters=result)


def modify_subscription(exchange: Exchange, params: Any) -> Any:
    _own(exchange, params.SubscriptionId)
    return ua.ModifySubscriptionResponse(Parameters=exchange.activated.modify_subscription(params))


async def set_publishing_mode(exchange: Exchange, params: Any) -> Any:
    for i in params.SubscriptionIds:
        _own(exchange, i)
    response = ua.SetPublishingModeResponse()
    response.Parameters.Results = await exchange.activated.set_publishing_mode(params)
    return response


async def publish(exchange: Exchange, params: Any) -> Any:
    session, processor = exchange.activated, exchange.processor
    subscriptions, results = session.publish(params.SubscriptionAcknowledgements)
    seqhdr = ua.SequenceHeader(RequestId=exchange.request_id)
    data = PublishRequestData(requesthdr=exchange.header, seqhdr=seqhdr, results=results)
    while processor._publish_results_subs:
        subscription_id = next(iter(processor._publish_results_subs))
        processor._publish_results_subs.pop(subscription_id)
        sub = session.subscription_service.subscriptions.get(subscription_id)
        if sub is not None and await sub.publish_results(data):
            break
    else:
        if len(processor._publish_requests) >= processor.publish_request_limit(subscriptions):
            processor._evict_publish_request()
        processor._publish_requests.append(data)


def republish(exchange: Exchange, params: Any) -> Any:
    _own(exchange, params.SubscriptionId)
    return ua.RepublishResponse(NotificationMessage=exchange.activated.republish(params))


async def transfer_subscriptions(exchange: Exchange, params: Any) -> Any:
    raise ServiceError(ua.StatusCodes.BadServiceUnsupported)


async def delete_subscriptions(exchange: Exchange, params: Any) -> Any:
    results = []
    for i in params.SubscriptionIds:
        try:
            _own(exchange, i)
            results += await exchange.activated.delete_subscriptions([i])
        except ServiceError as e:
            results.append(ua.StatusCode(e.code))
    return ua.DeleteSubscriptionsResponse(Results=results)


async def create_monitored_items(exchange: Exchange, params: Any) -> Any:
    _own(exchange, params.SubscriptionId)
    return ua.CreateMonitoredItemsResponse(Results=await exchange.activated.create_monitored_items(params))


async def modify_monitored_items(exchange: Exchange, params: Any) -> Any:
    _own(exchange, params.SubscriptionId)
    return ua.ModifyMonitoredItemsResponse(Results=await exchange.activated.modify_monitored_items(params))


async def set_monitoring_mode(exchange: Exchange, params: Any) -> Any:
    _own(exchange, params.SubscriptionId)
    response = ua.SetMonitoringModeResponse()
    response.Parameters.Results = await exchange.activated.set_monitoring_mode(params)
    return response


def set_triggering(exchange: Exchange, params: Any) -> Any:
    raise ServiceError(ua.StatusCodes.BadServiceUnsupported)


async def delete_monitored_items(exchange: Exchange, params: Any) -> Any:
    _own(exchange, params.SubscriptionId)
    return ua.DeleteMonitoredItemsResponse(Results=await exchange.activated.delete_monitored_items(params))
