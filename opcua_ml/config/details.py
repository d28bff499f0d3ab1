"""What displays are told of a model's input or output: the tables `models.<name>.details.<port>`."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import AfterValidator, Field, Strict, StringConstraints

from opcua_ml.config.section import Section, refusal
from opcua_ml.domain.details import ToldDetails

LocaleId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*$", max_length=35)]
"""Of a language, such as `de` or `de-AT`."""
Words = Annotated[str, Field(min_length=1, max_length=4096)]
Number = Annotated[float, Field(allow_inf_nan=False)]


def _is_span(span: tuple[float, float]) -> tuple[float, float]:
    if not span[0] < span[1]:
        raise refusal("the low end is not less than the high end", wanted="[low, high]")
    return span


class DetailsSection(Section):
    """Of one input or output; what is left out stays as the package has it."""

    display_name: Mapping[LocaleId, Words] = {}
    """What displays call it, by language."""
    description: Mapping[LocaleId, Words] = {}
    """What it means, by language."""
    category_names: Mapping[LocaleId, Annotated[tuple[Words, ...], Strict(strict=False)]] = {}
    """Names of its classes in their order, by language."""
    instrument_range: (
        Annotated[tuple[Number, Number], Strict(strict=False), AfterValidator(_is_span)] | None
    ) = None
    """What the instrument can tell, in the unit: the property InstrumentRange."""
    value_precision: Annotated[float, Field(ge=-15, le=15)] | None = None
    """Decimal places that count: the property ValuePrecision."""
    definition: Annotated[str, Field(max_length=4096)] = ""
    """How the value comes about: the property Definition."""

    def told(self) -> ToldDetails:
        """As the domain takes them."""
        return ToldDetails(**dict(self))
