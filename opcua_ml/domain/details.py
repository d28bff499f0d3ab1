"""What displays are told of an input or output beside what decides: names, languages, instruments."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeVar

from opcua_ml.domain.signature import Details, Input, Output, Range
from opcua_ml.domain.wording import Wording, named, wording

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

Port = TypeVar("Port", Input, Output)


@dataclass(frozen=True, slots=True)
class ToldDetails:
    """Of one input or output, as a package or a configuration tells them; what it leaves out stays as it was.

    Attributes:
        display_name: by LocaleId.
        description: by LocaleId; without English that of the signature stays beside the others.
        category_names: of the classes in their order, by LocaleId.
        instrument_range: what the instrument can tell, in the unit (OPC UA Part 8, 5.3.2.2).
        value_precision: decimal places that count (Part 8, 5.3.1).
        definition: how the value comes about (Part 8, 5.3.1).
    """

    display_name: Mapping[str, str] = field(default_factory=dict)
    description: Mapping[str, str] = field(default_factory=dict)
    category_names: Mapping[str, Sequence[str]] = field(default_factory=dict)
    instrument_range: tuple[float, float] | None = None
    value_precision: float | None = None
    definition: str = ""

    def problems(self, categories: Sequence[object]) -> Iterator[str]:
        """What can't be, in words."""
        for locale, names in self.category_names.items():
            if len(names) != len(categories):
                yield f"{len(names)} category_names in {locale} for {len(categories)} categories"
        span = self.instrument_range
        if span is not None and not span[0] < span[1]:
            yield "the instrument range's low end is not less than its high end"


def with_details(item: Port, told: ToldDetails) -> Port:
    """The input or output with these details, which have no `problems`."""
    known = item.details
    span, precision = told.instrument_range, told.value_precision
    details = Details(
        display_name=named(item.name, told.display_name) if told.display_name else known.display_name,
        instrument_range=known.instrument_range if span is None else Range(*span),
        value_precision=known.value_precision if precision is None else precision,
        definition=told.definition or known.definition,
        category_names=_named(item.categories, told.category_names) or known.category_names,
    )
    return replace(item, details=details, description=described(item.description, told.description))


def described(known: str, told: Mapping[str, str]) -> str:
    """A description with more languages; one in English takes its place."""
    if not told:
        return known
    before = known.translations if isinstance(known, Wording) else {}
    if not known or any(locale.partition("-")[0].lower() == "en" for locale in told):
        made = wording(told)
        return Wording(made, {**before, **made.translations})
    return Wording(known, {**before, **told})


@dataclass(frozen=True, slots=True)
class TagDetails:
    """What a PLC tells of one of its tags (Part 8, 5.3), in the unit of the input that it feeds.

    Attributes:
        unit: UNECE code; None where it has none, or another one than the input's.
        range: its EURange.
        instrument_range, value_precision, definition: as the tag's own properties.
    """

    unit: str | None = None
    range: Range | None = None
    instrument_range: Range | None = None
    value_precision: float | None = None
    definition: str = ""


def completed(item: Input, tag: TagDetails) -> Input:
    """The input with what its tag knows, where package and configuration are silent; for displays alone."""
    known = item.details
    seen = item.statistics
    is_silent = item.range is None and (seen is None or not seen.minimum < seen.maximum)
    details = replace(
        known,
        instrument_range=known.instrument_range or tag.instrument_range,
        value_precision=tag.value_precision if known.value_precision is None else known.value_precision,
        definition=known.definition or tag.definition,
    )
    return replace(
        item,
        unit=item.unit or tag.unit,
        range=tag.range if is_silent else item.range,
        details=details,
    )


def _named(categories: Sequence[object], names: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    if not names:
        return ()
    return tuple(
        named(str(category), {locale: told[place] for locale, told in names.items()})
        for place, category in enumerate(categories)
    )
