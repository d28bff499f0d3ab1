"""Texts in several languages: what they are, which one a session gets, and those that ship with us."""

from opcua_ml.opcua.texts.catalogue import (
    DEFAULT,
    joined,
    known_locales,
    phrase,
    said,
    text,
    users_text,
)
from opcua_ml.opcua.texts.translated import TranslatedText, in_locales

__all__ = [
    "DEFAULT",
    "TranslatedText",
    "in_locales",
    "joined",
    "known_locales",
    "phrase",
    "said",
    "text",
    "users_text",
]
