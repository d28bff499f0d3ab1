"""The profiles that the server claims are those that the document goes through."""

from __future__ import annotations

import re
from pathlib import Path

from opcua_ml.opcua.history.nodes import PROFILES as HISTORY_PROFILES
from opcua_ml.opcua.trust.ground.limits import Limits
from opcua_ml.opcua.trust.information.capabilities import PROFILES

PROFILE = "http://opcfoundation.org/UA-Profile/Server/"
DOCUMENT = Path(__file__).parents[2] / "docs" / "address-space.md"


def test_each_profile_that_is_claimed_is_gone_through_in_the_document() -> None:
    """Its URI is one of Part 7, which has them in Table 23, and the document tells its units."""
    table = DOCUMENT.read_text(encoding="utf-8").partition("### Profiles")[2]
    claimed = [uri.removeprefix(PROFILE) for uri in (*PROFILES, *HISTORY_PROFILES)]
    assert re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE) == claimed
    assert set(claimed) == {
        *("EmbeddedUA2017", "DataAccess", "Methods", "StandardEventSubscription"),
        *("HistoricalRawData", "HistoricalDataAtTime", "AggregateHistorical", "BaseHistoricalEvent"),
    }


def test_limits_are_those_that_the_profiles_want() -> None:
    """Of the Embedded 2017 UA Server Profile and its facets (Part 7, 6.6.15, 6.6.17, 6.6.67)."""
    limits = Limits()
    assert limits.max_sessions >= 2
    assert limits.max_subscriptions_per_session >= 2
    assert limits.max_monitored_items_per_subscription >= 100
    assert limits.max_queue_size >= 2
    assert limits.max_queued_requests >= 5
    assert limits.max_browse_continuation_points >= 1
    assert limits.max_history_continuation_points >= 1
