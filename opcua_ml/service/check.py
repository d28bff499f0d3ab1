"""What `opcua-ml check` asks beyond the file itself."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from opcua_ml.config import problem
from opcua_ml.domain.errors import ConfigurationError, OpcuaMlError, PackageError
from opcua_ml.opcua.nodesets.rehearsal import rehearse
from opcua_ml.runtime.evaluation import pinned_rows
from opcua_ml.runtime.package.package import open_package
from opcua_ml.service.building.history_store import store
from opcua_ml.service.building.models import package_path, package_problems
from opcua_ml.service.building.password import password_of
from opcua_ml.service.companions import result_problems
from opcua_ml.service.versions.custom_gates import gate_fault
from opcua_ml.store.packages import read_package
from opcua_ml.store.signing import FILE as SIGNATURE
from opcua_ml.store.signing import read_signers, signer_of
from opcua_ml.store.version_store import JOURNAL, MANIFEST

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from opcua_ml.config import Configuration


def service_problems(source: str, configuration: Configuration) -> Iterator[ConfigurationError]:
    """What packages, passwords and libraries show to be wrong, so that the service would not start."""
    yield from package_problems(source, configuration)
    yield from _signature_problems(source, configuration)
    yield from _nodeset_problems(source, configuration)
    yield from _pinned_problems(source, configuration)
    yield from _gate_problems(source, configuration)
    yield from _path_problems(source, configuration)
    for name, section in configuration.plcs.items():
        try:
            password_of(section, f"plcs.{name}")
        except ConfigurationError as error:
            yield problem(source, error.where, error.what, found=error.found, wanted=error.wanted)
    if configuration.history.enabled:
        try:
            store(configuration.history)  # which opens nothing
        except ConfigurationError as error:
            yield problem(source, error.where, error.what, found=error.found, wanted=error.wanted)


def _pinned_problems(source: str, configuration: Configuration) -> Iterator[ConfigurationError]:
    """Read the data on which versions are held against each other."""
    for name, section in configuration.models.items():
        data = section.gates.evaluation
        if data is None:
            continue
        try:
            signature = open_package(package_path(section)).signature
        except OpcuaMlError:
            continue  # told already
        try:
            pinned_rows(data.path, data.sha256, signature)
        except PackageError as error:
            yield problem(source, f"models.{name}.gates.evaluation", error.sentence)


def _gate_problems(source: str, configuration: Configuration) -> Iterator[ConfigurationError]:
    """Gates of other packages that could not run."""
    for name, section in configuration.models.items():
        for gate in section.gates.custom:
            fault = gate_fault(gate)
            if fault:
                yield problem(source, f"models.{name}.gates.custom", fault, found=f'"{gate}"')


def _path_problems(source: str, configuration: Configuration) -> Iterator[ConfigurationError]:
    """Files where folders are wanted, and the other way round."""
    server, versions = configuration.server, configuration.store
    folders = {
        "server.state": server.state,
        "server.security.pki": server.security.pki,
        "server.security.audit.folder": server.security.audit.folder,
        "store.folder": versions.folder,
        "store.signers": versions.signers,
        "store.inbox": versions.inbox,
        "history.folder": configuration.history.folder,
    }
    for key, path in folders.items():
        there = None if path is None else _there(path)
        if there is not None and not there.is_dir():
            yield problem(source, key, "not a folder", found=f'"{there}"', wanted="a folder, or a new one")
    users = _there(server.security.users)
    if users == server.security.users and users.is_dir():
        yield problem(
            source, "server.security.users", "not a file", found=f'"{users}"', wanted="a file of users"
        )


def _there(path: Path) -> Path | None:
    """The path, or what of it there is already; None where that can't be told."""
    try:
        return next((part for part in (path, *path.parents) if part.exists()), None)
    except OSError:
        return None


def _nodeset_problems(source: str, configuration: Configuration) -> Iterator[ConfigurationError]:
    """Load the nodesets into a server that nobody sees."""
    loaded: Mapping[str, int] = {}
    try:
        if configuration.server.nodesets:
            loaded = asyncio.run(rehearse(configuration.server))
    except ConfigurationError as error:
        what = f"{error.where}: {error.what}"
        yield problem(source, "server.nodesets", what, found=error.found, wanted=error.wanted)
        return
    yield from result_problems(source, configuration.models, loaded)


def _has_versions(folder: Path) -> bool:
    """Whether anything was staged there; a service that did not start leaves a journal without a line."""
    try:
        return (folder / JOURNAL).stat().st_size > 0
    except OSError:
        return False


def _signature_problems(source: str, configuration: Configuration) -> Iterator[ConfigurationError]:
    """First versions that nobody who is trusted has signed; later ones are the store's."""
    section = configuration.store
    if section.allow_unsigned:
        return
    for name, model in configuration.models.items():
        if not model.versioned or _has_versions(section.folder.absolute() / name):
            continue
        try:
            package = read_package(package_path(model))
        except OpcuaMlError:
            continue  # told with the package's own problems
        try:
            manifest, signature = package.files[MANIFEST], package.files.get(SIGNATURE)
            signer_of(manifest, signature, read_signers(section.signers), name)
        except OpcuaMlError as error:
            yield problem(
                source, f"models.{name}.package", error.what, found=error.found, wanted=error.wanted
            )
