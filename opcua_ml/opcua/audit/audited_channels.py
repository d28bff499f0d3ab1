"""Records of secure channels that are opened, renewed and closed.

Source: OPC UA Part 4, 6.5.3; Part 5, 6.4.5 (AuditChannelEventType), 6.4.6 (AuditOpenSecureChannelEventType).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from opcua_ml.opcua.audit.record import AuditKind, AuditRecord

if TYPE_CHECKING:
    from opcua_ml.opcua.audit.sink import AuditSink
    from opcua_ml.opcua.trust.access.authentication import Peer

_ISSUE, _RENEW = 0, 1  # SecurityTokenRequestType of Part 4, 5.5.2


class AuditedChannels:
    """A ChannelObserver; channels that were refused are recorded with their certificate, by its validation.

    Args:
        audit: where records go.
    """

    def __init__(self, audit: AuditSink) -> None:
        self._audit = audit

    def opened(self, peer: Peer, *, renewed: bool, lifetime_ms: int) -> None:
        """Record it with what was agreed on."""
        self._audit.record(
            AuditRecord(
                kind=AuditKind.OPEN_SECURE_CHANNEL,
                message="secure channel renewed" if renewed else "secure channel opened",
                address=peer.address,
                certificate=peer.certificate,
                channel_id=channel_text(peer.channel_id),
                details={
                    "RequestType": _RENEW if renewed else _ISSUE,
                    "SecurityPolicyUri": peer.security_policy_uri,
                    "SecurityMode": int(peer.security_mode),
                    "RequestedLifetime": float(lifetime_ms),
                },
            )
        )

    def closed(self, peer: Peer, *, asked: bool) -> None:
        """Record it with its reason."""
        self._audit.record(
            AuditRecord(
                kind=AuditKind.CLOSE_SECURE_CHANNEL,
                message="secure channel closed" if asked else "secure channel lost",
                address=peer.address,
                certificate=peer.certificate,
                channel_id=channel_text(peer.channel_id),
            )
        )


def channel_text(channel_id: int) -> str:
    """As records name a channel; empty for none."""
    return str(channel_id) if channel_id else ""
