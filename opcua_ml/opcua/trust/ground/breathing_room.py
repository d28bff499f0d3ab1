"""Breathing room: what suspects ask for gets a bounded share of the time while others want quick answers.

A server that is never idle while there is work has always begun a piece of it when a small request comes.
Where that is the work of suspects (clients who have not logged in, or whose requests are mostly refused) the
server rests in between instead. Others, however much they ask for, are not held up; nor is anybody while
nobody is there who asks for little.

What a handshake took is given back when it has ended in a session: hundreds of clients that come back after a
restart do not wait, connections that lead to nothing do.

Source: a token bucket, as in RFC 3290, appendix A.
"""

from __future__ import annotations

from typing import Final

SHARE: Final = 0.1
"""Of the serving thread's time, for all suspects in sum."""
BURST_S: Final = 0.5
"""Seconds of work that suspects may have had less than their share, and then get at once."""
_DEEPEST_S: Final = -0.05
"""A long piece makes them wait for half a second at most."""
PRESENCE_S: Final = 1.0
"""After its last request a client counts as present for so long."""
_SHORTEST_REST_S: Final = 0.001


class BreathingRoom:
    """One per server; times are of the same clock, in seconds.

    Attributes:
        present_until: how long somebody counts as there who has logged in and asks for little.
    """

    __slots__ = ("_credit", "_since", "present_until")

    def __init__(self) -> None:
        self._credit = BURST_S
        self._since = 0.0
        self.present_until = -1.0

    def took(self, seconds: float, now: float) -> None:
        """A suspect's piece of work took so long."""
        self._credit = max(self._filled(now) - seconds, _DEEPEST_S)
        self._since = now

    def give_back(self, seconds: float, now: float) -> None:
        """So much of it was no suspect's, as is known now."""
        self._credit = min(self._filled(now) + seconds, BURST_S)
        self._since = now

    def rest(self, now: float) -> float:
        """Seconds until the next suspect may have its turn; 0 for now."""
        present = self.present_until - now
        credit = self._filled(now)
        if present <= 0 or credit > 0:
            return 0.0
        return min(max(-credit / SHARE, _SHORTEST_REST_S), present)

    def _filled(self, now: float) -> float:
        return min(self._credit + SHARE * (now - self._since), BURST_S)
