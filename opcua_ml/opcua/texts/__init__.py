"""Texts in several languages: what they are, which one a session gets, and those that ship with us."""

from opcua_ml.opcua.texts.catalogue import (
    DEFAULT,
    in_every_language,
    joined,
    known_locales,
    phrase,
    said,
    text,
    users_text,
)
from opcua_ml.opcua.texts.translated import TranslatedText, every_language, in_locales, leading

__all__ = [
    "DEFAULT",
    "TranslatedText",
    "every_language",
    "in_every_language",
    "in_locales",
    "joined",
    "known_locales",
    "leading",
    "phrase",
    "said",
    "text",
    "users_text",
]
