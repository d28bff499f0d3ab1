"""The limits of the configuration are those of the server."""

from __future__ import annotations

from opcua_ml.config.limits import LimitsSection
from opcua_ml.opcua.identity.secured_server import configured
from opcua_ml.opcua.trust.ground.limits import Limits


def test_the_defaults_are_the_servers_own() -> None:
    """Two places that say the same number can't drift apart; and no key is without effect."""
    assert configured(LimitsSection()) == Limits()


def test_what_is_configured_is_what_is_enforced() -> None:
    """Every key by its own name."""
    section = LimitsSection(max_sessions=7, shutdown_notice_s=2.0, max_monitored_items=1000)
    limits = configured(section)
    assert (limits.max_sessions, limits.shutdown_notice_s) == (7, 2.0)
    assert limits.max_monitored_items_per_subscription == 1000
