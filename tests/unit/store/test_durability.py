"""Whatever fails or ends at whatever step: the old state or the new one, and never an unsigned version."""

from __future__ import annotations

from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from opcua_ml.domain.errors import OpcuaMlError, SignatureInvalid, StoreFailed
from opcua_ml.domain.lifecycle import Lifecycle, Step, StepKind, VersionState
from opcua_ml.store.signing import FILE, new_key, sign
from opcua_ml.store.version_store import MANIFEST, StoredPackage, VersionStore
from tests.unit.store.simulated_disk import Ended, Injected, Loss, SimulatedDisk

if TYPE_CHECKING:
    from collections.abc import Callable

    Operation = Callable[[VersionStore], None]

ROOT = Path("/models")
PRIVATE, PUBLIC = new_key()
SIGNERS = {"plant": PUBLIC}
CRASHES = [how for how in Injected if how.is_end]


def _package(version: str, *, signed: bool = True) -> StoredPackage:
    manifest = f'name = "pump"\nversion = "{version}"\n'.encode()
    files = {"model.onnx": b"weights of " + version.encode() * 9, MANIFEST: manifest}
    return StoredPackage(version, files | ({FILE: sign(manifest, PRIVATE, "key")} if signed else {}))


PACKAGES = {version: _package(version) for version in "1234567"}
UNSIGNED = _package("9", signed=False)


def opened(disk: SimulatedDisk) -> VersionStore:
    """The store as a process that starts opens it."""
    return VersionStore(disk, ROOT, "pump", lambda: SIGNERS)


def upload(store: VersionStore) -> None:
    """Stage what nobody signed: refused, always."""
    step = Step(StepKind.STAGE, "9", content_hash=UNSIGNED.content_hash)
    with pytest.raises(SignatureInvalid):
        store.stage(UNSIGNED, step)


def stage(store: VersionStore) -> None:
    """The first version that is not there yet."""
    package = next(one for name, one in PACKAGES.items() if name not in store.lifecycle.versions)
    store.stage(package, Step(StepKind.STAGE, package.version, content_hash=package.content_hash))


def promote(store: VersionStore) -> None:
    """The newest one that stands by."""
    store.record(Step(StepKind.PROMOTE, _newest(store, VersionState.STAGED), timeout=60.0))


def confirm(store: VersionStore) -> None:
    """What predicts."""
    store.record(Step(StepKind.CONFIRM, store.lifecycle.active or ""))


def rollback(store: VersionStore) -> None:
    """To the fallback."""
    store.record(Step(StepKind.ROLLBACK, reason="told to"))


def retire(store: VersionStore) -> None:
    """The newest one that stands by; packages out of use go."""
    store.record(Step(StepKind.RETIRE, _newest(store, VersionState.STAGED)))
    store.prune(0)


_CHECKED: set[object] = set()
"""Disks that are equal need one look: many ends leave the same behind."""
OPERATIONS = (upload, stage, promote, confirm, rollback, retire)
SEQUENCES = [sequence for length in (1, 2, 3) for sequence in product(OPERATIONS, repeat=length)]


def _newest(store: VersionStore, state: VersionState) -> str:
    found = [name for name, entry in store.lifecycle.versions.items() if entry.state is state]
    return found[-1] if found else ""


def prepared() -> SimulatedDisk:
    """1 is the fallback of 2, which is in probation; 3 is staged."""
    disk = SimulatedDisk()
    disk.make_folder(Path("/plant"))
    disk.sync_folder(Path("/"))
    store = opened(disk)
    for _ in range(2):
        stage(store)
        promote(store)
    stage(store)
    return disk


def ran(disk: SimulatedDisk, sequence: tuple[Operation, ...]) -> VersionStore:
    """The store after these; an operation that its state does not allow does nothing."""
    store = opened(disk)
    for operation in sequence:
        attempt(store, operation)
    return store


def attempt(store: VersionStore, operation: Operation) -> bool:
    """Whether the state allowed it."""
    try:
        operation(store)
    except StoreFailed:
        raise
    except OpcuaMlError:
        return False
    return True


def check(disk: SimulatedDisk, allowed: list[Lifecycle]) -> None:
    """A process that starts serves the old version or the new one, whole and signed, and goes on."""
    state = disk.snapshot, *map(repr, allowed)
    if state in _CHECKED:
        return
    _CHECKED.add(state)
    store = opened(disk)
    assert store.lifecycle in allowed
    active = store.lifecycle.active
    assert active is not None
    assert "9" not in store.lifecycle.versions
    for version in filter(None, (active, store.lifecycle.fallback)):
        folder = store.package(version)
        assert {name: disk.read(folder / name) for name in disk.names(folder)} == PACKAGES[version].files
    assert not [name for name in disk.names(ROOT / "pump") if name.startswith(".")]
    attempt(store, stage)
    assert opened(disk.after(Loss.ALL)).lifecycle == store.lifecycle


def test_every_end_at_every_step_of_every_sequence() -> None:
    """Sequences up to three, ended before, at half of, or after each step of the last, with every loss."""
    ends = 0
    for sequence in SEQUENCES:
        start = prepared()
        before = ran(start, sequence[:-1]).lifecycle
        full = start.after(Loss.NOTHING)
        store = opened(full)
        full.inject(0, Injected.FAILS)
        attempt(store, sequence[-1])
        after, steps = store.lifecycle, full.steps
        for at, how in product(range(1, steps + 1), CRASHES):
            disk = start.after(Loss.NOTHING)
            store = opened(disk)
            disk.inject(at, how)
            with pytest.raises(Ended):
                attempt(store, sequence[-1])
            for loss in Loss:
                check(disk.after(loss), [before, after])
                ends += 1
        for loss in Loss:
            check(full.after(loss), [after])
    assert ends > 5_000


def test_every_failure_at_every_step_of_every_sequence() -> None:
    """The operation says so; the state is the old one, and after a restart the old or the new."""
    for sequence, how in product(SEQUENCES, [Injected.FAILS, Injected.HALF_FAILS]):
        start = prepared()
        before = ran(start, sequence[:-1]).lifecycle
        full = start.after(Loss.NOTHING)
        store = opened(full)
        full.inject(0, how)
        attempt(store, sequence[-1])
        after = store.lifecycle
        for at in range(1, full.steps + 1):
            disk = start.after(Loss.NOTHING)
            store = opened(disk)
            disk.inject(at, how)
            with pytest.raises(StoreFailed):
                attempt(store, sequence[-1])
            assert store.lifecycle in ([before, after] if sequence[-1] is retire else [before])
            for loss in Loss:
                check(disk.after(loss), [before, after])


@pytest.mark.parametrize("loss", Loss)
def test_every_end_while_the_store_is_opened_again(loss: Loss) -> None:
    """After a line and a package that were cut off, recovery may itself be cut off."""
    start = prepared()
    store = opened(start)
    before = store.lifecycle
    start.inject(4, Injected.ENDS_HALFWAY)
    with pytest.raises(Ended):
        stage(store)
    counted = start.after(loss)
    counted.inject(0, Injected.FAILS)
    opened(counted)
    for at, how in product(range(1, counted.steps + 1), Injected):
        disk = start.after(loss)
        disk.inject(at, how)
        with pytest.raises(Ended if how.is_end else StoreFailed):
            opened(disk)
        for again in Loss:
            check(disk.after(again), [before])
