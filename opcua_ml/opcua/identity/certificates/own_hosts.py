"""Under which names and addresses clients may reach us, for our certificate."""

from __future__ import annotations

import ipaddress
import socket

_WILDCARDS = frozenset({"", "0.0.0.0", "::"})  # noqa: S104 - compared with, never bound


def own_hosts(listening: str) -> tuple[str, ...]:
    """Host names and addresses for an endpoint that listens on `listening`; no network is asked.

    A wildcard stands for this machine's name and all addresses that the system knows under it; a loopback
    address for `localhost` and both its addresses; anything else for itself and this machine's name.
    """
    name = socket.gethostname() or "localhost"
    if listening in _WILDCARDS:
        return _unique((name, *_addresses(name), *_LOOPBACK))
    if listening == "localhost" or _is_loopback(listening):
        return _unique((*_LOOPBACK, listening))
    return _unique((listening, name))


_LOOPBACK = ("localhost", "127.0.0.1", "::1")


def is_address(host: str) -> bool:
    """Whether `host` is an IP address, not a name."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def dns_name(host: str) -> str:
    """A host name as certificates hold it: lower case, ASCII (RFC 5280, 7.2), without a final dot.

    Raises:
        UnicodeError: no host can have this name.
    """
    name = host.lower().rstrip(".")
    return name if name.isascii() else name.encode("idna").decode("ascii")


def _is_loopback(host: str) -> bool:
    return is_address(host) and ipaddress.ip_address(host).is_loopback


def _addresses(name: str) -> tuple[str, ...]:
    try:
        found = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
    except OSError:
        return ()
    # Link-local addresses come with a zone, which certificates can't hold.
    return tuple(str(entry[4][0]) for entry in found if is_address(str(entry[4][0]).partition("%")[0]))


def _unique(hosts: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(host.partition("%")[0] for host in hosts))
