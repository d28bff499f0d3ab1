"""Our own texts in other languages: one file for each, which the builder of the nodeset reads as well."""

from __future__ import annotations

import tomllib
from functools import cache
from typing import TYPE_CHECKING, Final

from asyncua import ua

from opcua_ml import bundled
from opcua_ml.domain.wording import Wording
from opcua_ml.opcua.texts.translated import TranslatedText

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

DEFAULT: Final = "en"


@cache
def catalogues() -> Mapping[str, Mapping[str, str]]:
    """By LocaleId: English text to its translation."""
    return {path.stem: tomllib.loads(path.read_text(encoding="utf-8")) for path in bundled.text_catalogues()}


@cache
def _fixed() -> Mapping[str, TranslatedText]:
    """All texts that have a translation: one object for all nodes that show it."""
    told: dict[str, dict[str, str]] = {}
    for locale, words in catalogues().items():
        for english, other in words.items():
            told.setdefault(english, {})[locale] = other
    return {english: TranslatedText(english, DEFAULT, others) for english, others in told.items()}


def known_locales() -> tuple[str, ...]:
    """The languages of our own texts, the default first."""
    return DEFAULT, *catalogues()


def text(words: str) -> ua.LocalizedText:
    """Words of ours for displays, with their translations where they have any; shared, not to be changed."""
    if isinstance(words, Wording):
        return users_text(words)
    return _fixed().get(words) or ua.LocalizedText(words, DEFAULT)


def users_text(words: str) -> ua.LocalizedText:
    """Words of a site or a model: what they are in other languages they know themselves, or nobody."""
    translations = words.translations if isinstance(words, Wording) else None
    if not translations:
        return ua.LocalizedText(str(words), DEFAULT)
    return TranslatedText(str(words), DEFAULT, translations)


def said(words: str) -> Wording:
    """Words of ours, to stand in a phrase."""
    if isinstance(words, Wording):
        return words
    return Wording(words, {locale: table[words] for locale, table in catalogues().items() if words in table})


def phrase(template: str, **parts: object) -> Wording:
    """A sentence of ours with something in it, such as a name.

    Args:
        template: for `str.format`, as it stands in the catalogues.
        parts: texts and numbers; a Wording is told in the phrase's own language.
    """
    made = {}
    for locale, table in catalogues().items():
        if template in table:
            own = {name: _in(part, locale) for name, part in parts.items()}
            made[locale] = table[template].format(**own)
    return Wording(template.format(**parts), made)


def joined(separator: str, parts: Iterable[str]) -> Wording:
    """Texts one after the other, in every language that one of them has."""
    words = [*parts]
    known = [part.translations for part in words if isinstance(part, Wording)]
    locales = dict.fromkeys(locale for translations in known for locale in translations)
    made = {locale: separator.join(str(_in(part, locale)) for part in words) for locale in locales}
    return Wording(separator.join(words), made)


def _in(part: object, locale: str) -> object:
    return part.translations.get(locale, part) if isinstance(part, Wording) else part
