"""In which languages a model's texts are told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opcua_ml.domain.wording import Wording

if TYPE_CHECKING:
    from collections.abc import Iterator

    from opcua_ml.domain.card import ModelCard
    from opcua_ml.domain.signature import Input, Output


def locales_of(card: ModelCard) -> set[str]:
    """Beside the server's own; empty for a model whose package tells one language."""
    return {locale for text in _texts(card) if isinstance(text, Wording) for locale in text.translations}


def _texts(card: ModelCard) -> Iterator[str]:
    yield card.description
    yield card.display_name
    ports: list[Input | Output] = [*card.signature.inputs, *card.signature.outputs]
    for item in ports:
        yield item.description
        yield item.details.display_name
        yield from item.details.category_names
