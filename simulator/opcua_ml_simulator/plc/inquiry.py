"""The part of the PLC program that asks a client for a flow, by words that each have one writer.

It keeps the values of one scan beside the process image, counts the request id up and waits until the done
id is the same: only then result code and flow are the answer to this very question. Silence, of the client's
heartbeat or for longer than its patience, is no answer.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from opcua_ml_simulator.tags import ASKED_ABOUT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PATIENCE = 3.0
"""Seconds until a question counts as not answered."""

PAUSE = 0.5
"""Seconds between an answer and the next question."""

_GREATEST_ID = 2**32 - 1


@dataclass(frozen=True, slots=True)
class AnswerWords:
    """What a client has written, as the program reads it at the start of a scan; None where nothing was.

    Attributes:
        enable: the operator's switch: whether the program asks.
        done_id: of the answered question.
        result_code: StatusCode of the answer, 0 is Good.
        flow: m³/h, the answer.
    """

    enable: bool = False
    done_id: int | None = None
    result_code: int | None = None
    flow: float | None = None


@dataclass(frozen=True, slots=True)
class Inquiry:
    """What the program has in its own words after a scan.

    Attributes:
        request_id: of the last question; 0 before the first.
        values: that it asked about, by tag.
        known: whether the last question had a usable answer.
        answered: questions answered, with whatever result code.
        given_up: questions that were not answered in time.
        last_flow: m³/h, the last usable answer.
    """

    request_id: int = 0
    values: Mapping[str, float] | None = None
    known: bool = False
    answered: int = 0
    given_up: int = 0
    last_flow: float = 0.0

    def tags(self) -> Iterator[tuple[str, object]]:
        """Name and value of each word, the request id last."""
        if self.values is not None:
            yield from self.values.items()
        yield "SampleId", f"S-{self.request_id:08d}" if self.request_id else ""
        yield "FlowKnown", self.known
        yield "LastFlow", self.last_flow
        yield "Answered", self.answered
        yield "GivenUp", self.given_up
        yield "RequestId", self.request_id


class InquiryProgram:
    """State of the program between scans."""

    def __init__(self) -> None:
        self.inquiry = Inquiry()
        self._asked_at: float | None = None
        self._free_at = float("-inf")

    def scan(self, words: AnswerWords, image: Mapping[str, float], now: float, *, alive: bool) -> Inquiry:
        """One pass.

        Args:
            words: what was written.
            image: the station's values, by name.
            now: seconds of a clock that never goes back.
            alive: whether the client's heartbeat moves.
        """
        if self._asked_at is not None:
            self._listen(words, now, alive=alive)
        elif words.enable and alive and now >= self._free_at:
            self._ask(words, image, now)
        return self.inquiry

    def _ask(self, words: AnswerWords, image: Mapping[str, float], now: float) -> None:
        last = words.done_id or self.inquiry.request_id
        self.inquiry = replace(
            self.inquiry,
            values={name: image[name] for name in ASKED_ABOUT},
            request_id=last % _GREATEST_ID + 1,
        )
        self._asked_at = now

    def _listen(self, words: AnswerWords, now: float, *, alive: bool) -> None:
        asked_at, inquiry = self._asked_at, self.inquiry
        if asked_at is None:
            return
        if words.done_id == inquiry.request_id:
            flow = words.flow if words.result_code == 0 else None
            self.inquiry = replace(
                inquiry,
                known=flow is not None,
                last_flow=inquiry.last_flow if flow is None else flow,
                answered=inquiry.answered + 1,
            )
        elif now - asked_at > PATIENCE or not alive:
            self.inquiry = replace(inquiry, known=False, given_up=inquiry.given_up + 1)
        else:
            return
        self._asked_at, self._free_at = None, now + PAUSE
