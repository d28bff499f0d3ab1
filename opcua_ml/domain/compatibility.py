"""Whether another version can take a model's place on the same nodes, tags and arguments."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from opcua_ml.domain.signature import Input, Output, Signature

INPUT_FACTS = ("data_type", "unit", "range", "categories", "window", "allow_missing")
OUTPUT_FACTS = ("role", "data_type", "unit", "categories", "length")


def incompatibilities(before: Signature, after: Signature) -> Iterator[str]:
    """Everything that clients, tags or programs would have to know of; in words, one per difference.

    What training saw, descriptions and the usual range of an output may differ.
    """
    yield from _ports("input", before.inputs, after.inputs, INPUT_FACTS)
    yield from _ports("output", before.outputs, after.outputs, OUTPUT_FACTS)


def _ports(
    kind: str,
    before: Sequence[Input | Output],
    after: Sequence[Input | Output],
    facts: tuple[str, ...],
) -> Iterator[str]:
    old, new = [item.name for item in before], [item.name for item in after]
    if old != new:
        missing, added = [name for name in old if name not in new], [name for name in new if name not in old]
        if missing:
            yield f"{kind} {', '.join(missing)} is missing"
        if added:
            yield f"{kind} {', '.join(added)} is new"
        if not missing and not added:
            yield f"the {kind}s are in another order"
        return
    for one, other in zip(before, after, strict=True):
        for fact in facts:
            was, now = getattr(one, fact), getattr(other, fact)
            if was != now:
                words = fact.replace("_", " ")
                yield f"{kind} {one.name}: {words} {now or 'none'} in place of {was or 'none'}"
