"""The secret by which a session's requests are known."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from opcua_ml.opcua.trust.ground.ua_values import node_id

if TYPE_CHECKING:
    from asyncua import ua


def fresh_token() -> ua.NodeId:
    """An AuthenticationToken that nobody guesses: 32 random bytes as an opaque NodeId (Part 4, 7.36)."""
    return node_id(secrets.token_bytes(32))
