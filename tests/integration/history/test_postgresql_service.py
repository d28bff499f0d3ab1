"""A service whose history is in a PostgreSQL that goes away and comes back."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from asyncua.ua.uaerrors import UaStatusCodeError

from tests.integration.history.test_postgresql import stored_paths
from tests.integration.service.hmi import connected
from tests.integration.service.processes import configuration, simulator, started

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.history.postgresql_server import PostgresqlServer
    from tests.integration.service.hmi import Hmi

HISTORY = "MachineLearning.History"
STOPPED = "MachineLearning.Alarms.HistoryStopped.ActiveState.Id"


def value(found: Any) -> Any:
    """Of a DataValue."""
    return found.Value.Value if found.Value is not None else None


def names(folder: Path) -> set[str]:
    """Of what is in it."""
    return {one.name for one in folder.iterdir()}


def with_database(file: Path, server: PostgresqlServer, schema: str) -> None:
    """Let the configuration name it; the password stands in a file beside it."""
    (file.parent / "password").write_text(f"{server.password}\n", encoding="utf-8")
    table = (
        f'[alarms.history_stopped]\non_delay_ms = 0\n[history.postgresql]\nhost = "127.0.0.1"\n'
        f'port = {server.port}\ndatabase = "plant"\nuser = "historian"\nschema_name = "{schema}"\n'
        'password_file = "password"\nsslmode = "disable"\n'
    )
    file.write_text(f"{file.read_text(encoding='utf-8')}\n{table}", encoding="utf-8")


async def predicts(hmi: Hmi) -> None:
    """The output goes on, Good."""
    first = await hmi.read("flow.Outputs.flow")

    def goes_on(found: Any) -> bool:
        return bool(found.SourceTimestamp != first.SourceTimestamp and found.StatusCode.value == 0)

    await hmi.until("flow.Outputs.flow", goes_on)


async def test_a_database_that_goes_away_stops_history_and_no_prediction(
    postgresql: PostgresqlServer, tmp_path: Path
) -> None:
    """Problem, alarm, log and HistoryRead tell; when it is back, what waited is stored."""
    async with simulator() as (_, plc):
        file = configuration(tmp_path, plc)
        with_database(file, postgresql, "service")
        async with started("serve", str(file)) as service, connected(service.first_line) as hmi:
            await hmi.until(f"{HISTORY}.Stored", lambda found: (value(found) or 0) > 20)
            postgresql.stop()
            await hmi.until(f"{HISTORY}.Problem", lambda found: "database" in str(value(found)))
            await hmi.until(STOPPED, lambda found: value(found) is True)
            assert any("history" in one for one in value(await hmi.read("MachineLearning.Problems")))
            await predicts(hmi)
            output, since = hmi.client.get_node(hmi.node_id("flow.Outputs.flow")), datetime.now(UTC)
            for _ in range(2):
                with pytest.raises(UaStatusCodeError, match="BadDataUnavailable"):
                    await output.read_raw_history(since, numvalues=1)
            postgresql.start()
            await hmi.until(f"{HISTORY}.Recording", lambda found: value(found) is True)
            await hmi.until(STOPPED, lambda found: value(found) is False)
            assert value(await hmi.read(f"{HISTORY}.Dropped")) == 0
            code, _, errors = await service.end()
            assert code == 0
            assert postgresql.password not in errors
            assert errors.count("the history can't be read") == 1
    assert "flow.Outputs.flow" in stored_paths(postgresql.database("service"))
    assert "history" not in names(tmp_path)
