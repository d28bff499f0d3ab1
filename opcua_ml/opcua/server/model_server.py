"""The server that shows models to OPC UA clients."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Self

from opcua_ml.domain.compatibility import incompatibilities
from opcua_ml.domain.details import completed
from opcua_ml.domain.errors import ConfigurationError
from opcua_ml.garbage import collection_paused
from opcua_ml.opcua.nodesets import load_node_sets
from opcua_ml.opcua.server.conformance import tell_units
from opcua_ml.opcua.server.endpoint import Endpoint
from opcua_ml.opcua.server.handshake_nodes import (
    CLIENT_BEAT,
    HANDSHAKE,
    REQUEST,
    HandshakeDisplay,
    HandshakeKeys,
    handshake_nodes,
)
from opcua_ml.opcua.server.health_nodes import HealthNodes, problems_node
from opcua_ml.opcua.server.model_display import ModelDisplay
from opcua_ml.opcua.server.model_nodes import InputFeed, ModelNodes
from opcua_ml.opcua.server.predict import PredictMethod
from opcua_ml.opcua.server.predict_batch import PredictBatchMethod
from opcua_ml.opcua.server.publisher import NodePublisher
from opcua_ml.opcua.server.site import prepare_namespaces, site_nodes
from opcua_ml.opcua.server.site_locales import locales_of
from opcua_ml.opcua.server.sources import SourceNodes
from opcua_ml.opcua.server.written_inputs import WrittenInputs
from opcua_ml.opcua.space.node_ids import LIFECYCLE_METHODS, below, model_path
from opcua_ml.opcua.space.node_tree import NodeTree
from opcua_ml.opcua.space.variables import DESCRIBING, described_input
from opcua_ml.opcua.trust.information.locales import add_locales
from opcua_ml.opcua.trust.server import PlantServer

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path
    from types import TracebackType

    from asyncua.server.server import Server

    from opcua_ml.application.ports import Clock, PredictionHandler, SampleReceiver
    from opcua_ml.config.server import ServerSection
    from opcua_ml.domain.alarm.ranges import OutputRanges
    from opcua_ml.domain.card import ModelCard
    from opcua_ml.domain.details import TagDetails
    from opcua_ml.opcua.server.companion import Companion
    from opcua_ml.opcua.server.history_keeper import HistoryKeeper
    from opcua_ml.opcua.space.names import Names

DEFAULT_MAX_BATCH_ROWS = 10_000
_STAYING = ("Diagnostics", "Monitoring", "Versions", *LIFECYCLE_METHODS)


class ModelServer:
    """One OPC UA server with the nodes and methods of all models.

    Entering it builds the address space; `open` then opens the endpoint, so that the first client finds all
    models there; leaving it closes the endpoint.

    Args:
        server: of asyncua (a PlantServer in service), with security policies, certificate and authenticator
            set, not initialised.
        section: of the configuration.
        handler: who answers method calls.
        clock: for timestamps.
        max_batch_rows: of one `PredictBatch`.

    Attributes:
        publisher: the application's PredictionPublisher.
        history: keeps that of models shown from now on; None where none is kept.
        sources: the PLCs that clients see; there once the server is entered.
        health: how well the server serves; there once the server is entered.
        server: asyncua's.
        tree, names: of the site's nodes; there once the server is entered.
        namespaces: indices by URI, where nodesets were loaded.
        companions: what shows models as companion specifications have them; models shown later are told.
        handler: who answers method calls.
        clock: for timestamps.
        section: of the configuration.
    """

    sources: SourceNodes
    health: HealthNodes
    tree: NodeTree
    names: Names

    def __init__(
        self,
        server: Server,
        section: ServerSection,
        handler: PredictionHandler,
        clock: Clock,
        *,
        max_batch_rows: int = DEFAULT_MAX_BATCH_ROWS,
    ) -> None:
        self.publisher = (
            NodePublisher(clock, server.iserver.turns.glance)
            if isinstance(server, PlantServer)
            else NodePublisher(clock)
        )
        self.history: HistoryKeeper | None = None
        self.server = server
        self.section = section
        self.handler = handler
        self.clock = clock
        self._max_batch_rows = max_batch_rows
        self._endpoint = Endpoint(server, section)
        self._cards: dict[str, ModelCard] = {}
        self.namespaces: dict[str, int] = {}
        self._others: dict[str, frozenset[str]] = {}
        self.companions: list[Companion] = []
        self._tags: dict[str, dict[str, TagDetails]] = {}

    async def __aenter__(self) -> Self:
        with collection_paused():
            await self._endpoint.describe()
            self.names = await prepare_namespaces(self.server, self.section.namespace_uri)
            await self.load(self.section.nodesets)
            self.tree = NodeTree(self.server, self.names)
            await self.tree.bring([*site_nodes(self.names), problems_node(self.names)])
        self.sources = SourceNodes(self.server, self.tree, self.names, self.clock)
        self.health = HealthNodes(self.server, self.tree, self.clock)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._endpoint.close()

    @property
    def url(self) -> str:
        """Of the endpoint, with the port that is really open."""
        return self._endpoint.url

    @property
    def models(self) -> tuple[str, ...]:
        """Names of the models shown."""
        return tuple(self._cards)

    async def open(self) -> None:
        """Open the endpoint.

        Raises:
            EndpointUnavailable: its port is in use or its address is not ours.
        """
        await tell_units(self.server.iserver.aspace, self.tree, self.names)
        await self._endpoint.open()

    async def load(self, nodesets: Sequence[Path]) -> None:
        """Load NodeSet2 files; nothing for none.

        Raises:
            ConfigurationError: one can't be loaded, with the reason.
        """
        if not nodesets:
            return
        if not isinstance(self.server, PlantServer):
            raise ConfigurationError("this server takes no nodesets", wanted="a PlantServer")
        with collection_paused():
            self.namespaces = await load_node_sets(
                self.server, nodesets, tolerant=self.section.incomplete_nodesets
            )

    async def show_model(
        self,
        card: ModelCard,
        *,
        sources: Mapping[str, str] | None = None,
        receiver: SampleReceiver | None = None,
        handshake: HandshakeKeys | None = None,
        ranges: Mapping[str, OutputRanges] | None = None,
        backend: str = "",
        backend_reason: str = "",
    ) -> None:
        """Show a model, or another version of one that is shown already.

        NodeIds, and subscriptions to nodes that both versions have, stay. Values stay where the signature is
        the same; with another one they wait for the first prediction again.

        Args:
            card: of the version.
            sources: by input: the PLC tag that feeds it, in words.
            receiver: of what clients write to the other inputs, by the inputs' places in the signature;
                without one they can't be written.
            handshake: where the model is asked by words; the receiver gets those that clients write.
            ranges: by output: when it is noteworthy or alarming.
            backend: what computes.
            backend_reason: why that one.
        """
        feed = InputFeed(sources or {}, receiver is not None, self._tags.setdefault(card.name, {}))
        nodes = ModelNodes(self.names, card, feed, (backend, backend_reason))
        before = self._cards.get(card.name)
        changed = before is not None and any(incompatibilities(before.signature, card.signature))
        blueprints = nodes.blueprints(
            PredictMethod(card.name, card.signature, self.handler),
            PredictBatchMethod(card.name, card.signature, self.handler, self._max_batch_rows),
        )
        if handshake is not None:
            blueprints += handshake_nodes(self.names, nodes.path, on_plc=handshake.on_plc)
        if self.history is not None:
            blueprints = self.history.historized(card, blueprints)
        if before is not None:
            await self.tree.remove(self._stale(nodes.path, {plan.path for plan in blueprints}))
        with collection_paused():
            await self.tree.bring(blueprints, reset=before is None or changed)
        await add_locales(self.server.iserver.aspace, locales_of(card))
        if receiver is not None:
            record = self.history.written if self.history is not None else None
            written = WrittenInputs(self.server, self.names, nodes.path, receiver, self.clock, record=record)
            written.listen(card.signature, feed.sources)
            if handshake is not None and not handshake.on_plc:
                words = {REQUEST: handshake.request, CLIENT_BEAT: handshake.client_heartbeat}
                written.listen_to_words(
                    {below(nodes.path, HANDSHAKE, word): key for word, key in words.items()}
                )
        if before is not None and changed:
            self._others[card.name] = self._others.get(card.name, frozenset()) | {before.version}
        others = self._others.get(card.name, frozenset()) - {card.version}
        display = ModelDisplay(self.tree, self.names, nodes.path, card, others)
        if handshake is not None:
            display.show_handshake(HandshakeDisplay(self.tree, nodes.path, on_plc=handshake.on_plc))
        display.show_companions([await each.show_model(card, ranges or {}) for each in self.companions])
        self.publisher.take(card.name, display)
        self._cards[card.name] = card

    async def describe_input(self, model: str, name: str, details: TagDetails) -> None:
        """Show what a PLC tells of the tag that feeds an input, where package and configuration are silent.

        A model or input that is not shown is left alone.
        """
        card = self._cards.get(model)
        if card is None or name not in card.signature.names:
            return
        known = self._tags.setdefault(model, {})
        if known.get(name) == details:
            return
        known[name] = details
        path = below(model_path(model), "Inputs", name)
        kind, properties = described_input(path, completed(card.signature.input(name), details))
        wanted = {path, *(plan.path for plan in properties)}
        gone = {f"{path}.{name}" for name in DESCRIBING} - wanted
        await self.tree.remove({one for one in gone if self.tree.holds(one)})
        before = self.tree.blueprint(path)
        await self.tree.bring([replace(before, type=kind or before.type), *properties])

    async def remove_model(self, name: str) -> None:
        """Show a model no longer; one that is not shown stays so."""
        self.publisher.drop(name)
        self._cards.pop(name, None)
        self._others.pop(name, None)
        self._tags.pop(name, None)
        for each in self.companions:
            await each.remove_model(name)
        await self.tree.remove(self.tree.paths_below(model_path(name)))

    def _stale(self, model: str, wanted: set[str]) -> set[str]:
        """What the version before had and this one has not; counters and alarms live on."""
        staying = tuple(f"{below(model, name)}" for name in _STAYING)
        known = self.tree.paths_below(model)
        return {path for path in known - wanted if not path.startswith(staying)}
