"""Where a login comes from: an address with the certificate of its application.

Stations behind one address are told apart by their certificates; IPv6 addresses count by their /64, as one
host has all of it.
"""

from __future__ import annotations

import hashlib
import ipaddress


def login_source(address: str, certificate: bytes | None) -> bytes:
    """A short key of the place: 16 bytes.

    Args:
        address: of the client.
        certificate: of its application in DER; None where it showed none.
    """
    return digest(_network(address).encode(), certificate or b"")


def digest(*parts: bytes) -> bytes:
    """A short key of fixed length, however long the names are that clients send."""
    found = hashlib.sha256()
    for part in parts:
        found.update(len(part).to_bytes(8, "big") + part)
    return found.digest()[:16]


def _network(address: str) -> str:
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((parsed, 64), strict=False))
