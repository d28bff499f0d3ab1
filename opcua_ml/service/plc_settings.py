"""From the section of a PLC to what its connection needs."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from opcua_ml.domain.errors import ConfigurationError
from opcua_ml.opcua.plc.address import TagAddress
from opcua_ml.opcua.plc.binding import Heartbeat
from opcua_ml.opcua.plc.settings import Mode, PlcSecurity, PlcSettings, Policy

if TYPE_CHECKING:
    from opcua_ml.config import PlcSection, ServerSection


def plc_settings(name: str, section: PlcSection, server: ServerSection) -> PlcSettings:
    """Times in seconds, secrets read, certificates found.

    Raises:
        ConfigurationError: the password can't be read.
    """
    sampling = section.sampling_interval_ms
    return PlcSettings(
        name=name,
        endpoint=section.endpoint,
        security=_security(section, server),
        publishing_interval=section.publishing_interval_ms / 1e3,
        sampling_interval=None if sampling is None else sampling / 1e3,
        queue_size=section.queue_size,
        silence=section.keep_alive_ms / 1e3,
        request_timeout=section.request_timeout_ms / 1e3,
        session_timeout=section.session_timeout_ms / 1e3,
        reconnect_min=section.reconnect_min_ms / 1e3,
        reconnect_max=section.reconnect_max_ms / 1e3,
        username=section.username,
        password=_password(name, section),
        application_uri=server.application_uri,
    )


def heartbeat(section: PlcSection) -> Heartbeat | None:
    """The signs of life that the section asks for."""
    given = section.heartbeat
    if given is None:
        return None
    return Heartbeat(
        write=tag_address(section, given.write) if given.write else None,
        period=given.period_ms / 1e3,
        read=tag_address(section, given.read) if given.read else None,
        timeout=given.timeout_ms / 1e3,
    )


def tag_address(section: PlcSection, node: str) -> TagAddress:
    """Where a tag of this PLC is."""
    return TagAddress.parse(str(section.address(node)))


def _security(section: PlcSection, server: ServerSection) -> PlcSecurity:
    pki = section.pki or server.security.pki
    policy = Policy(section.security_policy.value)
    if policy is Policy.NONE:
        return PlcSecurity(policy=policy)
    return PlcSecurity(
        policy=policy,
        mode=Mode(section.security_mode.value),
        certificate=pki / "own" / "certs" / "opcua-ml.der",
        private_key=pki / "own" / "private" / "opcua-ml.pem",
        trusted=(pki / "trusted" / "certs",),
        server_certificate_sha256=section.server_certificate_sha256,
    )


def _password(name: str, section: PlcSection) -> str | None:
    if section.password_env is not None:
        password = os.environ.get(section.password_env)
        if password is None:
            raise ConfigurationError(
                "the environment variable with the password is not set",
                where=f"plcs.{name}.password_env",
                found=section.password_env,
            )
        return password
    if section.password_file is None:
        return None
    try:
        return section.password_file.read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(
            "the file with the password can't be read",
            where=f"plcs.{name}.password_file",
            found=f"{section.password_file} ({error})",
        ) from error
