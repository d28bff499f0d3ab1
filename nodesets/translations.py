"""Our texts in other languages, by LocaleId: what stands in `texts/`, for the server's instances as well."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from xml.sax.saxutils import escape, unescape

TRANSLATIONS: dict[str, dict[str, str]] = {
    path.stem: tomllib.loads(path.read_text(encoding="utf-8"))
    for path in sorted((Path(__file__).parent / "texts").glob("*.toml"))
}
_TOLD = re.compile(
    r'^(?P<indent> *)<(?P<kind>DisplayName|Description) Locale="en">(?P<words>[^<]*)</(?P=kind)>\n'
    r'(?: *<(?P=kind) Locale="(?!en")[^"]*">[^<]*</(?P=kind)>\n)*',
    re.MULTILINE,
)


def retold(xml: str) -> str:
    """A file written by hand with its English texts told in every language, whatever others it had."""
    return _TOLD.sub(_in_all_languages, xml)


def _in_all_languages(found: re.Match[str]) -> str:
    indent, kind, words = found["indent"], found["kind"], unescape(found["words"])
    others = [(locale, table[words]) for locale, table in TRANSLATIONS.items() if words in table]
    return "".join(
        f'{indent}<{kind} Locale="{locale}">{escape(told)}</{kind}>\n'
        for locale, told in (("en", words), *others)
    )
