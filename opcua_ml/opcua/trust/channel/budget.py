"""How many bytes of unfinished messages the server holds: per connection, per address and in sum."""

from __future__ import annotations

from collections import Counter


class ByteBudget:
    """Counts bytes by address.

    Args:
        per_address: the most for one address, in bytes.
        in_sum: the most for all addresses together, in bytes.
    """

    def __init__(self, per_address: int, in_sum: int) -> None:
        self._per_address = per_address
        self._in_sum = in_sum
        self._held: Counter[str] = Counter()
        self.total = 0

    def held_by(self, address: str) -> int:
        """Bytes held for one address."""
        return self._held[address]

    def take(self, address: str, size: int) -> bool:
        """Add `size` bytes; False, and nothing added, if that were too many."""
        if self._held[address] + size > self._per_address or self.total + size > self._in_sum:
            return False
        self._held[address] += size
        self.total += size
        return True

    def give_back(self, address: str, size: int) -> None:
        """Return bytes taken before."""
        self.total -= size
        self._held[address] -= size
        if self._held[address] <= 0:
            del self._held[address]
