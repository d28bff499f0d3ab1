"""Which of several languages somebody gets (OPC UA Part 4, 5.4; Part 3, 8.4 and 8.5)."""

from __future__ import annotations

import copy
import json

import pytest
from asyncua import ua
from asyncua.ua.ua_binary import struct_to_binary

from opcua_ml.opcua.texts import TranslatedText, in_locales

FLOW = TranslatedText("Flow", "en", {"de": "Durchfluss", "de-CH": "Durchfluss (CH)", "fr-CA": "Débit"})


@pytest.mark.parametrize(
    ("wanted", "locale", "words"),
    [
        (("en",), "en", "Flow"),
        (("en-US",), "en", "Flow"),
        (("de",), "de", "Durchfluss"),
        (("DE",), "de", "Durchfluss"),
        (("de-CH",), "de-CH", "Durchfluss (CH)"),
        (("de-AT",), "de", "Durchfluss"),
        (("fr",), "fr-CA", "Débit"),
        (("fr-FR",), "fr-CA", "Débit"),
        (("it", "de"), "de", "Durchfluss"),
        (("it",), "en", "Flow"),
        (("", "-", "🙂"), "en", "Flow"),
        (("d",), "en", "Flow"),
    ],
)
def test_the_most_preferred_language_there_is(wanted: tuple[str, ...], locale: str, words: str) -> None:
    """Exactly, then in the same language, then the next one asked for; the default where there is none."""
    told = FLOW.chosen(wanted)
    assert (told.Locale, told.Text) == (locale, words)


def test_mul_has_all_languages() -> None:
    """As JSON, in the order in which they are known (Part 3, 8.5.2.2)."""
    told = FLOW.chosen(("mul",))
    assert told.Locale == "mul"
    pairs = [["en", "Flow"], ["de", "Durchfluss"], ["de-CH", "Durchfluss (CH)"], ["fr-CA", "Débit"]]
    assert json.loads(told.Text or "") == {"t": pairs}


def test_mul_with_others_has_those_alone() -> None:
    """And the default where none of them is there."""
    assert json.loads(FLOW.chosen(("qst", "de", "it")).Text or "") == {"t": [["de", "Durchfluss"]]}
    assert FLOW.chosen(("mul", "it")) is FLOW


def test_to_encoders_and_copies_it_is_a_localized_text() -> None:
    """Whoever asks for no language gets the same bytes as without translations."""
    assert struct_to_binary(FLOW) == struct_to_binary(ua.LocalizedText("Flow", "en"))
    assert copy.deepcopy(FLOW) == FLOW


def test_another_translation_is_another_text() -> None:
    """So that a change in one language is written."""
    assert TranslatedText("Flow", "en", {"de": "Fluss"}) != FLOW
    assert ua.LocalizedText("Flow", "en") != FLOW


def test_a_text_in_one_language_stays() -> None:
    """As the same object: there is nothing to choose."""
    plain = ua.LocalizedText("Flow", "en")
    assert in_locales(plain, ("de",)) is plain
    assert in_locales(FLOW, ()) is FLOW
