"""One thing that happened and has to be remembered.

Source: OPC UA Part 5, 6.4.3 to 6.4.32 (AuditEventTypes); Part 4, 6.5 (Auditing).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime


LONGEST_TEXT: Final = 4_096
"""Characters of a text in a record; NodeIds are no longer (Part 3, 8.2.4)."""
_OF_CLIENTS: Final = ("message", "user", "application_uri", "client_audit_entry_id", "source_node")


class AuditKind(StrEnum):
    """Names of the standard's event types, without «EventType»."""

    OPEN_SECURE_CHANNEL = "AuditOpenSecureChannel"
    CLOSE_SECURE_CHANNEL = "AuditChannel"
    CREATE_SESSION = "AuditCreateSession"
    ACTIVATE_SESSION = "AuditActivateSession"
    CLOSE_SESSION = "AuditSession"
    CANCEL = "AuditCancel"
    URL_MISMATCH = "AuditUrlMismatch"
    CERTIFICATE_DATA_MISMATCH = "AuditCertificateDataMismatch"
    CERTIFICATE_EXPIRED = "AuditCertificateExpired"
    CERTIFICATE_INVALID = "AuditCertificateInvalid"
    CERTIFICATE_UNTRUSTED = "AuditCertificateUntrusted"
    CERTIFICATE_REVOKED = "AuditCertificateRevoked"
    CERTIFICATE_MISMATCH = "AuditCertificateMismatch"
    WRITE_UPDATE = "AuditWriteUpdate"
    HISTORY_UPDATE = "AuditHistoryUpdate"
    UPDATE_METHOD = "AuditUpdateMethod"
    CONDITION_ENABLE = "AuditConditionEnable"
    CONDITION_COMMENT = "AuditConditionComment"
    CONDITION_ACKNOWLEDGE = "AuditConditionAcknowledge"
    CONDITION_CONFIRM = "AuditConditionConfirm"
    CONDITION_SHELVING = "AuditConditionShelving"
    CONDITION_RESET = "AuditConditionReset"
    ADD_NODES = "AuditAddNodes"
    DELETE_NODES = "AuditDeleteNodes"
    SECURITY = "AuditSecurity"
    """Anything else that concerns security, such as changed users, a None endpoint, a throttled source."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRecord:
    """What is remembered of one action.

    Attributes:
        kind: the event's type.
        message: one sentence for people.
        status: StatusCode of the action; its severity tells whether it succeeded.
        user: as the session's identity names it; empty for nobody in particular.
        address: of the peer.
        application_uri: that the peer's description gave.
        session_id, channel_id: as text; empty where there is none.
        client_audit_entry_id: AuditEntryId of the request header (Part 4, 7.32).
        source_node: NodeId as text of what was written or called; the Server object where empty.
        certificate: DER, of the peer or the one that was refused.
        details: the event type's own fields by their BrowseNames; never a secret.
        time: when; timezone-aware UTC; None for now.
    """

    kind: AuditKind
    message: str = ""
    status: int = 0
    user: str = ""
    address: str = ""
    application_uri: str = ""
    session_id: str = ""
    channel_id: str = ""
    client_audit_entry_id: str = ""
    source_node: str = ""
    certificate: bytes | None = field(default=None, repr=False)
    details: Mapping[str, object] = field(default_factory=dict)
    time: datetime | None = None

    def __post_init__(self) -> None:
        """Bound what a client may say at any length: records wait, and events keep what they say."""
        for name in _OF_CLIENTS:
            said = getattr(self, name)
            if len(said) > LONGEST_TEXT:
                object.__setattr__(self, name, said[:LONGEST_TEXT])

    @property
    def succeeded(self) -> bool:
        """Whether the action was done: its status is not Bad."""
        return not self.status & 0x8000_0000
