"""What the caller of `pack` says beyond what data and estimator tell."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from opcua_ml.domain.errors import PackageError
from opcua_ml.domain.signature import DataType, Range, Window
from opcua_ml.runtime.package.parts import DetailsPart

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from opcua_ml.domain.signature import Task

Bounds = Range | tuple[float, float]
WindowLike = Window | tuple[int, float] | int


@dataclass(frozen=True)
class Declarations:
    """Keys of the mappings are names of inputs; of units, ranges, descriptions, details also of outputs."""

    task: Task | str | None = None
    names: Sequence[str] | None = None
    units: Mapping[str, str] = field(default_factory=dict)
    ranges: Mapping[str, Bounds] = field(default_factory=dict)
    descriptions: Mapping[str, str] = field(default_factory=dict)
    data_types: Mapping[str, DataType | str] = field(default_factory=dict)
    categories: Mapping[str, Sequence[str | int | bool]] = field(default_factory=dict)
    windows: Mapping[str, WindowLike] = field(default_factory=dict)
    class_names: Mapping[Any, str] | Sequence[str] | None = None
    output_names: Mapping[str, str] | Sequence[str] | None = None
    threshold: float | None = None
    horizon: int | None = None
    details: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def check_names(self, inputs: Iterable[str], outputs: Iterable[str]) -> None:
        """Refuse what is said of an input or output that there isn't.

        Raises:
            PackageError: with the names that there are.
        """
        known = list(inputs)
        both = [*known, *outputs]
        for what, allowed in (
            ("units", both),
            ("ranges", both),
            ("descriptions", both),
            ("details", both),
            ("data_types", known),
            ("categories", known),
            ("windows", known),
        ):
            unknown = [name for name in getattr(self, what) if name not in allowed]
            if unknown:
                raise PackageError(
                    "no input or output of this name",
                    where=what,
                    found=", ".join(map(str, unknown)),
                    wanted=f"one of {', '.join(allowed)}",
                )

    def detail(self, name: str) -> DetailsPart:
        """What displays are told of an input or output.

        Raises:
            ValidationError: a key is unknown, or its value is not of its kind.
        """
        given = dict(self.details.get(name, {}))
        for key in ("display_name", "description"):
            if isinstance(given.get(key), str):
                given[key] = {"en": given[key]}
        if given.get("instrument_range") is not None:
            given["instrument_range"] = tuple(map(float, given["instrument_range"]))
        if "category_names" in given:
            names = given["category_names"]
            given["category_names"] = {locale: tuple(told) for locale, told in names.items()}
        if isinstance(given.get("value_precision"), int):
            given["value_precision"] = float(given["value_precision"])
        return DetailsPart(**given)

    def window(self, name: str) -> Window | None:
        """The window of an input, where it has one."""
        given = self.windows.get(name)
        if given is None or isinstance(given, Window):
            return given
        return Window(*given) if isinstance(given, tuple) else Window(given)

    def range(self, name: str) -> tuple[float, float] | None:
        """The engineering range of an input or output, where it is declared.

        Raises:
            PackageError: it is no pair of numbers.
        """
        given = self.ranges.get(name)
        if given is None:
            return None
        try:
            low, high = (given.low, given.high) if isinstance(given, Range) else given
            return float(low), float(high)
        except (TypeError, ValueError) as error:
            raise PackageError(
                "not a range", where=f"ranges: {name}", found=given, wanted="(low, high)"
            ) from error

    def data_type(self, name: str, inferred: DataType) -> DataType:
        """The data type of an input: the declared one, where it is of the inferred one's kind.

        Raises:
            PackageError: there is no such type, or texts would be numbers.
        """
        given = self.data_types.get(name)
        if given is None:
            return inferred
        try:
            declared = DataType(given)
        except ValueError as error:
            wanted = ", ".join(kind.value for kind in DataType)
            raise PackageError(
                "no such data type", where=f"data_types: {name}", found=given, wanted=wanted
            ) from error
        if (declared is DataType.STRING) is not (inferred is DataType.STRING):
            raise PackageError(
                "the data are of another kind",
                where=f"data_types: {name}",
                found=inferred.value,
                wanted=declared.value,
            )
        return declared
