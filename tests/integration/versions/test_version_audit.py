"""Who manages a model's versions is in the audit log, whether it was done or refused."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from asyncua.ua.status_codes import StatusCodes

from opcua_ml.opcua.audit.log_file import log_files
from opcua_ml.opcua.audit.verification import verify
from tests.integration.versions.site import candidate, login, managed, running, shows
from tests.integration.versions.test_deployment import refused

if TYPE_CHECKING:
    from pathlib import Path


def calls(folder: Path) -> list[dict[str, Any]]:
    """The audit log's records of Methods, in order."""
    lines = [line for file in log_files(folder / "audit") for line in file.read_text().splitlines()]
    found = [json.loads(line) for line in lines]
    return [one for one in found if one["event"] == "AuditUpdateMethod"]


async def test_each_step_of_a_version_is_recorded_with_user_method_and_arguments(tmp_path: Path) -> None:
    """Promote, Confirm and Rollback of an engineer, and what an operator was refused."""
    async with running(tmp_path) as plant:
        await plant.drop(candidate(tmp_path, "2.0.0", 2.0))
        await plant.engineer.until("sum.Versions.2%2E0%2E0.State", shows("Staged"))
        await plant.predict()
        await plant.do("Promote", "2.0.0", 60_000.0, "better on the pinned data")
        await plant.do("Confirm", "2.0.0", "")
        await refused(plant.do("Promote", "9.9.9", 0.0, ""), StatusCodes.BadNotFound)
        async with login(plant.service.endpoint, "otto") as operator:
            await refused(managed(operator, "Rollback", "no right"), StatusCodes.BadUserAccessDenied)
        await plant.do("Rollback", "the bearing was changed")
    found = calls(tmp_path)
    told = [
        (one["user"], one["details"]["MethodId"].rpartition(".")[2], int(one["status"], 16)) for one in found
    ]
    assert told == [
        ("ann", "Promote", StatusCodes.Good),
        ("ann", "Confirm", StatusCodes.Good),
        ("ann", "Promote", StatusCodes.BadNotFound),
        ("otto", "Rollback", StatusCodes.BadUserAccessDenied),
        ("ann", "Rollback", StatusCodes.Good),
    ]
    assert "better on the pinned data" in json.dumps(found[0])
    assert all(one["address"] == "127.0.0.1" and one["session"] for one in found)
    assert verify(tmp_path / "audit").last > len(found)
