"""Endpoint URLs: opc.tcp://host:port/path (OPC UA Part 6, 7.1.2.3)."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator

from opcua_ml.config.section import refusal

WANTED = "opc.tcp://host:port/path"


def endpoint_fault(url: str, *, lowest_port: int = 1) -> tuple[str, str] | None:
    """What is wrong with an endpoint URL, and what is wanted in its place; None for nothing.

    Args:
        url: as somebody wrote it.
        lowest_port: that can be.
    """
    with_port = f"{WANTED} with a port from {lowest_port} to 65535"
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return "not an endpoint URL", with_port
    host = parts.hostname or ""
    faults = (
        (parts.scheme != "opc.tcp", "not an endpoint URL", f"{WANTED}; other transports are not offered"),
        (
            parts.username is not None or parts.password is not None,
            "credentials don't belong in an endpoint URL",
            WANTED,
        ),
        (not host, "the endpoint has no host", WANTED),
        (not _is_host(host), "the endpoint's host is no name that can be looked up", WANTED),
        (port is None or port < lowest_port, "the endpoint has no usable port", with_port),
        (parts.query or parts.fragment, "an endpoint URL has neither a query nor a fragment", WANTED),
    )
    return next(((what, wanted) for is_so, what, wanted in faults if is_so), None)


def _is_host(name: str) -> bool:
    """Whether it is an address or name servers could know it: on others the socket fails in its own words."""
    try:
        name.encode("idna")
    except UnicodeError:
        return False
    return name.isprintable() and not any(letter.isspace() for letter in name)


def _checked(url: str, *, lowest_port: int) -> str:
    fault = endpoint_fault(url, lowest_port=lowest_port)
    if fault is not None:
        raise refusal(fault[0], wanted=fault[1])
    return url


def _own(url: str) -> str:
    return _checked(url, lowest_port=0)


def _foreign(url: str) -> str:
    return _checked(url, lowest_port=1)


ServerEndpoint = Annotated[str, AfterValidator(_own)]
"""Where we listen; port 0 means any free one."""

ClientEndpoint = Annotated[str, AfterValidator(_foreign)]
"""Where a PLC listens."""
