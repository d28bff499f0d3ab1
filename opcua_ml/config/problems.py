"""What pydantic finds wrong, told in this project's words: file, key, found, wanted."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from opcua_ml.config.known_keys import known_keys
from opcua_ml.config.suggestion import did_you_mean, unknown_name
from opcua_ml.domain.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pydantic import ValidationError
    from pydantic_core import ErrorDetails

LONGEST_SHOWN = 80  # characters of a value
NAMES = "a letter, then letters, digits, _ and -; at most 64 in all"
PATTERNS = {
    r"^[0-9A-Z]+$": "a UNECE code, such as CEL, BAR or MQH; `opcua-ml units` lists them",
    r"^[A-Za-z][A-Za-z0-9_-]{0,63}$": NAMES,
    r"^[0-9A-Fa-f]{64}$": "64 hexadecimal digits, as opcua-ml inspect prints them",
    r"^\S+$": "a URI without spaces",
    r"^[a-z_][a-z0-9_]{0,62}$": "a lower-case letter or _, then letters, digits and _; at most 63 in all",
}
_WANTED = {
    "too_short": "at least {min_length} of them",
    "string_too_long": "at most {max_length} characters",
    "string_too_short": "at least {min_length} characters",
    **dict.fromkeys(("tuple_type", "list_type", "set_type", "frozen_set_type"), "a list, in [ ]"),
}
SECRET = ("password", "secret", "token", "private")
_USERINFO = re.compile(r"(?<=://)[^/\s]*@")


class ConfigurationRefused(ConfigurationError):
    """A configuration with one or more problems; each is a `ConfigurationError` of its own."""

    def __init__(self, source: str, problems: Iterable[ConfigurationError]) -> None:
        self.problems = tuple(problems)
        first = self.problems[0]
        if len(self.problems) == 1:
            super().__init__(first.what, where=first.where, found=first.found, wanted=first.wanted)
        else:
            listed = "; ".join(f"({n}) {problem}" for n, problem in enumerate(self.problems, 1))
            super().__init__(f"{len(self.problems)} problems: {listed}", where=source)


def problem(
    source: str, key: str, what: str, *, found: object = None, wanted: object = None
) -> ConfigurationError:
    """A problem at a key of a file."""
    where = f"{source}: {key}" if key else source
    return ConfigurationError(what, where=where, found=found, wanted=wanted or None)


def told(source: str, document: Mapping[str, Any], error: ValidationError) -> list[ConfigurationError]:
    """Every problem of a validation, in the file's words.

    A missing key is left out where a misspelt one beside it is already told.
    """
    details = error.errors(include_url=False)
    misspelt = {
        (detail["loc"][:-1], did_you_mean(str(detail["loc"][-1]), known_keys(detail["loc"][:-1])))
        for detail in details
        if detail["type"] == "extra_forbidden"
    }
    # A list whose only members are wrong is not also too short.
    refused_members = {detail["loc"][:-1] for detail in details}
    return [
        _told(source, document, detail)
        for detail in details
        if (detail["type"] != "missing" or (detail["loc"][:-1], detail["loc"][-1]) not in misspelt)
        and not (detail["type"] == "too_short" and detail["loc"] in refused_members)
    ]


def _told(source: str, document: Mapping[str, Any], detail: ErrorDetails) -> ConfigurationError:
    path = _path(document, detail)
    if detail["type"].startswith("union_tag"):
        path.append("kind")
    table, key, place = ".".join(path[:-1]), path[-1] if path else "", ".".join(path)
    context = detail.get("ctx", {})
    match detail["type"]:
        case "missing" | "union_tag_not_found":
            return problem(source, table, f'the key "{key}" is missing')
        case "extra_forbidden":
            return _unknown_key(source, table, key, detail)
        case "refused":
            found = detail["input"]
            shown = None if isinstance(found, Mapping | BaseModel) else _shown(key, found)
            return problem(source, place, context["what"], found=shown, wanted=context["wanted"])
    if detail["loc"] and detail["loc"][-1] == "[key]":
        return problem(source, table, "not a name", found=_shown("", key), wanted=NAMES)
    found = context.get("tag", detail["input"])
    wanted = context.get("expected_tags") or _wanted(detail)
    return problem(source, place, "not a value that can be", found=_shown(key, found), wanted=wanted)


def _wanted(detail: ErrorDetails) -> str:
    """What pydantic wants, without the words that only Python's programmers know."""
    context = detail.get("ctx", {})
    match detail["type"]:
        case "string_pattern_mismatch":
            return PATTERNS.get(context["pattern"], f"a text like {context['pattern']}")
        case "model_type" | "dict_type" | "model_attributes_type":
            is_tag = any(table in detail["loc"] for table in ("inputs", "outputs"))
            return 'a tag such as "pump:s=Pump.Flow", or a table' if is_tag else "a table"
    words = _WANTED.get(detail["type"])
    if words is not None:
        return words.format(**context)
    return detail["msg"].removeprefix("Input should ").removeprefix("be ")


def _unknown_key(source: str, table: str, key: str, detail: ErrorDetails) -> ConfigurationError:
    if key == "password":
        what, wanted = "no password stands in this file", "password_file or password_env"
    else:
        what, wanted = unknown_name("key", key, known_keys(detail["loc"][:-1]))
    return problem(source, table, what, wanted=wanted)


def _path(document: Mapping[str, Any], detail: ErrorDetails) -> list[str]:
    """Keys as the file has them: without the marks that pydantic puts between for unions and names."""
    keys: list[str] = []
    here: Any = document
    for place, part in enumerate(detail["loc"]):
        is_absent_key = detail["type"] == "missing" and place == len(detail["loc"]) - 1
        if _has(here, part):
            here = here[part]
        elif not is_absent_key:
            continue
        keys.append(str(part))
    return keys


def _has(here: object, part: str | int) -> bool:
    if isinstance(here, Mapping):
        return part in here
    return isinstance(here, Sequence) and isinstance(part, int) and part < len(here)


def _shown(key: str, value: object) -> str:
    """The value as TOML would write it, shortened; hidden under a key that may hold a secret."""
    if any(word in key.casefold() for word in SECRET):
        return "(not shown)"
    match value:
        case bool():
            text = str(value).lower()
        case str():
            text = f'"{_USERINFO.sub("(not shown)@", value)}"'
        case Mapping():
            text = "a table"
        case _:
            text = str(value)
    text = "".join(one if one.isprintable() else repr(one)[1:-1] for one in text[: LONGEST_SHOWN + 1])
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}…"
