"""What only the whole configuration can show to be wrong."""

from __future__ import annotations

import os
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING

from opcua_ml import bundled
from opcua_ml.config.problems import problem
from opcua_ml.config.suggestion import unknown_name
from opcua_ml.config.trigger import LeadingTrigger

if TYPE_CHECKING:
    from collections.abc import Iterator

    from opcua_ml.config.configuration import Configuration
    from opcua_ml.config.tag import Tag
    from opcua_ml.domain.errors import ConfigurationError


def cross_checks(source: str, configuration: Configuration) -> Iterator[ConfigurationError]:
    """Every problem between sections, in the order of the file's keys."""
    unusable = [*_tags_without_plc(source, configuration)]
    yield from unusable
    yield from _leaders(source, configuration)
    if not unusable:
        yield from _written_twice(source, configuration)
        yield from _loops(source, configuration)
    yield from _mapped_twice(source, configuration)
    yield from _inbox_in_the_store(source, configuration)
    yield from _absent_files(source, configuration)
    yield from _folders_for_files(source, configuration)
    yield from _absent_models(source, configuration)


def _tags_without_plc(source: str, configuration: Configuration) -> Iterator[ConfigurationError]:
    for key, tag in _tags(configuration):
        plc = configuration.plcs.get(tag.plc)
        if plc is None:
            what, wanted = unknown_name("PLC", tag.plc, configuration.plcs)
            yield problem(source, key, what, wanted=wanted)
        elif plc.namespace_uri is None and not tag.node.startswith("nsu="):
            yield problem(
                source,
                key,
                "the node's namespace is not known",
                found=tag.node,
                wanted=f"nsu=<namespace URI>;{tag.node}, or namespace_uri in plcs.{tag.plc}",
            )
    for name, plc in configuration.plcs.items():
        nodes = (plc.heartbeat.read, plc.heartbeat.write) if plc.heartbeat else ()
        if plc.namespace_uri is None and any(node and not node.startswith("nsu=") for node in nodes):
            yield problem(
                source, f"plcs.{name}.heartbeat", "the node's namespace is not known", wanted="namespace_uri"
            )


def _leaders(source: str, configuration: Configuration) -> Iterator[ConfigurationError]:
    for name, model in configuration.models.items():
        trigger = model.trigger
        if isinstance(trigger, LeadingTrigger) and trigger.input and trigger.input not in model.inputs:
            what, wanted = unknown_name("input", trigger.input, model.inputs)
            yield problem(source, f"models.{name}.trigger.input", what, wanted=wanted)


def _written_twice(source: str, configuration: Configuration) -> Iterator[ConfigurationError]:
    """A tag has one writer: two would overwrite each other without end; only fields may lie side by side."""
    writers: dict[str, dict[str | None, str]] = {}
    for place, shown, identity, field in _writers(configuration):
        known = writers.setdefault(identity, {})
        first = next((one for other, one in known.items() if other == field or None in (other, field)), None)
        if first is not None:
            yield problem(source, place, f"the tag is written by {first} too", found=f'"{shown}"')
        known.setdefault(field, place)


def _writers(configuration: Configuration) -> Iterator[tuple[str, str, str, str | None]]:
    """Whatever writes a tag: its key, the tag as written, the node itself, and the field of its structure."""
    for name, plc in configuration.plcs.items():
        if plc.heartbeat is not None and plc.heartbeat.write is not None:
            node = plc.heartbeat.write
            yield f"plcs.{name}.heartbeat.write", node, f"{plc.endpoint} {plc.address(node)}", None
    for name, model in configuration.models.items():
        for key, tag in model.written.items():
            yield f"models.{name}.{key}", str(tag), _identity(configuration, tag), tag.field


def _loops(source: str, configuration: Configuration) -> Iterator[ConfigurationError]:
    """No model may come to score, through tags, what it wrote itself: it would trigger itself for ever."""
    writers = {
        _identity(configuration, tag): name
        for name, model in configuration.models.items()
        for tag in model.written.values()
    }
    feeds = TopologicalSorter(
        {
            name: {writers[tag] for tag in _read(configuration, name) if tag in writers}
            for name in configuration.models
        }
    )
    try:
        feeds.prepare()
    except CycleError as error:
        circle = " -> ".join(error.args[1])
        yield problem(
            source,
            f"models.{error.args[1][0]}",
            "the model reads a tag that it writes, itself or through others",
            found=circle,
            wanted="tags that are either read or written",
        )


def _mapped_twice(source: str, configuration: Configuration) -> Iterator[ConfigurationError]:
    for name, model in configuration.models.items():
        for kind, names in (("inputs", model.mapping.inputs), ("outputs", model.mapping.outputs)):
            key = f"models.{name}.mapping.{kind}"
            if not all((*names, *names.values())):
                yield problem(source, key, "a name is empty", wanted="the model's name = the package's name")
        firsts: dict[str, str] = {}
        for ours, theirs in model.mapping.inputs.items():
            first = firsts.setdefault(theirs, ours)
            if theirs and first != ours:
                what = f"the package's input is that of {first} too"
                key = f"models.{name}.mapping.inputs.{ours}"
                yield problem(
                    source, key, what, found=f'"{theirs}"', wanted="each of the package's inputs once"
                )


def _inbox_in_the_store(source: str, configuration: Configuration) -> Iterator[ConfigurationError]:
    store = configuration.store
    for key, folder in (("folder", store.folder), ("signers", store.signers)):
        if store.inbox is not None and os.path.realpath(store.inbox) == os.path.realpath(folder):
            what = f"the inbox is the folder of store.{key} too"
            yield problem(source, "store.inbox", what, found=store.inbox, wanted="a folder of its own")


def _folders_for_files(source: str, configuration: Configuration) -> Iterator[ConfigurationError]:
    for number, path in enumerate(configuration.server.nodesets):
        if os.path.isdir(path):  # noqa: PTH112 - Path raises for a name too long
            key = f"server.nodesets.{number}"
            yield problem(source, key, "a folder stands there", found=path, wanted="a NodeSet2 file")


def _absent_files(source: str, configuration: Configuration) -> Iterator[ConfigurationError]:
    named = [(f"plcs.{name}.password_file", plc.password_file) for name, plc in configuration.plcs.items()]
    database = configuration.history.postgresql
    if database is not None:
        named += [
            (f"history.postgresql.{key}", getattr(database, key)) for key in ("password_file", "sslrootcert")
        ]
    named += [(f"models.{name}.package", model.package_path) for name, model in configuration.models.items()]
    for key, path in named:
        if path is not None and not os.path.exists(path):  # noqa: PTH110 - Path raises for a name too long
            yield problem(source, key, "there is no such file or folder", found=path)


def _absent_models(source: str, configuration: Configuration) -> Iterator[ConfigurationError]:
    named = {
        name: model.package for name, model in configuration.models.items() if model.package_path is None
    }
    known = [folder.name for folder in bundled.models()] if named else []
    for name, package in named.items():
        if package not in known:
            what, _ = unknown_name("bundled model", package, known)
            wanted = f"{', '.join(known)}, or a path such as ./packages/{package}"
            yield problem(source, f"models.{name}.package", what, wanted=wanted.removeprefix(", or "))


def _read(configuration: Configuration, name: str) -> set[str]:
    return {_identity(configuration, tag) for tag in configuration.models[name].read.values()}


def _identity(configuration: Configuration, tag: Tag) -> str:
    """The same text for the same node, however it is written and whichever of our PLC tables it is under."""
    plc = configuration.plcs[tag.plc]
    return f"{plc.endpoint} {plc.address(tag.node)}"


def _tags(configuration: Configuration) -> Iterator[tuple[str, Tag]]:
    for name, model in configuration.models.items():
        for key, tag in model.tags():
            yield f"models.{name}.{key}", tag
