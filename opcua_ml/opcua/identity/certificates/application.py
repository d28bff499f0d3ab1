"""What we say of ourselves in our certificate."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Application:
    """What our certificate says of us.

    Attributes:
        uri: ApplicationUri.
        name: common name of the subject.
        hosts: names and addresses under which clients reach us, the most used first.
        organization: in the subject.
        key_size: bits of the RSA key: 2048, 3072 or 4096; only for a new key.
        valid_days: of a certificate that we make.
    """

    uri: str
    name: str
    hosts: tuple[str, ...]
    organization: str = "opcua-ml"
    key_size: int = 2048
    valid_days: int = 5 * 365
