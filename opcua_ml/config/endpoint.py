"""Endpoint URLs: opc.tcp://host:port/path (OPC UA Part 6, 7.1.2.3)."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator

from opcua_ml.config.section import refusal

WANTED = "opc.tcp://host:port/path"


def _checked(url: str, *, lowest_port: int) -> str:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise refusal(
            "not an endpoint URL", wanted=f"{WANTED} with a port from {lowest_port} to 65535"
        ) from error
    if parts.scheme != "opc.tcp":
        raise refusal("not an endpoint URL", wanted=f"{WANTED}; other transports are not offered")
    if parts.username is not None or parts.password is not None:
        raise refusal("credentials don't belong in an endpoint URL", wanted=WANTED)
    if not parts.hostname:
        raise refusal("the endpoint has no host", wanted=WANTED)
    if port is None or port < lowest_port:
        raise refusal(
            "the endpoint has no usable port", wanted=f"{WANTED} with a port from {lowest_port} to 65535"
        )
    return url


def _own(url: str) -> str:
    return _checked(url, lowest_port=0)


def _foreign(url: str) -> str:
    return _checked(url, lowest_port=1)


ServerEndpoint = Annotated[str, AfterValidator(_own)]
"""Where we listen; port 0 means any free one."""

ClientEndpoint = Annotated[str, AfterValidator(_foreign)]
"""Where a PLC listens."""
