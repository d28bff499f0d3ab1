"""Bytes of unfinished messages: bounded by address and in sum, and zero in the end."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from opcua_ml.opcua.trust.channel.budget import ByteBudget


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 60)), max_size=40))
def test_nobody_holds_more_than_allowed(takes: list[tuple[str, int]]) -> None:
    """Every take that fits is granted, every other one changes nothing, and all of it can be returned."""
    budget = ByteBudget(per_address=100, in_sum=150)
    held: dict[str, int] = dict.fromkeys("abc", 0)
    for address, size in takes:
        fits = held[address] + size <= 100 and sum(held.values()) + size <= 150
        assert budget.take(address, size) is fits
        held[address] += size * fits
        assert budget.held_by(address) == held[address]
        assert budget.total == sum(held.values())
    for address, size in held.items():
        budget.give_back(address, size)
    assert budget.total == 0
