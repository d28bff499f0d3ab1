"""A model's versions, managed by clients of OPC UA over real sockets."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from asyncua.ua.status_codes import StatusCodes
from asyncua.ua.uaerrors import UaStatusCodeError
from structlog.testing import capture_logs

from tests.integration.versions.site import candidate, login, managed, predicted, running, shows

if TYPE_CHECKING:
    from pathlib import Path


async def refused(call: object, code: int) -> None:
    """The call fails with this StatusCode."""
    with pytest.raises(UaStatusCodeError) as error:
        await call  # type: ignore[misc]
    assert error.value.code == code


async def test_a_good_version_goes_live_and_stays_after_a_restart(tmp_path: Path) -> None:
    """Dropped into the inbox, promoted, confirmed; NodeIds stay, history is kept, and it comes back."""
    async with running(tmp_path) as plant:
        assert await plant.predict() == (pytest.approx(3.0), "1.0.0")
        await plant.drop(candidate(tmp_path, "2.0.0", 2.0))
        await plant.engineer.until("sum.Versions.2%2E0%2E0.State", shows("Staged"))
        assert await plant.predict() == (pytest.approx(3.0), "1.0.0")
        await plant.do("Promote", "2.0.0", 60_000.0, "better on the pinned data")
        assert await plant.predict() == (pytest.approx(6.0), "2.0.0")
        assert await plant.state("2.0.0") == "Probation"
        assert await plant.state("1.0.0") == "Fallback"
        assert await plant.engineer.text("sum.Identification.ActiveVersion") == "2.0.0"
        await plant.do("Confirm", "2.0.0", "")
        assert await plant.state("2.0.0") == "Active"
        gates = await plant.engineer.read("sum.Versions.2%2E0%2E0.GateResults")
        assert gates.Value is not None
        assert [one.partition(";")[0] for one in gates.Value.Value] == [
            "golden rows: passed",
            "interface: passed",
        ]
    async with running(tmp_path) as plant:
        assert await plant.predict() == (pytest.approx(6.0), "2.0.0")
        assert await plant.engineer.text("sum.Versions.CurrentVersion") == "2.0.0"
        assert await plant.engineer.text("sum.Versions.FallbackVersion") == "1.0.0"
        with capture_logs() as lines:
            await plant.do("Rollback", "the bearing was changed")
        (line,) = (line for line in lines if line["event"] == "version managed")
        assert (line["step"], line["version"]) == ("Rollback", "1.0.0")
        assert await plant.predict() == (pytest.approx(3.0), "1.0.0")
        assert await plant.engineer.text("sum.Versions.2%2E0%2E0.Reason") == "the bearing was changed"
    journal = (tmp_path / "versions" / "sum" / "journal").read_text(encoding="utf-8")
    assert '"who":"ann"' in journal
    assert '"reason":"the bearing was changed"' in journal


async def test_without_a_confirmation_the_version_before_is_back(tmp_path: Path) -> None:
    """By itself, in time."""
    async with running(tmp_path) as plant:
        await plant.drop(candidate(tmp_path, "2.0.0", 2.0))
        await plant.do("Promote", "2.0.0", 300.0, "")
        assert (await plant.predict())[1] == "2.0.0"
        await plant.engineer.until("sum.Versions.CurrentVersion", shows("1.0.0"), 10)
        assert await plant.predict() == (pytest.approx(3.0), "1.0.0")
        assert await plant.state("2.0.0") == "Rejected"
        assert await plant.engineer.text("sum.Versions.2%2E0%2E0.Reason") == "not confirmed in time"
        await refused(plant.do("Confirm", "2.0.0", ""), StatusCodes.BadInvalidState)


async def test_a_bad_candidate_never_predicts(tmp_path: Path) -> None:
    """Unsigned, tampered with or of another signature: refused with the reason, and never active."""
    async with running(tmp_path) as plant:
        unsigned = candidate(tmp_path, "2.0.0", 2.0, signed=False)
        tampered = candidate(tmp_path, "3.0.0", 2.0)
        data = bytearray(tampered.read_bytes())
        data[len(data) // 3] ^= 1
        tampered.write_bytes(data)
        other = candidate(tmp_path, "4.0.0", 2.0, inputs=3)
        for package, reason in ((unsigned, "not signed"), (tampered, ""), (other, "input x3 is new")):
            await plant.drop(package)
            told = tmp_path / "inbox" / "refused" / f"{package.name}.txt"
            assert reason in told.read_text(encoding="utf-8")
        assert await plant.state("4.0.0") == "Rejected"
        await refused(plant.do("Promote", "4.0.0", 0.0, ""), StatusCodes.BadInvalidState)
        await refused(plant.do("Promote", "2.0.0", 0.0, ""), StatusCodes.BadNotFound)
        await plant.do("Stage", "4.0.0", "once more")
        await refused(plant.do("Promote", "4.0.0", 0.0, ""), StatusCodes.BadConfigurationError)
        assert await plant.predict() == (pytest.approx(3.0), "1.0.0")


async def test_a_version_that_is_too_slow_is_not_promoted(tmp_path: Path) -> None:
    """Measured on this machine, and told with both numbers."""
    async with running(tmp_path, model="latency_gate_ms = 1e-6") as plant:
        await plant.drop(candidate(tmp_path, "2.0.0", 2.0))
        assert await plant.state("2.0.0") == "Rejected"
        assert "latency: failed; p99 of" in await plant.engineer.text("sum.Versions.2%2E0%2E0.Reason")


async def test_a_shadow_scores_beside_and_is_heard_by_nobody(tmp_path: Path) -> None:
    """What it would have said is counted; the answers are the active version's."""
    async with running(tmp_path) as plant:
        await plant.drop(candidate(tmp_path, "1.1.0", 1.0))
        await plant.drop(candidate(tmp_path, "2.0.0", 2.0))
        await plant.do("StartShadow", "1.1.0", "")
        await plant.do("StartShadow", "2.0.0", "")
        for x1 in range(1, 6):
            assert await plant.predict(float(x1)) == (pytest.approx(x1 + 2.0), "1.0.0")
        shadow = "sum.Versions.1%2E1%2E0.ShadowAgreed"
        await plant.engineer.until(shadow, shows(5), 10)
        other = "sum.Versions.2%2E0%2E0.ShadowDisagreed"
        await plant.engineer.until(other, shows(5), 10)
        assert await plant.engineer.text("sum.Versions.2%2E0%2E0.ShadowAgreement") == "0.0"


async def test_an_operator_may_pause_and_no_more(tmp_path: Path) -> None:
    """Promote is the engineer's; a paused model says so to everybody, also after a restart."""
    async with running(tmp_path) as plant, login(plant.service.endpoint, "otto") as operator:
        for method, arguments in (
            ("Promote", ("1.0.0", 0.0, "")),
            ("Rollback", ("",)),
            ("Retire", ("1.0.0", "")),
        ):
            await refused(managed(operator, method, *arguments), StatusCodes.BadUserAccessDenied)
        await managed(operator, "Pause", "maintenance")
        await refused(predicted(operator, 1.0, 2.0), StatusCodes.BadInvalidState)
    async with running(tmp_path) as plant:
        assert await plant.engineer.text("sum.State.Reason") == "maintenance"
        await refused(plant.predict(), StatusCodes.BadInvalidState)
        await plant.do("Resume", "")
        assert await plant.predict() == (pytest.approx(3.0), "1.0.0")


async def test_swaps_under_load_lose_and_mix_nothing(tmp_path: Path) -> None:
    """Every answer is of the version that it names, while versions change places again and again."""
    gains = {"1.0.0": 1.0, "2.0.0": 2.0}
    async with running(tmp_path) as plant:
        await plant.drop(candidate(tmp_path, "2.0.0", 2.0))
        done, answers = asyncio.Event(), []

        async def load(number: int) -> None:
            async with login(plant.service.endpoint, "otto") as client:
                while not done.is_set():
                    output, version = await predicted(client, float(number), 1.0)
                    assert output == pytest.approx(gains[version] * (number + 1.0))
                    answers.append(version)

        async with asyncio.TaskGroup() as group:
            for number in range(4):
                group.create_task(load(number), name=f"load.{number}")
            for turn in range(10):
                version = ("2.0.0", "1.0.0")[turn % 2]
                await plant.do("Promote", version, 0.0, "")
                assert (await plant.predict())[1] == version
                async with asyncio.timeout(30):
                    # A busy machine may still be logging them in.
                    while version not in answers[-1:]:  # noqa: ASYNC110 - answers are counted, not told
                        await asyncio.sleep(0.005)
            done.set()
    assert {"1.0.0", "2.0.0"} == set(answers)
