"""The sections `server` and `server.security`."""

import socket
from enum import StrEnum
from pathlib import Path
from typing import Annotated
from urllib.parse import quote

from pydantic import AfterValidator, Field, Strict

from opcua_ml.config.endpoint import ServerEndpoint
from opcua_ml.config.limits import LimitsSection
from opcua_ml.config.section import FilePath, Section, each_once, empty_table, refusal


class SecurityPolicy(StrEnum):
    """Policies of Part 7 that are still held secure, and None; the values are the ends of their URIs."""

    NONE = "None"
    BASIC256SHA256 = "Basic256Sha256"
    AES128_SHA256_RSAOAEP = "Aes128_Sha256_RsaOaep"
    AES256_SHA256_RSAPSS = "Aes256_Sha256_RsaPss"


class SecurityMode(StrEnum):
    """MessageSecurityMode of Part 4, 7.20, for all policies but None."""

    SIGN = "Sign"
    SIGN_AND_ENCRYPT = "SignAndEncrypt"


class AnonymousAccess(StrEnum):
    """What a client may do that gives no user."""

    REFUSED = "refused"
    OBSERVER = "observer"
    OPERATOR = "operator"


TAKEN_NAMESPACES = {"http://opcfoundation.org/UA/": "the standard", "urn:opcua-ml:UA": "our types"}


def _of_the_site_alone(uri: str) -> str:
    if uri in TAKEN_NAMESPACES:
        raise refusal(f"this namespace is that of {TAKEN_NAMESPACES[uri]}", wanted="a URI of your site's own")
    return uri


class AuditDurability(StrEnum):
    """When what was recorded is forced onto the disk."""

    EACH = "each"
    SYSTEM = "system"


class AuditSection(Section):
    """Where it is recorded who did what."""

    enabled: bool = True
    """Whether there is a log; without it records are events of OPC UA alone."""
    folder: FilePath = Path("audit")
    """Folder of the log; one service writes to it at a time."""
    file_size_mb: Annotated[int, Field(ge=1, le=1000)] = 10
    """A file of the log that has grown so large is set aside, and a new one begun."""
    most_files: Annotated[int, Field(ge=1, le=100_000)] = 100
    """Files set aside that are kept; the oldest goes first."""
    durability: Annotated[AuditDurability, Strict(strict=False)] = AuditDurability.EACH
    """`each` forces each batch of records, 20 a second at most, onto the disk, `system` leaves that to the
    operating system."""


def _own_application_uri() -> str:
    return f"urn:{quote(socket.gethostname() or 'localhost')}:opcua-ml"


class SecuritySection(Section):
    """Who may connect to us, and how. What is insecure happens only where it is written down."""

    policies: Annotated[
        tuple[Annotated[SecurityPolicy, Strict(strict=False)], ...],
        Strict(strict=False),
        Field(min_length=1),
        AfterValidator(each_once),
    ] = (
        SecurityPolicy.BASIC256SHA256,
        SecurityPolicy.AES128_SHA256_RSAOAEP,
        SecurityPolicy.AES256_SHA256_RSAPSS,
    )
    """Offered security policies; `None` is only among them where it is written here."""
    modes: Annotated[
        tuple[Annotated[SecurityMode, Strict(strict=False)], ...],
        Strict(strict=False),
        Field(min_length=1),
        AfterValidator(each_once),
    ] = (SecurityMode.SIGN, SecurityMode.SIGN_AND_ENCRYPT)
    """Offered security modes of all policies but `None`."""
    anonymous: Annotated[AnonymousAccess, Strict(strict=False)] = AnonymousAccess.REFUSED
    """Whether clients without a user are let in: not at all, to look, or to look and call Predict."""
    pki: FilePath = Path("pki")
    """Folder of our certificate and of the certificates that we trust."""
    users: FilePath = Path("users.toml")
    """File of users, as `opcua-ml user` writes it; while it is not there nobody can log in."""
    password_memory_s: Annotated[float, Field(ge=0, le=900)] = 900.0
    """Seconds for which a password that was right is confirmed again without being hashed again; 0 never."""
    audit: AuditSection = Field(default_factory=empty_table)
    """The log of who did what."""

    @property
    def offers_none(self) -> bool:
        """Whether unencrypted, unsigned connections are accepted."""
        return SecurityPolicy.NONE in self.policies


class ServerSection(Section):
    """Our own OPC UA endpoint."""

    endpoint: ServerEndpoint = "opc.tcp://127.0.0.1:4840/opcua-ml"
    """Where we listen; the host 0.0.0.0 stands for all addresses, port 0 for any free port."""
    name: Annotated[str, Field(min_length=1, max_length=200)] = "opcua-ml"
    """ApplicationName that clients see."""
    application_uri: Annotated[str, Field(min_length=1, pattern=r"^\S+$")] = Field(
        default_factory=_own_application_uri
    )
    """ApplicationUri, which our certificate carries; by default `urn:<host name>:opcua-ml`."""
    namespace_uri: Annotated[
        str, Field(min_length=1, pattern=r"^\S+$"), AfterValidator(_of_the_site_alone)
    ] = "urn:opcua-ml:site"
    """Namespace of this site's models; clients bind to it, so it should never change."""
    state: FilePath = Path("state")
    """Folder of what operators have switched, so that it outlives a restart; made when it is needed."""
    nodesets: Annotated[tuple[FilePath, ...], Strict(strict=False), AfterValidator(each_once)] = ()
    """NodeSet2 files of companion specifications, in any order; see companion specifications."""
    incomplete_nodesets: bool = False
    """Whether models that these files require may be missing; what builds on them is then shown as the
    standard's most general types."""
    security: SecuritySection = Field(default_factory=empty_table)
    limits: LimitsSection = Field(default_factory=empty_table)
    """What clients may take at most."""
