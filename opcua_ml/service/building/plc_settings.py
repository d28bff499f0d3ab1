"""From the section of a PLC to what its connection needs."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from opcua_ml.opcua.plc.address import TagAddress
from opcua_ml.opcua.plc.binding import Heartbeat
from opcua_ml.opcua.plc.settings import Mode, PlcSecurity, PlcSettings, Policy
from opcua_ml.service.building.password import password_of

if TYPE_CHECKING:
    from opcua_ml.config import PlcSection
    from opcua_ml.opcua.identity.site_identity import SiteIdentity


def plc_settings(name: str, section: PlcSection, identity: SiteIdentity) -> PlcSettings:
    """Times in seconds, secrets read, our certificate and whom we believe.

    Raises:
        ConfigurationError: the password can't be read.
        OwnCertificateUnusable: the PLC has a folder of certificates of its own, and ours in it can't be used.
    """
    sampling = section.sampling_interval_ms
    return PlcSettings(
        name=name,
        endpoint=section.endpoint,
        security=_security(section, identity),
        publishing_interval=section.publishing_interval_ms / 1e3,
        sampling_interval=None if sampling is None else sampling / 1e3,
        queue_size=section.queue_size,
        silence=section.keep_alive_ms / 1e3,
        request_timeout=section.request_timeout_ms / 1e3,
        session_timeout=section.session_timeout_ms / 1e3,
        reconnect_min=section.reconnect_min_ms / 1e3,
        reconnect_max=section.reconnect_max_ms / 1e3,
        username=section.username,
        password=password_of(section, f"plcs.{name}"),
        application_uri=identity.section.application_uri,
        correct_clock=section.correct_clock,
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


def tag_address(section: PlcSection, node: str, field: str | None = None) -> TagAddress:
    """Where a tag of this PLC, or a field of its structure, is."""
    address = TagAddress.parse(str(section.address(node)))
    return address if field is None else replace(address, field=tuple(field.split(".")))


def _security(section: PlcSection, identity: SiteIdentity) -> PlcSecurity:
    policy = Policy(section.security_policy.value)
    client = identity.client(section.pki)
    if policy is Policy.NONE:
        return PlcSecurity(policy=policy, identity=client)
    return PlcSecurity(
        policy=policy,
        mode=Mode(section.security_mode.value),
        identity=client,
        server_certificate_sha256=section.server_certificate_sha256,
    )
