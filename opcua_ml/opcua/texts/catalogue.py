"""Our own texts in other languages: one file for each, which the builder of the nodeset reads as well."""

from __future__ import annotations

import tomllib
from functools import cache
from string import Formatter
from typing import TYPE_CHECKING, Final

from asyncua import ua

from opcua_ml import bundled
from opcua_ml.domain.wording import Sentence, Wording, sentence
from opcua_ml.opcua.texts.translated import TranslatedText

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

DEFAULT: Final = "en"
_MARKS: Final = " :;,."
"""What stands between the parts of a sentence in every language."""


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
    if isinstance(words, Sentence):
        words = in_every_language(words)
    if isinstance(words, Wording):
        return users_text(words)
    return _fixed().get(words) or ua.LocalizedText(words, DEFAULT)


def users_text(words: str) -> ua.LocalizedText:
    """Words of a site or a model: what they are in other languages they know themselves, or nobody."""
    if isinstance(words, Sentence):
        words = in_every_language(words)
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
    """A sentence of ours with something in it, such as a name; see `in_every_language`."""
    return in_every_language(sentence(template, **parts))


def in_every_language(words: Sentence) -> Wording:
    """The sentence in each language in which the whole of it can be told, and never half of it.

    A Sentence in it has to be in the catalogue as well, and a Wording that knows other languages has to know
    that one; names, numbers and whatever has one language alone stand in all.
    """
    found = {locale: told for locale in catalogues() if (told := _told(words, locale)) is not None}
    return Wording(str(words), found)


def joined(separator: str, parts: Iterable[str]) -> Wording:
    """Texts one after the other, in every language that one of them has."""
    words = [*parts]
    known = [part.translations for part in words if isinstance(part, Wording)]
    locales = dict.fromkeys(locale for translations in known for locale in translations)
    made = {locale: separator.join(str(_in(part, locale)) for part in words) for locale in locales}
    return Wording(separator.join(words), made)


def _in(part: object, locale: str) -> object:
    return part.translations.get(locale, part) if isinstance(part, Wording) else part


def _told(part: object, locale: str) -> str | None:
    """What stands for it in a sentence in that language; None where it can't be told in it."""
    if isinstance(part, Wording):
        return part.translations.get(locale) if part.translations else str(part)
    if not isinstance(part, Sentence):
        return str(part)
    template = catalogues()[locale].get(part.template)
    if template is None:
        if not part.parts or any(words.strip(_MARKS) for words, *_ in Formatter().parse(part.template)):
            return None
        template = part.template
    told = {name: _told(one, locale) for name, one in part.parts.items()}
    return None if None in told.values() else template.format(**told)
