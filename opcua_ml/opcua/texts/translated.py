"""A LocalizedText that knows its translations, and the choice among them.

Source: OPC UA Part 3, 8.4 (LocaleId), 8.5 (LocalizedText); Part 4, 5.4 (locale negotiation).
"""

from __future__ import annotations

import json
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from asyncua import ua

if TYPE_CHECKING:
    from collections.abc import Mapping

SEVERAL: Final = frozenset({"mul", "qst"})
"""As the first locale asked for: all languages at once. No text of ours has parts to be substituted, so that
«mul» answers both."""


class TranslatedText(ua.LocalizedText):
    """To whoever asks for no language it is the text that it begins with.

    Args:
        words: in the language that is the default.
        locale: of that.
        translations: in other languages, by LocaleId.
    """

    __slots__ = ("_available", "_texts")

    def __init__(self, words: str | None, locale: str | None, translations: Mapping[str, str]) -> None:
        super().__init__(words, locale)
        self._texts: dict[str, str] = {locale or "": words or "", **translations}
        self._available = tuple(self._texts)

    @property
    def locales(self) -> tuple[str, ...]:
        """The languages that there are, the default first."""
        return self._available

    def chosen(self, locales: tuple[str, ...]) -> ua.LocalizedText:
        """The text in the first of these that there is, exactly or in the same language; else the default.

        Args:
            locales: not empty, the most preferred first.
        """
        if locales[0].lower() in SEVERAL:
            return self._several(locales[1:])
        found = _best(self._available, locales)
        return self if found is None else ua.LocalizedText(self._texts[found], found or None)

    def _several(self, locales: tuple[str, ...]) -> ua.LocalizedText:
        wanted = [found for one in locales if (found := _match(self._available, one)) is not None]
        if locales and not wanted:
            return self
        pairs = [[one, self._texts[one]] for one in dict.fromkeys(wanted or self._available)]
        return ua.LocalizedText(json.dumps({"t": pairs}, ensure_ascii=False, separators=(",", ":")), "mul")

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, TranslatedText):
            return NotImplemented
        return self._texts == other._texts and self.Locale == other.Locale

    __hash__ = None  # type: ignore[assignment]  # as its base has none


def every_language(words: ua.LocalizedText) -> dict[str, str]:
    """The text by LocaleId, of one that a server told in several languages as JSON (Part 3, 8.5.2.2) too.

    The one to begin with comes first; what is no such JSON is a text in one language.
    """
    if isinstance(words, TranslatedText):
        return {locale: words.chosen((locale,)).Text or "" for locale in words.locales}
    if words.Locale in SEVERAL:
        try:
            found = {str(locale): str(told) for locale, told in json.loads(words.Text or "")["t"]}
        except (ValueError, KeyError, TypeError):
            found = {}
        if found:
            return found
    return {words.Locale or "": words.Text or ""}


def leading(words: ua.LocalizedText | None) -> str:
    """The text to begin with; empty for none."""
    return "" if words is None else next(iter(every_language(words).values()))


def in_locales(words: ua.LocalizedText, locales: tuple[str, ...]) -> ua.LocalizedText:
    """The text for somebody who prefers these languages; the same object where there is no choice."""
    return words.chosen(locales) if type(words) is TranslatedText and locales else words


@lru_cache(maxsize=1024)
def _best(available: tuple[str, ...], locales: tuple[str, ...]) -> str | None:
    for wanted in locales:
        found = _match(available, wanted)
        if found is not None:
            return found
    return None


def _match(available: tuple[str, ...], wanted: str) -> str | None:
    """Of these the locale wanted, else the plain language, else another region's."""
    exact = wanted.replace("_", "-").lower()
    language = exact.partition("-")[0]
    same: str | None = None
    for locale in available:
        one = locale.lower()
        if one == exact:
            return locale
        if language and one.partition("-")[0] == language and (same is None or one == language):
            same = locale
    return same
