"""How to reach one PLC; times in seconds."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from opcua_ml.opcua.identity.certificates.client_identity import ClientIdentity


class Policy(StrEnum):
    """Security policies of OPC UA Part 7 that are still held secure, and None; the ends of their URIs."""

    NONE = "None"
    BASIC256SHA256 = "Basic256Sha256"
    AES128_SHA256_RSAOAEP = "Aes128_Sha256_RsaOaep"
    AES256_SHA256_RSAPSS = "Aes256_Sha256_RsaPss"


class Mode(StrEnum):
    """MessageSecurityMode of OPC UA Part 4, 7.20, for all policies but None."""

    SIGN = "Sign"
    SIGN_AND_ENCRYPT = "SignAndEncrypt"


@dataclass(frozen=True, slots=True)
class PlcSecurity:
    """How a connection is secured; what is asked for is what is used, or there is no connection.

    Attributes:
        policy: None only where it is given.
        mode: without meaning for the policy None.
        identity: our certificate, and whom we believe; needed by all policies but None, and by that one where
            a password is encrypted for the server's certificate.
        server_certificate_sha256: of the one certificate that is accepted, hexadecimal.
    """

    policy: Policy = Policy.BASIC256SHA256
    mode: Mode = Mode.SIGN_AND_ENCRYPT
    identity: ClientIdentity | None = None
    server_certificate_sha256: str | None = None

    @property
    def is_none(self) -> bool:
        """Whether nothing is signed or encrypted."""
        return self.policy is Policy.NONE


@dataclass(frozen=True, slots=True)
class PlcSettings:
    """One PLC.

    Attributes:
        name: as engineers call it.
        endpoint: such as `opc.tcp://192.168.0.10:4840`.
        security: see there.
        publishing_interval: between two notifications.
        sampling_interval: how often the PLC looks at its tags; None for the publishing interval.
        queue_size: changes that the PLC keeps per tag between two notifications; the oldest goes first.
        silence: longest time without a word from the PLC; after it the connection is lost.
        request_timeout: longest wait for one answer.
        session_timeout: how long the PLC keeps our session while we are away.
        reconnect_min, reconnect_max: pause before the first new attempt to connect, and the longest one.
        retry_min, retry_max: the same for single tags that can't be used.
        recheck: between two checks that tags and namespaces are still what they were.
        publish_requests: that wait at the PLC at the same time.
        stop_deadline: longest time for closing the session when we stop.
        username, password: anonymous without a user name.
        application_uri: ours; our certificate carries the same one.
        correct_clock: whether the times of samples are corrected by how far the PLC's clock is off.
    """

    name: str
    endpoint: str
    security: PlcSecurity
    publishing_interval: float = 0.1
    sampling_interval: float | None = None
    queue_size: int = 10
    silence: float = 2.0
    request_timeout: float = 4.0
    session_timeout: float = 60.0
    reconnect_min: float = 0.25
    reconnect_max: float = 2.0
    retry_min: float = 1.0
    retry_max: float = 5.0
    recheck: float = 5.0
    publish_requests: int = 3
    stop_deadline: float = 2.0
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    application_uri: str = "urn:opcua-ml:client"
    correct_clock: bool = False

    @property
    def keep_alive_count(self) -> int:
        """Publishing intervals after which an idle PLC sends a keep-alive: two in the longest silence."""
        return max(1, int(self.silence / 2 / self.publishing_interval))
