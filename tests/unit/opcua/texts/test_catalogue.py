"""Our texts in other languages: whole, and with the same places for names and numbers."""

from __future__ import annotations

import ast
import re
import xml.etree.ElementTree as ET
from string import Formatter
from typing import TYPE_CHECKING

import pytest

from nodesets.translations import TRANSLATIONS
from opcua_ml import bundled
from opcua_ml.domain.engineering_units import UNITS
from opcua_ml.domain.signature import OutputRole, Task, WindowStatistic
from opcua_ml.domain.state import ModelState
from opcua_ml.domain.wording import Sentence, Wording, in_its_language, sentence
from opcua_ml.opcua.texts import (
    TranslatedText,
    in_every_language,
    joined,
    known_locales,
    phrase,
    said,
    text,
    users_text,
)
from opcua_ml.opcua.texts.catalogue import catalogues

if TYPE_CHECKING:
    from pathlib import Path

NODE_SET = "{http://opcfoundation.org/UA/2011/03/UANodeSet.xsd}"
FILES = (bundled.node_set, bundled.adi_node_set, bundled.result_node_set)


def _places(words: str) -> set[str | None]:
    return {name for _, name, _, _ in Formatter().parse(words)} - {None}


def test_server_and_nodeset_have_one_source() -> None:
    """What the builder reads is what the server tells."""
    assert catalogues() == TRANSLATIONS
    assert known_locales() == ("en", "de")


@pytest.mark.parametrize("locale", TRANSLATIONS)
def test_a_translation_has_the_places_of_its_text(locale: str) -> None:
    """Or a sentence would lack the name that it is about, or fail where it is told."""
    table = TRANSLATIONS[locale]
    assert [one for one, other in table.items() if _places(one) != _places(other) or not other.strip()] == []


@pytest.mark.parametrize("file", FILES, ids=lambda found: found.__name__)
def test_every_text_of_our_types_has_every_language(file: object) -> None:
    """DisplayNames and Descriptions, of fields too, each in English first."""
    path: Path = file()  # type: ignore[operator]
    namespace = "urn:opcua-ml:UA"
    for parent in ET.parse(path).getroot().iter():  # noqa: S314 - our own file
        for kind in ("DisplayName", "Description"):
            told = parent.findall(f"{NODE_SET}{kind}")
            if told and (told[0].text or "") != namespace:
                assert [one.get("Locale") for one in told] == [*known_locales()], told[0].text


def test_states_tasks_roles_and_units_have_every_language() -> None:
    """What stands in sentences and in enumerations."""
    words = [
        *(state.name for state in ModelState),
        *(one.value for kind in (Task, OutputRole, WindowStatistic) for one in kind if one.value != "lag"),
        *(unit.name for unit in UNITS.values()),
    ]
    assert [one for one in words if set(said(one).translations) != set(TRANSLATIONS)] == []


def test_words_of_ours_are_told_in_all_languages() -> None:
    """One object for all nodes that show it."""
    told = text("Outputs")
    assert told is text("Outputs")
    assert isinstance(told, TranslatedText)
    assert told.chosen(("de",)).Text == "Ausgänge"


def test_words_of_a_site_are_no_words_of_ours() -> None:
    """A class named Outputs is not translated behind its back."""
    assert type(users_text("Outputs")) is type(text("no words of ours"))
    assert isinstance(users_text(Wording("Outputs", {"fr": "Sorties"})), TranslatedText)


def test_a_phrase_has_its_parts_in_its_language() -> None:
    """Names stay, words of ours are told."""
    told = phrase("Model {name} ({task}).", name="pump", task=said("regression"))
    assert told == "Model pump (regression)."
    assert told.translations == {"de": "Modell pump (Regression)."}


def test_texts_joined_keep_every_language() -> None:
    """What has no translation stands as it is."""
    told = joined("; ", ["Flow", Wording("one per row", {"de": "einer je Zeile"})])
    assert told == "Flow; one per row"
    assert told.translations == {"de": "Flow; einer je Zeile"}


def test_a_sentence_is_told_in_a_language_as_a_whole() -> None:
    """With the sentences in it, however deep."""
    why = sentence(
        "{why}; its last value is held for {hold} s", why=sentence("no value has come yet"), hold=5
    )
    told = in_every_language(sentence("{name}: {why}", name="Flow", why=why))
    assert told == "Flow: no value has come yet; its last value is held for 5 s"
    german = "Flow: es ist noch kein Wert gekommen; sein letzter Wert wird 5 s lang gehalten"
    assert told.translations == {"de": german}
    assert users_text(why) == text(why)


@pytest.mark.parametrize(
    "part",
    [
        in_its_language("{0} is what a {library says"),
        Sentence("nobody has translated this"),
        sentence("nobody has translated {name}", name="this"),
        Wording("Flow", {"fr": "Débit"}),
    ],
)
def test_half_of_a_sentence_is_told_in_no_language(part: str) -> None:
    """Where one part stands in English alone, all of it does."""
    told = phrase("Model {name} has failed: {reason}", name="pump", reason=part)
    assert told == f"Model pump has failed: {part}"
    assert told.translations == {}
    assert isinstance(in_its_language(part), Sentence | Wording)


def test_every_sentence_of_ours_has_every_language() -> None:
    """Whatever the code makes sentences of, by its literals."""
    templates = {
        str(call.args[0].value)
        for path in (bundled.nodesets().parent / "opcua_ml").rglob("*.py")
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Name)
        and call.func.id in {"sentence", "phrase", "said"}
        and call.args
        and isinstance(call.args[0], ast.Constant)
    }
    assert len(templates) > 50
    without = [one for one in templates if re.search("[a-z]", re.sub(r"{[^}]*}", "", one))]
    assert [one for one in without for table in TRANSLATIONS.values() if one not in table] == []


def test_no_translation_is_left_over() -> None:
    """Each English text stands somewhere in our sources, or is made of words that do."""
    sources = "\n".join(
        path.read_text(encoding="utf-8")
        for folder in ("opcua_ml", "nodesets")
        for path in (bundled.nodesets().parent / folder).rglob("*")
        if path.suffix in {".py", ".xml"}
    )
    flat = re.sub(r'"\s*\n\s*"', "", sources)
    limits = re.compile(r"(Severity)?(HighHigh|High|LowLow|Low)(Limit|Deadband|State)?")
    made = {
        *("Manufacturer of the device.", "Model of the device."),
        *(f"{{output}} is {{value}}, {side} its {{kind}} limit of {{limit}}" for side in ("above", "below")),
    }
    unknown = [one for one in TRANSLATIONS["de"] if one not in flat and one not in made]
    assert [one for one in unknown if not limits.fullmatch(one)] == []
