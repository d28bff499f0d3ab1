"""Options of the form NAME=VALUE, given once for each name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from collections.abc import Iterable


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
