"""The file that keeps how alarms stood."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from opcua_ml.application.alarms.board import AlarmBoard
from opcua_ml.application.alarms.card import AlarmCard, AlarmKind
from opcua_ml.domain.alarm.alarm import Alarm, AlarmLevel, AlarmSettings
from opcua_ml.domain.alarm.condition import Comment, Condition, ConditionRules, Shelving
from opcua_ml.domain.wording import Wording
from opcua_ml.service.alarm_memory import AlarmMemory
from tests.unit.application.stand_ins import HandClock

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.asyncio
CARD = AlarmCard("hot", AlarmKind.LIMIT, "Too hot.", "pump")
RULES = ConditionRules(confirm=True, latching=True)


def board_of(
    clock: HandClock, state: Condition | None = None, **rules: bool
) -> tuple[AlarmBoard, Alarm[Any]]:
    """A board with one alarm."""
    board = AlarmBoard(clock)
    wanted = ConditionRules(**rules) if rules else RULES
    alarm: Alarm[Any] = Alarm(
        AlarmSettings((AlarmLevel("High", 500),), rules=wanted), lambda levels, _: str(levels), state
    )
    board.add(CARD, alarm)
    return board, alarm


async def kept(folder: Path, clock: HandClock, board: AlarmBoard) -> None:
    """Keep a board's alarms, as a service does that stops."""
    memory = AlarmMemory(folder, clock)
    memory.watch(board)
    await memory.keep()


async def test_an_alarm_goes_on_as_it_was_left(tmp_path: Path) -> None:
    """Acknowledged, commented, latched and shelved."""
    clock = HandClock()
    board, alarm = board_of(clock)
    alarm.see((True,), "seen", 0, 0.0)
    alarm.acknowledge(Comment("on my way", "en-GB"), "Maria")
    alarm.shelve_for(600.0, 0.0, "Maria")
    await kept(tmp_path, clock, board)
    clock.seconds = 60.0
    state = AlarmMemory(tmp_path, clock).recalled()[CARD.key]
    assert (state.active, state.acked, state.confirmed, state.latched) == (("High",), True, False, True)
    assert (state.comment, state.comment_locale, state.commented_by) == ("on my way", "en-GB", "Maria")
    assert state.message == alarm.state.message
    assert (state.shelving, state.shelved_until) == (Shelving.TIMED, 600.0)


async def test_a_message_is_kept_in_all_its_languages(tmp_path: Path) -> None:
    """An operator reads it in the language of before."""
    clock = HandClock()
    board, alarm = board_of(clock, Condition(active=("High",), message=Wording("hot", {"de": "heiß"})))
    await kept(tmp_path, clock, board)
    message = AlarmMemory(tmp_path, clock).recalled()[CARD.key].message
    assert isinstance(message, Wording)
    assert (message, message.translations) == ("hot", {"de": "heiß"})
    assert alarm.state.message == message


async def test_a_comment_that_was_kept_without_its_language_comes_back(tmp_path: Path) -> None:
    """Files of versions before do not tell it."""
    clock = HandClock()
    board, alarm = board_of(clock)
    alarm.see((True,), "seen", 0, 0.0)
    alarm.acknowledge(Comment("on my way", "de"), "Maria")
    await kept(tmp_path, clock, board)
    file = tmp_path / "alarms.json"
    told = json.loads(file.read_text(encoding="utf-8"))
    del told["alarms"][CARD.key]["comment_locale"]
    file.write_text(json.dumps(told), encoding="utf-8")
    state = AlarmMemory(tmp_path, clock).recalled()[CARD.key]
    assert (state.comment, state.comment_locale) == ("on my way", "")


async def test_what_is_over_is_not_kept(tmp_path: Path) -> None:
    """One that is calm again has none of the old alarms in it."""
    clock = HandClock()
    board, alarm = board_of(clock, confirm=False, latching=False)
    await kept(tmp_path, clock, board)
    assert AlarmMemory(tmp_path, clock).recalled() == {}
    alarm.see((True,), "seen", 0, 0.0)
    await kept(tmp_path, clock, board)
    assert AlarmMemory(tmp_path, clock).recalled()
    alarm.acknowledge()
    alarm.see((False,), "over", 0, 0.0)
    memory = AlarmMemory(tmp_path, clock)
    memory.recalled()
    memory.watch(board)
    await memory.keep()
    assert AlarmMemory(tmp_path, clock).recalled() == {}


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        "{",
        '{"alarms": []}',
        '{"alarms": {"a": {}}}',
        '{"alarms": {"a": {"enabled": 1, "acked": true, "confirmed": true, "latched": false}}}',
    ],
)
async def test_a_broken_file_begins_anew(
    tmp_path: Path, content: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """And says so: what is still active has to be acknowledged again."""
    (tmp_path / "alarms.json").write_text(content, encoding="utf-8")
    assert AlarmMemory(tmp_path, HandClock()).recalled() == {}
    assert "begins anew" in capsys.readouterr().out


async def test_a_folder_that_takes_no_file_stops_no_alarm(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is told in the log, and tried again with the next change."""
    blocked = tmp_path / "state"
    blocked.write_text("a file where a folder should be", encoding="utf-8")
    clock = HandClock()
    board, alarm = board_of(clock)
    alarm.see((True,), "seen", 0, 0.0)
    memory = AlarmMemory(blocked, clock)
    memory.watch(board)
    await memory.keep()
    assert "can't be kept" in capsys.readouterr().out
    blocked.unlink()
    await memory.keep()
    assert AlarmMemory(blocked, clock).recalled()


async def test_what_the_configuration_has_no_more_is_let_go(tmp_path: Path) -> None:
    """Nobody could reset or confirm it, so it would stay in the list for ever."""
    clock = HandClock()
    board, alarm = board_of(clock)
    alarm.see((True,), "seen", 0, 0.0)
    alarm.acknowledge()
    await kept(tmp_path, clock, board)
    state = AlarmMemory(tmp_path, clock).recalled()[CARD.key]
    _, again = board_of(clock, state, confirm=False, latching=False)
    again.see((False,), "over", 0, 0.0)
    assert not again.state.retain


states = st.builds(
    Condition,
    enabled=st.booleans(),
    active=st.sampled_from([(), ("High",)]),
    acked=st.booleans(),
    confirmed=st.booleans(),
    latched=st.booleans(),
    shelving=st.just(Shelving.UNSHELVED),
    severity=st.integers(1, 1000),
    last_severity=st.integers(1, 1000),
    message=st.text(max_size=20),
    comment=st.text(min_size=1, max_size=20),
    comment_locale=st.sampled_from(["", "de", "en-GB"]),
    commented_by=st.text(max_size=20),
)


@given(states)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_every_state_comes_back_as_it_was(tmp_path: Path, state: Condition) -> None:
    """Whatever texts operators write."""
    clock = HandClock()
    board, _ = board_of(clock, state)
    await kept(tmp_path, clock, board)
    assert AlarmMemory(tmp_path, clock).recalled() == {CARD.key: state}
