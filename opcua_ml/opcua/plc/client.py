"""One connection with one session on it: asyncua's client without its own tasks and reconnecting.

Reconnecting is PlcConnection's: it tells every tag's sample what happens, which a supervisor inside the
client could not.
"""

from __future__ import annotations

import asyncio
import logging
import socket
from typing import TYPE_CHECKING

from asyncua.client.client import Client
from asyncua.ua.uaerrors import UaError, UaStatusCodeError

from opcua_ml.domain.errors import ConnectionRefused, OpcuaMlError
from opcua_ml.domain.wording import sentence
from opcua_ml.opcua.plc.failure import code_name
from opcua_ml.opcua.plc.security import check_user_token, secure
from opcua_ml.opcua.plc.transport import BoundedTransport

if TYPE_CHECKING:
    from opcua_ml.opcua.plc.security import ShownCertificate
    from opcua_ml.opcua.plc.settings import PlcSettings

_log = logging.getLogger(__name__)
_RENEW_AT = 0.75  # of the token's lifetime: Part 4, 5.5.2.1


class PlcClient(Client):
    """A connection to one PLC; `open` once, then `close` or `abort`."""

    def __init__(self, settings: PlcSettings) -> None:
        super().__init__(settings.endpoint, timeout=settings.request_timeout)
        self._settings = settings
        self.uaclient = BoundedTransport(settings.request_timeout)  # without asyncua's hook for reconnecting
        self.application_uri = settings.application_uri
        self.name = self.description = "opcua-ml"
        self.session_timeout = int(settings.session_timeout * 1000)
        self._session_open = False
        self.shown: ShownCertificate | None = None
        """What the PLC was believed by; None without security."""

    async def open(self, abandoned: PlcClient | None = None) -> None:
        """Connect, secure the channel and open one session.

        Args:
            abandoned: a client whose session could not be closed: it is closed first, so that the PLC, which
                may have few of them, never holds two of ours.

        Raises:
            ConnectionRefused: the reason in one sentence.
        """
        settings = self._settings
        try:
            self.shown = await secure(self, settings.security, settings.endpoint)
            await self.connect_socket()
            await self.send_hello()
            await self.open_secure_channel()
            if abandoned is not None:
                await self._close_session_of(abandoned)
            created = await self.create_session()
            self._session_open = True
            if settings.username is not None:
                check_user_token(self, created, settings.security, settings.endpoint)
            await self.activate_session(username=settings.username, password=settings.password)
        except BaseException as error:
            await self._unwind(error)
            if isinstance(error, OpcuaMlError) or not isinstance(error, Exception):
                raise
            # Whatever a peer sends while connecting can make asyncua raise anything; for us it is one thing.
            raise ConnectionRefused(_sentence(error, settings), where=settings.endpoint) from error

    @property
    def has_session(self) -> bool:
        """Whether the PLC may still hold a session of this client."""
        return self._session_open

    async def keep_channel(self) -> None:
        """Renew the channel's token in time, until cancelled."""
        while True:
            await asyncio.sleep(self.secure_channel_timeout * _RENEW_AT / 1000)
            await self.open_secure_channel(renew=True)
            self.uaclient.revolve_security_token()

    async def close(self, deadline: float) -> None:
        """Close session, channel and socket, in at most `deadline` seconds.

        Where the connection is lost already the PLC may still hold the session: `has_session` stays.
        """
        if self.uaclient.protocol is None or self.uaclient.protocol.is_closed:
            await self.abort()
            return
        try:
            async with asyncio.timeout(deadline):
                await self.uaclient.close_session(delete_subscriptions=True)
                self._session_open = False
                await self.close_secure_channel()
        except (OSError, TimeoutError, UaError) as error:
            _log.debug("closing the session at %s: %r", self._settings.endpoint, error)
        await self.abort()

    async def abort(self) -> None:
        """Drop the socket at once; the PLC keeps the session until it times out or a successor closes it."""
        protocol = self.uaclient.protocol
        transport = protocol.transport if protocol is not None else None
        self.disconnect_socket()
        if transport is not None:
            transport.abort()
            await asyncio.sleep(0)  # lets the loop tell the protocol, which lets go of what waits

    async def _close_session_of(self, abandoned: PlcClient) -> None:
        """Activate the abandoned session on this channel (Part 4, 5.6.3) and close it."""
        if not abandoned.has_session:
            return
        self._server_nonce = abandoned._server_nonce
        self._policy_ids = abandoned._policy_ids
        session = self.uaclient.session
        session.restore_authentication_token(abandoned.uaclient.session.authentication_token)
        try:
            await self.activate_session(username=self._settings.username, password=self._settings.password)
            await session.close_session(delete_subscriptions=True)
        except TimeoutError:
            raise  # it may still be there: for the next attempt
        except OSError:
            abandoned._session_open = False
            raise
        except UaError as error:
            _log.debug("the PLC has forgotten our abandoned session: %r", error)
        abandoned._session_open = False
        self.uaclient.session = type(session)(self.uaclient)
        session.reset_authentication_token()
        self._server_nonce = None

    async def _unwind(self, error: BaseException) -> None:
        if self._session_open and not isinstance(error, TimeoutError):
            await self.close(self._settings.stop_deadline)
        else:
            await self.abort()


def _sentence(error: Exception, settings: PlcSettings) -> str:
    match error:
        case TimeoutError():
            words = sentence("the PLC did not answer within {limit} s", limit=f"{settings.request_timeout:g}")
        case ConnectionRefusedError():
            words = sentence("nothing listens there")
        case socket.gaierror():
            words = sentence("the host name is not known")
        case UaStatusCodeError():
            words = sentence("the PLC answered {status}", status=code_name(error.code))
        case ConnectionError():
            words = sentence("the PLC closed the connection")
        case OSError():
            words = sentence("the PLC can't be reached ({error})", error=error.strerror or error)
        case _:
            told = f"{type(error).__name__}: {error}"
            words = sentence("the PLC's answer can't be used ({error})", error=told)
    return words
