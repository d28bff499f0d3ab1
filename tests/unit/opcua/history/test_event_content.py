"""Events as they are kept: what was written is what is read."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from asyncua import ua
from asyncua.common.events import Event

from opcua_ml.domain.wording import Wording
from opcua_ml.opcua.history.event_content import EventContent
from opcua_ml.opcua.texts import in_locales, phrase, text, users_text

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
COMMENT = ua.LocalizedText("paused", "en")


@pytest.mark.parametrize(
    ("words", "german"),
    [
        (text("Active"), "Aktiv"),
        (text(phrase("Model {name} works again", name="pump")), "Modell pump arbeitet wieder"),
        (users_text(Wording("Leak", {"de": "Leckage"})), "Leckage"),
        (COMMENT, "paused"),
        (ua.LocalizedText("ohne Sprache"), "ohne Sprache"),
    ],
)
def test_a_text_keeps_its_languages(words: ua.LocalizedText, german: str) -> None:
    """Ours, a phrase, a site's; and what an operator wrote is translated by nobody."""
    content = EventContent(lambda: ["http://opcfoundation.org/UA/"])
    event = Event()
    event.add_property("Message", words, ua.VariantType.LocalizedText)
    kept: Any = content.event(content.record((event, []), NOON).content)
    again = kept.Message
    assert (again.Text, again.Locale) == (words.Text, words.Locale)
    assert in_locales(again, ("de",)).Text == german
