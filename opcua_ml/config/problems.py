"""What pydantic finds wrong, told in this project's words: file, key, found, wanted."""

from __future__ import annotations

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

LONGEST_SHOWN = 80
SECRET = ("password", "secret", "token", "private")


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
    return [
        _told(source, document, detail)
        for detail in details
        if detail["type"] != "missing" or (detail["loc"][:-1], detail["loc"][-1]) not in misspelt
    ]


def _told(source: str, document: Mapping[str, Any], detail: ErrorDetails) -> ConfigurationError:
    path = _path(document, detail)
    context = detail.get("ctx", {})
    match detail["type"]:
        case "missing":
            return problem(source, ".".join(path[:-1]), f'the key "{path[-1]}" is missing')
        case "extra_forbidden" if path[-1] == "password":
            return problem(
                source,
                ".".join(path),
                "no password stands in this file",
                wanted="password_file or password_env",
            )
        case "extra_forbidden":
            what, wanted = unknown_name("key", path[-1], known_keys(detail["loc"][:-1]))
            return problem(source, ".".join(path[:-1]), what, wanted=wanted)
        case "refused":
            shown = (
                None if isinstance(detail["input"], Mapping | BaseModel) else _shown(path, detail["input"])
            )
            return problem(source, ".".join(path), context["what"], found=shown, wanted=context["wanted"])
        case "union_tag_not_found" | "union_tag_invalid":
            key = str(context.get("discriminator", "kind")).strip("'")
            found = _shown(path, context.get("tag", detail["input"]))
            return problem(
                source,
                ".".join([*path, key]),
                "not a kind that there is",
                found=found,
                wanted=context.get("expected_tags", "a kind"),
            )
    if detail["loc"] and detail["loc"][-1] == "[key]":
        return problem(
            source,
            ".".join(path[:-1]),
            "not a name",
            found=_shown(path, path[-1]),
            wanted="a letter, then letters, digits, _ and -; at most 64 in all",
        )
    wanted = detail["msg"].removeprefix("Input should ").removeprefix("be ")
    return problem(
        source, ".".join(path), "not a value that can be", found=_shown(path, detail["input"]), wanted=wanted
    )


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


def _shown(path: Sequence[str], value: object) -> str:
    """The value as TOML would write it, shortened; hidden under a key that may hold a secret."""
    if path and any(word in path[-1].casefold() for word in SECRET):
        return "(not shown)"
    match value:
        case bool():
            text = str(value).lower()
        case str():
            text = f'"{value}"'
        case Mapping():
            text = "a table"
        case _:
            text = str(value)
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}…"
