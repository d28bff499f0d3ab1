"""The endpoint: what the server tells of itself, opening it, closing it."""

from __future__ import annotations

from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

from opcua_ml.domain.errors import EndpointUnavailable
from opcua_ml.opcua.values import date_time

if TYPE_CHECKING:
    from asyncua.server.server import Server

    from opcua_ml.config.server import ServerSection

PRODUCT_NAME = "opcua_ml"
PRODUCT_URI = "urn:opcua-ml"
MANUFACTURER = "The opcua_ml authors"
_DISTRIBUTION = "opcua-ml"


class Endpoint:
    """One server's endpoint.

    Args:
        server: of asyncua, with its security policies, certificate and authenticator set.
        section: of the configuration.
    """

    def __init__(self, server: Server, section: ServerSection) -> None:
        self._server = server
        self._section = section
        self._is_open = False
        self.url = section.endpoint

    async def describe(self) -> None:
        """Initialise the server and say who it is: names, URIs and BuildInfo (Part 5, 12.10)."""
        server = self._server
        server.name = self._section.name
        server.product_uri = PRODUCT_URI
        server.manufacturer_name = MANUFACTURER
        await server.init()
        server.set_endpoint(self._section.endpoint)
        await server.set_application_uri(self._section.application_uri)
        release = product_version()
        await server.set_build_info(
            PRODUCT_URI, MANUFACTURER, PRODUCT_NAME, release, release, installation_date()
        )

    async def open(self) -> None:
        """Listen; with port 0 the port that was given stands in `url` afterwards.

        Raises:
            EndpointUnavailable: the port is in use or not ours to take, or the address is not ours.
        """
        try:
            await self._server.start()
        except OSError as error:
            raise EndpointUnavailable(
                "the endpoint can't be opened",
                where=self._section.endpoint,
                found=(error.strerror or str(error)).lower(),
                wanted="a free port on an address of this machine",
            ) from error
        self._is_open = True
        self._take_port()

    async def close(self) -> None:
        """Close it and all connections; nothing where it is not open."""
        if self._is_open:
            self._is_open = False
            await self._server.stop()

    def _take_port(self) -> None:
        parts = urlsplit(self._section.endpoint)
        binary: Any = self._server.bserver
        if parts.port != 0 or binary is None:
            return
        host = f"[{parts.hostname}]" if parts.hostname and ":" in parts.hostname else parts.hostname
        self.url = urlunsplit(parts._replace(netloc=f"{host}:{binary.port}"))
        self._server.set_endpoint(self.url)


def product_version() -> str:
    """Of the installed distribution; «0» where the code runs without being installed."""
    try:
        return version(_DISTRIBUTION)
    except PackageNotFoundError:
        return "0"


def installation_date() -> datetime:
    """When these files came onto this machine."""
    moment = datetime.fromtimestamp(Path(__file__).stat().st_mtime, UTC).replace(microsecond=0)
    return date_time(moment) or moment
