"""Texts for people that can be told in other languages than English."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Mapping


PLACED = "{where}: {what}"
"""A sentence, and the place that it is about."""


class Wording(str):
    """A text in the server's own language, which is English, that knows what it is in others.

    Wherever a text will do it is one; whoever joins it with others gets the English alone.

    Attributes:
        translations: the text in other languages, by LocaleId such as «de» or «de-AT» (OPC UA Part 3, 8.4).
    """

    __slots__ = ("translations",)

    translations: Mapping[str, str]

    def __new__(cls, words: str = "", translations: Mapping[str, str] | None = None) -> Self:
        """See the class."""
        made = super().__new__(cls, words)
        made.translations = dict(translations or {})
        return made


class Sentence(str):
    """A text in English that knows of what it was made, so that it can be told in other languages.

    Wherever a text will do it is one; whoever joins it with others gets the English alone.

    Attributes:
        template: for `str.format`, with the parts' names; what it was made of.
        parts: a Sentence or a Wording is told in the sentence's language; anything else, such as a name or a
            number, stands in every language.
    """

    __slots__ = ("parts", "template")

    template: str
    parts: Mapping[str, object]

    def __new__(
        cls, words: str = "", template: str | None = None, parts: Mapping[str, object] | None = None
    ) -> Self:
        """See the class; without a template nobody can tell the words in another language."""
        made = super().__new__(cls, words)
        made.template = words if template is None else template
        made.parts = dict(parts or {})
        return made


def sentence(template: str, **parts: object) -> Sentence:
    """A sentence with something in it, such as a name; see Sentence."""
    return Sentence(template.format(**parts), template, parts)


def without_place(words: str) -> str:
    """What a sentence says, without the place that it says it of: the same for all places with one cause."""
    if not isinstance(words, Sentence):
        return words
    if words.template == PLACED:
        return without_place(str(words.parts["what"]))
    text = words.parts.get("text")
    if not isinstance(text, Sentence):
        return words
    return sentence(words.template, **{**words.parts, "text": without_place(text)})


def in_its_language(words: str) -> Sentence | Wording:
    """The text, which stands in English alone unless it knows of what it was made, or other languages."""
    return words if isinstance(words, Sentence | Wording) else Sentence(words)


def named(name: str, texts: Mapping[str, str], default: str = "en") -> Wording:
    """A name in several languages; the English one leads, or else the name itself."""
    first = next((one for one in texts if one.partition("-")[0].lower() == default), "")
    others = {locale: words for locale, words in texts.items() if locale != first}
    return Wording(texts.get(first, name), others)


def wording(texts: Mapping[str, str], default: str = "en") -> Wording:
    """The texts by locale as one; where the default's language is not among them, the first one leads."""
    first = next((one for one in texts if one.partition("-")[0].lower() == default), next(iter(texts), ""))
    others = {locale: words for locale, words in texts.items() if locale != first}
    if first and first.partition("-")[0].lower() != default:
        others[first] = texts[first]
    return Wording(texts.get(first, ""), others)
