"""Packages uploaded by TemporaryFileTransferType, over real sockets."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from asyncua import ua
from asyncua.ua.status_codes import StatusCodes
from asyncua.ua.uaerrors import UaStatusCodeError

from tests.integration.service.hmi import Hmi
from tests.integration.versions.site import PASSWORD, candidate, login, running
from tests.patient_client import Client

if TYPE_CHECKING:
    from pathlib import Path

REGISTRY = "MachineLearning.Registry"
CHUNK = 1000


async def begun(hmi: Hmi) -> tuple[ua.NodeId, int]:
    """A new file and its handle."""
    node = hmi.client.get_node(hmi.node_id(REGISTRY))
    file, handle = await node.call_method(hmi.node_id(f"{REGISTRY}.GenerateFileForWrite"), None)
    return file, handle


async def on_file(hmi: Hmi, file: ua.NodeId, method: str, handle: int, *data: bytes) -> None:
    """Call a method of the file."""
    given = [
        ua.Variant(handle, ua.VariantType.UInt32),
        *(ua.Variant(one, ua.VariantType.ByteString) for one in data),
    ]
    await hmi.client.get_node(file).call_method(f"0:{method}", *given)


async def commit(hmi: Hmi, handle: int) -> None:
    """CloseAndCommit."""
    node = hmi.client.get_node(hmi.node_id(REGISTRY))
    given = ua.Variant(handle, ua.VariantType.UInt32)
    await node.call_method(hmi.node_id(f"{REGISTRY}.CloseAndCommit"), given)


async def uploaded(hmi: Hmi, data: bytes) -> None:
    """Send a package, a piece at a time."""
    file, handle = await begun(hmi)
    for start in range(0, len(data), CHUNK):
        await on_file(hmi, file, "Write", handle, data[start : start + CHUNK])
    await commit(hmi, handle)


def code(refusal: pytest.ExceptionInfo[UaStatusCodeError]) -> int:
    """Of the answer."""
    return int(refusal.value.code)


async def test_an_uploaded_package_is_staged_and_can_be_promoted(tmp_path: Path) -> None:
    """Nothing but calls of OPC UA; afterwards there is neither file nor node left of the upload."""
    async with running(tmp_path) as plant:
        await uploaded(plant.engineer, candidate(tmp_path, "2.0.0", 2.0).read_bytes())
        assert await plant.state("2.0.0") == "Staged"
        await plant.do("Promote", "2.0.0", 60_000.0, "")
        await plant.do("Confirm", "2.0.0", "")
        assert await plant.predict() == (pytest.approx(6.0), "2.0.0")
        assert list((tmp_path / "versions" / ".uploads").iterdir()) == []


async def test_what_is_no_signed_package_is_refused_with_its_statuscode(tmp_path: Path) -> None:
    """Unsigned and torn ones; the store has nothing of them."""
    async with running(tmp_path) as plant:
        unsigned = candidate(tmp_path, "2.0.0", 2.0, signed=False).read_bytes()
        with pytest.raises(UaStatusCodeError) as refusal:
            await uploaded(plant.engineer, unsigned)
        assert code(refusal) == StatusCodes.BadSecurityChecksFailed
        with pytest.raises(UaStatusCodeError) as refusal:
            await uploaded(plant.engineer, unsigned[:-100])
        assert code(refusal) == StatusCodes.BadConfigurationError
        assert not (tmp_path / "versions" / "sum" / "2.0.0").exists()


async def test_uploads_have_limits(tmp_path: Path) -> None:
    """In size and in number; what was dropped makes room."""
    async with running(tmp_path, store="upload_mb = 1") as plant:
        file, handle = await begun(plant.engineer)
        for _ in range(17):
            await on_file(plant.engineer, file, "Write", handle, bytes(60_000))
        with pytest.raises(UaStatusCodeError) as refusal:
            await on_file(plant.engineer, file, "Write", handle, bytes(60_000))
        assert code(refusal) == StatusCodes.BadRequestTooLarge
        files = [await begun(plant.engineer) for _ in range(4)]
        with pytest.raises(UaStatusCodeError) as refusal:
            await begun(plant.engineer)
        assert code(refusal) == StatusCodes.BadServerTooBusy
        await on_file(plant.engineer, files[0][0], "Close", files[0][1])
        await begun(plant.engineer)


async def test_the_limit_holds_for_uploads_that_begin_at_once(tmp_path: Path) -> None:
    """Four of ten get a file; the places of a session that is closed are free at once."""
    async with running(tmp_path) as plant:
        async with login(plant.service.endpoint, "ann") as other:
            made = await asyncio.gather(*(begun(other) for _ in range(10)), return_exceptions=True)
            assert sum(isinstance(one, tuple) for one in made) == 4
        files = [await begun(plant.engineer) for _ in range(4)]
        assert len({file for file, _ in files}) == 4


async def test_a_handle_works_on_its_own_file_alone(tmp_path: Path) -> None:
    """The methods of another file, also of the same session, know nothing of it."""
    async with running(tmp_path) as plant:
        (first, handle), (second, _) = await begun(plant.engineer), await begun(plant.engineer)
        for method, data in (("Write", [b"x"]), ("Close", [])):
            with pytest.raises(UaStatusCodeError) as refusal:
                await on_file(plant.engineer, second, method, handle, *data)
            assert code(refusal) == StatusCodes.BadInvalidArgument
        await on_file(plant.engineer, first, "Write", handle, b"x")


async def test_an_upload_goes_on_after_a_lost_connection(tmp_path: Path) -> None:
    """The user logs in again, opens the file anew and goes on at its size; nobody else can."""
    data = candidate(tmp_path, "2.0.0", 2.0).read_bytes()
    async with running(tmp_path) as plant:
        lost = Client(plant.service.endpoint)
        lost.set_user("ann")
        lost.set_password(PASSWORD)
        await lost.connect()
        file, old = await begun(Hmi(lost, plant.engineer.namespace))
        await on_file(Hmi(lost, plant.engineer.namespace), file, "Write", old, data[:CHUNK])
        lost.uaclient.protocol.transport.abort()  # type: ignore[union-attr]
        node = plant.engineer.client.get_node(file)
        (handle,) = [await node.call_method("0:Open", ua.Variant(10, ua.VariantType.Byte))]
        size = await (await node.get_child("0:Size")).read_value()
        assert size == CHUNK
        for start in range(size, len(data), CHUNK):
            await on_file(plant.engineer, file, "Write", handle, data[start : start + CHUNK])
        await commit(plant.engineer, handle)
        assert await plant.state("2.0.0") == "Staged"
        with suppress(ConnectionError, TimeoutError):
            await lost.disconnect()


async def test_a_file_is_its_session_s_own_and_uploads_are_the_engineer_s(tmp_path: Path) -> None:
    """Another session can't write to it, and an operator can't begin one."""
    async with running(tmp_path) as plant:
        file, handle = await begun(plant.engineer)
        async with login(plant.service.endpoint, "ann") as other:
            with pytest.raises(UaStatusCodeError) as refusal:
                await on_file(other, file, "Write", handle, b"x")
            assert code(refusal) == StatusCodes.BadInvalidArgument
        async with login(plant.service.endpoint, "otto") as operator:
            with pytest.raises(UaStatusCodeError) as refusal:
                await begun(operator)
            assert code(refusal) == StatusCodes.BadUserAccessDenied


async def test_a_file_for_a_model_that_is_not_there_takes_no_place(tmp_path: Path) -> None:
    """It is refused before anything is sent; uploads of models that are there go on."""
    async with running(tmp_path) as plant:
        node = plant.engineer.client.get_node(plant.engineer.node_id(REGISTRY))
        method = plant.engineer.node_id(f"{REGISTRY}.GenerateFileForWrite")
        for name in ("nope", "x" * 100_000):
            for _ in range(5):
                with pytest.raises(UaStatusCodeError) as refusal:
                    await node.call_method(method, name)
                assert code(refusal) == StatusCodes.BadNotFound
        await uploaded(plant.engineer, candidate(tmp_path, "2.0.0", 2.0).read_bytes())
        assert await plant.state("2.0.0") == "Staged"
