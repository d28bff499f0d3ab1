"""A user token that does not let its user in."""

from __future__ import annotations


class TokenRejected(Exception):
    """Carries what the client is told and, apart from it, what only the audit is told.

    Args:
        status: StatusCode for the client; the same for all causes that the client must not tell apart.
        reason: in words, for the audit.
        user: whom the token named, as it named him.
    """

    def __init__(self, status: int, reason: str, *, user: str = "") -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason
        self.user = user
