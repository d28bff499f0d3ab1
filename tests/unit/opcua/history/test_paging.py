"""Pages of history: whole, in order, within number and size."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import given
from hypothesis import strategies as st

from opcua_ml.opcua.history.paging import Paged, PageLimit

if TYPE_CHECKING:
    from collections.abc import Generator


class Listed:
    """Results that are there already."""

    def __init__(self, results: list[bytes]) -> None:
        self._results = results
        self.done = not results

    def page(self, _reader: Any, most: int) -> Generator[None, bool, list[bytes]]:
        """The next ones."""
        found, self._results = self._results[:most], self._results[most:]
        self.done = not self._results
        yield
        return found


def next_page(paged: Paged, limit: PageLimit) -> list[bytes]:
    """All steps."""
    steps = paged.page(None, limit)  # type: ignore[arg-type]
    while True:
        try:
            next(steps)
        except StopIteration as end:
            found: list[bytes] = end.value
            return found


@given(
    st.lists(st.binary(max_size=40), max_size=60),
    st.integers(0, 20),
    st.lists(st.tuples(st.integers(1, 30), st.integers(1, 200)), min_size=1),
)
def test_pages_have_everything_once_and_what_fits(
    results: list[bytes], number: int, limits: list[tuple[int, int]]
) -> None:
    """A page has one result at least, and else no more than number and size allow."""
    paged = Paged(Listed(list(results)), number)
    found: list[bytes] = []
    while not paged.done:
        limit = PageLimit(*limits[len(found) % len(limits)])
        page = next_page(paged, limit)
        assert page
        assert len(page) <= min(limit.number, number or limit.number)
        assert len(page) == 1 or sum(map(len, page)) <= limit.size
        found += page
    assert found == results
