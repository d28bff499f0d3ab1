"""A text with translations is a text wherever one is wanted."""

from __future__ import annotations

import pickle

from opcua_ml.domain.wording import Sentence, Wording, named, sentence, wording


def test_it_is_its_english_text() -> None:
    """Equal, joined and formatted as the text alone."""
    flow = Wording("Flow", {"de": "Durchfluss"})
    assert flow == "Flow"
    assert f"{flow} rate" == "Flow rate"


def test_it_goes_to_other_processes_whole() -> None:
    """Signatures are sent to worker processes."""
    known = pickle.loads(pickle.dumps(Wording("Flow", {"de": "Durchfluss"})))  # noqa: S301 - our own bytes
    assert (str(known), known.translations) == ("Flow", {"de": "Durchfluss"})


def test_english_leads_wherever_it_stands() -> None:
    """A table may have it in any place, and by any region."""
    told = wording({"de": "Durchfluss", "en-GB": "Flow rate"})
    assert told == "Flow rate"
    assert told.translations == {"de": "Durchfluss"}


def test_without_english_the_first_language_leads() -> None:
    """And is still found as what it is."""
    told = wording({"de": "Durchfluss", "fr": "Débit"})
    assert told == "Durchfluss"
    assert told.translations == {"de": "Durchfluss", "fr": "Débit"}


def test_a_name_without_english_is_itself_in_english() -> None:
    """A German display name alone is no reason to show it to everybody."""
    told = named("flow", {"de": "Durchfluss"})
    assert (told, told.translations) == ("flow", {"de": "Durchfluss"})
    assert named("flow", {"de": "Durchfluss", "en": "Flow"}) == "Flow"


def test_a_sentence_is_its_english_text_and_knows_of_what_it_was_made() -> None:
    """Also after it went to another process, with braces in what it quotes."""
    told = sentence("{name} failed: {error}", name="pump", error="{x}")
    assert told == "pump failed: {x}"
    known: Sentence = pickle.loads(pickle.dumps(told))  # noqa: S301 - our own bytes
    assert (str(known), known.template, known.parts) == (str(told), told.template, told.parts)
