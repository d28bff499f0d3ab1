"""CreateSession, ActivateSession and CloseSession: what binds a session to its channel, certificate and user.

Source: OPC UA Part 4, 5.6.2 to 5.6.4.
"""

from __future__ import annotations

import hmac
import math
from typing import TYPE_CHECKING, Any

from asyncua import ua
from asyncua.common.utils import ServiceError, create_nonce
from asyncua.ua.status_codes import StatusCodes

from opcua_ml.opcua.trust.access.authentication import Login
from opcua_ml.opcua.trust.access.identity import Caller
from opcua_ml.opcua.trust.ground.errors import good

if TYPE_CHECKING:
    from opcua_ml.opcua.trust.access.authentication import Peer
    from opcua_ml.opcua.trust.access.identity import Identity
    from opcua_ml.opcua.trust.services.exchange import Exchange
    from opcua_ml.opcua.trust.sessions.session import PlantSession

_NONCE_LENGTH = 32
_MAX_NAME = 256
_MAX_LOCALES, _MAX_LOCALE = 16, 35
"""LocaleIds that are looked at, and characters of one: no language tag in use is longer (RFC 5646, 4.4.1)."""


async def create_session(exchange: Exchange, params: ua.CreateSessionParameters) -> ua.CreateSessionResponse:
    """A new session, not activated yet.

    Raises:
        ServiceError: BadShutdown, BadSecurityModeRejected (no endpoint like this channel), BadNonceInvalid,
            BadSecurityChecksFailed (another certificate than the channel's), BadTooManySessions, or what the
            authenticator says of the application.
    """
    processor = exchange.processor
    server, peer = processor.iserver, processor.peer
    secured = peer.security_mode != ua.MessageSecurityMode.None_
    if not server.offers(peer.security_policy_uri, peer.security_mode):
        raise ServiceError(StatusCodes.BadSecurityModeRejected)
    nonce = params.ClientNonce or b""
    if secured and len(nonce) < _NONCE_LENGTH:
        raise ServiceError(StatusCodes.BadNonceInvalid)
    if secured and not (params.ClientCertificate or b"").startswith(peer.certificate or b"\0"):
        raise ServiceError(StatusCodes.BadSecurityChecksFailed)
    await server.authenticator.check_application(peer, params.ClientDescription)
    await exchange.pause()
    if server.shutting_down:
        raise ServiceError(StatusCodes.BadShutdown)
    session = server.create_session((params.SessionName or "")[:_MAX_NAME], external=True)
    session.timeout_s = _revised_timeout(params.RequestedSessionTimeout, server.limits) / 1000
    session.max_response_size = int(params.MaxResponseMessageSize or 0)
    session.created_by(processor, params.ClientDescription, params.EndpointUrl or "")
    server.sessions.add(session)
    session.attach(processor)
    await exchange.pause()
    endpoints = await server.get_endpoints(
        ua.GetEndpointsParameters(EndpointUrl=params.EndpointUrl), sockname=processor.sockname
    )
    # The signature takes as long again as all before it, or seven times as long with long keys.
    await exchange.pause()
    return ua.CreateSessionResponse(
        Parameters=ua.CreateSessionResult(
            SessionId=session.session_id,
            AuthenticationToken=session.auth_token,
            RevisedSessionTimeout=session.timeout_s * 1000,
            ServerNonce=session.nonce,
            ServerCertificate=processor.policy.host_certificate,
            ServerEndpoints=endpoints,
            ServerSignature=_server_signature(processor.policy, nonce),
            MaxRequestMessageSize=server.limits.max_message_size,
        )
    )


async def activate_session(
    exchange: Exchange, params: ua.ActivateSessionParameters
) -> ua.ActivateSessionResponse:
    """Give the session a user; on another channel than before, move it there.

    Raises:
        ServiceError: BadSessionIdInvalid (the session is bound to another channel, certificate or address),
            BadApplicationSignatureInvalid, BadIdentityChangeNotSupported (another user, another channel), or
            what the authenticator says of the token.
    """
    processor, session = exchange.processor, exchange.activated
    peer = processor.peer
    moving = session.channel is not processor
    if moving and not _may_move(session, peer):
        raise ServiceError(StatusCodes.BadSessionIdInvalid)
    _check_client_signature(processor.policy, session.nonce, params.ClientSignature)
    token = params.UserIdentityToken
    if token is None or (isinstance(token, ua.ExtensionObject) and token.TypeId.is_null()):
        token = ua.AnonymousIdentityToken()  # Part 4, 5.6.3.2: a null token is anonymous
    if isinstance(token, ua.ExtensionObject):
        raise ServiceError(StatusCodes.BadIdentityTokenInvalid)
    login = Login(
        peer, token, params.UserTokenSignature, session.nonce, session.application_uri, session.session_id
    )
    processor.iserver.turns.glance()
    identity = await processor.iserver.authenticator.authenticate(login)
    processor.iserver.turns.glance()
    _check_still_open(session, identity, moving=moving)
    session.nonce = create_nonce(_NONCE_LENGTH)
    if moving:
        session.attach(processor)
    caller = Caller(
        identity,
        peer.security_mode,
        peer.address,
        session.application_uri,
        peer.certificate,
        session.session_id,
        peer.channel_id,
        _locales(params) or session.caller.locales,
    )
    looks = session.activated_as(caller)
    processor.has_been_activated = True
    if looks:
        await processor.iserver.subscription_service.look_again(session)
    return ua.ActivateSessionResponse(
        Parameters=ua.ActivateSessionResult(
            ServerNonce=session.nonce, Results=[good() for _ in params.ClientSoftwareCertificates or []]
        )
    )


def close_session(exchange: Exchange, delete_subscriptions: bool) -> ua.CloseSessionResponse:
    """End the session of the request."""
    exchange.processor.iserver.sessions.close(exchange.activated, delete_subscriptions=delete_subscriptions)
    exchange.session = None
    return ua.CloseSessionResponse()


def _locales(params: ua.ActivateSessionParameters) -> tuple[str, ...]:
    """The languages asked for; none means that those before stay (Part 4, 5.6.3.2)."""
    given = [str(locale)[:_MAX_LOCALE] for locale in params.LocaleIds or () if locale]
    return tuple(given[:_MAX_LOCALES])


def _check_still_open(session: PlantSession, identity: Identity, *, moving: bool) -> None:
    if session.ended_already:
        raise ServiceError(StatusCodes.BadSessionClosed)
    if moving and not identity.same_user(session.caller.identity):
        raise ServiceError(StatusCodes.BadIdentityChangeNotSupported)


def _may_move(session: PlantSession, peer: Peer) -> bool:
    """Whether an activated session may go over to a new channel (Part 4, 5.6.3.1).

    The standard asks for the same certificate; without certificates the address takes its place.
    """
    if not session.is_activated() or session.peer is None:
        return False
    before = session.peer
    if (before.security_policy_uri, before.security_mode) != (peer.security_policy_uri, peer.security_mode):
        return False
    if peer.certificate is None or before.certificate is None:
        return peer.certificate is before.certificate and before.address == peer.address
    return hmac.compare_digest(before.certificate, peer.certificate)


def _check_client_signature(policy: Any, nonce: bytes, signature: ua.SignatureData) -> None:
    if policy.Mode == ua.MessageSecurityMode.None_:
        return
    data = (policy.host_certificate or b"") + nonce
    crypto = policy.asymmetric_cryptography
    crypto.use_prev_key = False
    if signature.Algorithm != policy.AsymmetricSignatureURI:
        raise ServiceError(StatusCodes.BadApplicationSignatureInvalid)
    try:
        crypto.verify(data, signature.Signature)
    except Exception as error:  # every failure to verify, of whatever library, is the same answer
        raise ServiceError(StatusCodes.BadApplicationSignatureInvalid) from error


def _server_signature(policy: Any, client_nonce: bytes) -> ua.SignatureData:
    if policy.Mode == ua.MessageSecurityMode.None_:
        return ua.SignatureData()
    data = (policy.peer_certificate or b"") + client_nonce
    return ua.SignatureData(
        Algorithm=policy.AsymmetricSignatureURI, Signature=policy.asymmetric_cryptography.signature(data)
    )


def _revised_timeout(requested: float, limits: Any) -> float:
    if not math.isfinite(requested):
        return float(limits.max_session_timeout_ms)
    return float(min(max(requested, limits.min_session_timeout_ms), limits.max_session_timeout_ms))
