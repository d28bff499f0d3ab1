"""Notifications of many numbers at once are those of one number each, byte by byte."""

from __future__ import annotations

from struct import pack
from typing import Any

import numpy as np
import pytest
from asyncua import ua
from hypothesis import given
from hypothesis import strategies as st

from opcua_ml.opcua.hot import change_rows, encode_numbers, with_timestamps
from opcua_ml.opcua.hot.change_rows import ENDING, ENDING_BYTES
from opcua_ml.opcua.hot.variant_reader import NUMBERS_AND_BOOLEAN

CHANGES = st.lists(
    st.tuples(
        st.integers(0, 2**32 - 1),
        st.floats(allow_nan=True),
        st.integers(0, 2**32 - 1),
        st.integers(-(2**63), 2**63 - 1),
        st.integers(-(2**63), 2**63 - 1),
    ),
    max_size=30,
)


@given(CHANGES, st.integers(0, 3))
def test_rows_are_notifications(changes: list[tuple[Any, ...]], timestamps: int) -> None:
    """Client handle, and the DataValue with the timestamps that were asked for."""
    rows = change_rows(ua.VariantType.Double.value, timestamps)
    handles, numbers, status, source, server = ([one[at] for one in changes] for at in range(5))

    written = rows.encode(
        rows.heads(handles),
        np.array(numbers, "<f8"),
        np.array(list(zip(status, source, server, strict=True)), ENDING).view(ENDING_BYTES),
    )

    wanted = [
        pack("<I", handle) + with_timestamps(encode_numbers(11, [number], *rest)[1][0], timestamps)
        for handle, number, *rest in changes
    ]
    assert written.tobytes() == b"".join(wanted)
    assert all(len(one) == rows.size for one in wanted)


@pytest.mark.parametrize("kind", NUMBERS_AND_BOOLEAN)
def test_every_type_of_fixed_length_has_rows(kind: int) -> None:
    """From Boolean to Double."""
    rows = change_rows(kind, 2)
    number = np.array([1], "<" + NUMBERS_AND_BOOLEAN[kind])

    written = rows.encode(rows.heads([7]), number, np.array([(0, 10, 20)], ENDING).view(ENDING_BYTES))

    assert written.tobytes() == pack("<I", 7) + encode_numbers(kind, [number[0].item()], 0, 10, 20)[1][0]
