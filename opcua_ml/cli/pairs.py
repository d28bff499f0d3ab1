"""Options of the form NAME=VALUE, given once for each name."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import typer

from opcua_ml.domain.engineering_units import near_code
from opcua_ml.domain.errors import PackageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_CODE = re.compile(r"[0-9A-Z]{1,3}")
_LANGUAGE = re.compile(r"(?P<name>.+)@(?P<locale>[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*)")


def texts(option: str, pairs: Iterable[str]) -> dict[str, str]:
    """Name to text.

    Raises:
        typer.BadParameter: a pair has no name, no `=`, or comes twice.
    """
    read: dict[str, str] = {}
    for pair in pairs:
        # Columns of windows have names like «flow[t-1]», but none has an equals sign.
        name, equals, value = pair.partition("=")
        if not (name and equals and value):
            raise typer.BadParameter(f"{pair!r} is not of the form NAME=VALUE", param_hint=option)
        if name in read:
            raise typer.BadParameter(f"{name!r} stands there twice", param_hint=option)
        read[name] = value
    return read


def units(option: str, pairs: Iterable[str]) -> dict[str, str]:
    """Name to UNECE code.

    Raises:
        PackageError: what stands there is none; what was meant is told, where it is known.
        typer.BadParameter: as `texts` does.
    """
    read = texts(option, pairs)
    for name, code in read.items():
        if not _CODE.fullmatch(code):
            meant = near_code(code)
            raise PackageError(
                "no UNECE code",
                where=f"{option} {name}",
                found=code,
                wanted=f"{name}={meant}"
                if meant
                else "one that `opcua-ml units` lists, such as CEL, BAR or MQH",
            )
    return read


def languages(option: str, pairs: Iterable[str], *, plain: str = "") -> dict[str, dict[str, str]]:
    """Language to texts by name, given as NAME@LANGUAGE=TEXT; those without a language stand under `plain`.

    Raises as `texts` does.
    """
    read: dict[str, dict[str, str]] = {}
    for name, value in texts(option, pairs).items():
        found = _LANGUAGE.fullmatch(name)
        locale, own = (found["locale"], found["name"]) if found else (plain, name)
        read.setdefault(locale, {})[own] = value
    return read


def details(
    told: Mapping[str, Mapping[str, Mapping[str, str]]], given: Mapping[str, Mapping[str, object]]
) -> dict[str, dict[str, object]]:
    """What displays are told, by the name of an input or output.

    Args:
        told: by key: texts by language and name.
        given: by key: values by name.
    """
    made: dict[str, dict[str, Any]] = {}
    for key, by_language in told.items():
        for locale, words in by_language.items():
            for name, text in words.items():
                made.setdefault(name, {}).setdefault(key, {})[locale] = text
    for key, values in given.items():
        for name, value in values.items():
            made.setdefault(name, {})[key] = value
    return made


def numbers(option: str, pairs: Iterable[str]) -> dict[str, float]:
    """Name to number; raises as `texts` does, and where a value is none."""
    return {name: _number(option, value) for name, value in texts(option, pairs).items()}


def ranges(option: str, pairs: Iterable[str]) -> dict[str, tuple[float, float]]:
    """Name to lowest and highest value, given as LOW:HIGH; raises as `texts` does."""
    read = {}
    for name, value in texts(option, pairs).items():
        low, colon, high = value.partition(":")
        if not colon:
            raise typer.BadParameter(f"{value!r} is not of the form LOW:HIGH", param_hint=option)
        read[name] = (_number(option, low), _number(option, high))
    return read


def windows(option: str, pairs: Iterable[str]) -> dict[str, tuple[int, float]]:
    """Name to samples and period in seconds, given as SAMPLES or SAMPLES:PERIOD; raises as `texts` does."""
    read = {}
    for name, value in texts(option, pairs).items():
        samples, _, period = value.partition(":")
        if not samples.isdecimal():
            raise typer.BadParameter(f"{value!r} is not of the form SAMPLES:PERIOD", param_hint=option)
        read[name] = (int(samples), _number(option, period) if period else 1.0)
    return read


def _number(option: str, text: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise typer.BadParameter(f"{text!r} is no number", param_hint=option) from error
