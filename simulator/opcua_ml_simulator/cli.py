"""The command line: ``python -m opcua_ml_simulator``; the service offers it as ``opcua-ml simulate``."""

from __future__ import annotations

import asyncio
import gc
import json
import logging
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import typer

from opcua_ml_simulator import cli_options as option
from opcua_ml_simulator.errors import PortInUseError, SettingsError, SimulatorError
from opcua_ml_simulator.opcua.standard_nodes import without_collector
from opcua_ml_simulator.process_signals import end_with_input, stop_event
from opcua_ml_simulator.replay.settings import ReplaySettings
from opcua_ml_simulator.scenario import Scenario, demo_scenario, load_scenario, parse_event
from opcua_ml_simulator.settings import DEFAULT_PORT, SimulatorSettings
from opcua_ml_simulator.signals.settings import LoadNodes, SignalSettings
from opcua_ml_simulator.simulator import Simulator

if TYPE_CHECKING:
    from collections.abc import Callable

app = typer.Typer(
    help="Run a simulated pump station as an OPC UA server.",
    add_completion=False,
    pretty_exceptions_enable=False,
)

_USAGE_ERROR = 2
_RUN_ERROR = 1


@app.callback(invoke_without_command=True)
def simulate(
    context: typer.Context,
    *,
    port: option.Port = DEFAULT_PORT,
    host: option.Host = "127.0.0.1",
    endpoint: option.Endpoint = "",
    allow_remote: option.AllowRemote = False,
    seconds: option.Seconds = None,
    until_input_ends: option.UntilInputEnds = False,
    json_output: option.Json = False,
    verbose: option.Verbose = False,
    seed: option.Seed = 0,
    speed: option.Speed = 1.0,
    step: option.Step = 0.1,
    manual: option.Manual = False,
    timestamps: option.Timestamps = option.ScanTimestamps.wall,
    scenario: option.ScenarioName = "",
    fault: option.Faults = None,
    signals: option.Signals = True,
    slow_nodes: option.NodeCount = 1,
    slow_rate: option.NodeRate = 10.0,
    slow_type: option.NodeKind = option.NodeType.UInt,
    fast_nodes: option.NodeCount = 1,
    fast_rate: option.NodeRate = 1.0,
    fast_type: option.NodeKind = option.NodeType.UInt,
    node_low: option.NodeLow = 0.0,
    node_high: option.NodeHigh = 4_294_967_295.0,
    node_step: option.NodeStep = 1.0,
    node_random: option.NodeRandom = False,
    replay: option.Replay = None,
    delimiter: option.Delimiter = "",
    decimal: option.Decimal = ".",
    header: option.Header = None,
    transpose: option.Transpose = False,
    time_column: option.TimeColumn = None,
    period: option.Period = 1.0,
    column: option.Columns = None,
    only_mapped: option.OnlyMapped = False,
    replay_speed: option.ReplaySpeed = None,
    loop: option.Loop = False,
    replay_timestamps: option.ReplayTimestamps = option.RowTimestamps.now,
    replay_paused: option.ReplayPaused = False,
) -> None:
    """Run a simulated pump station as an OPC UA server on this machine until Ctrl-C."""
    _log(verbose=verbose)

    def load_nodes(count: int, rate: float, kind: option.NodeType) -> LoadNodes:
        return LoadNodes(
            count=count,
            rate=rate,
            kind=kind.value,
            low=node_low,
            high=node_high,
            step=node_step,
            random=node_random,
        )

    def signal_settings() -> SignalSettings:
        return SignalSettings(
            slow=load_nodes(slow_nodes, slow_rate, slow_type),
            fast=load_nodes(fast_nodes, fast_rate, fast_type),
        )

    def replay_settings(source: Path) -> ReplaySettings:
        return ReplaySettings(
            source=source,
            delimiter=delimiter or None,
            decimal=decimal,
            header=header,
            transpose=transpose,
            time_column=time_column,
            period=period,
            columns=_columns(column or []),
            only_mapped=only_mapped,
            speed=speed if replay_speed is None else replay_speed,
            loop=loop,
            timestamps=replay_timestamps.value,
            paused=replay_paused,
        )

    def settings() -> SimulatorSettings:
        if replay is None:
            _refuse_replay_options(context)
        found_host, found_port = _address(endpoint, host, port)
        return SimulatorSettings(
            host=found_host,
            port=found_port,
            allow_remote=allow_remote,
            seed=seed,
            speed=speed,
            step=step,
            manual=manual,
            timestamps=timestamps.value,
            scenario=_scenario(scenario, fault or []),
            may_crash=True,
            signals=signal_settings() if signals else None,
            replay=None if replay is None else replay_settings(replay),
        )

    run(settings, seconds=seconds, json_output=json_output, until_input_ends=until_input_ends)


def run(
    make_settings: Callable[[], SimulatorSettings],
    *,
    seconds: float | None,
    json_output: bool,
    until_input_ends: bool = False,
) -> None:
    """Run a simulator until a signal comes or the time is over; errors end the process with one sentence.

    Raises:
        typer.Exit: with 2 for settings, faults or a file that can't be used, 1 for a port that can't be had.
    """
    try:
        asyncio.run(
            _serve(make_settings(), seconds, json_output=json_output, until_input_ends=until_input_ends)
        )
    except SimulatorError as error:
        typer.echo(f"Error: {error}", err=True)
        raise typer.Exit(_RUN_ERROR if isinstance(error, PortInUseError) else _USAGE_ERROR) from error


async def _serve(
    settings: SimulatorSettings, seconds: float | None, *, json_output: bool, until_input_ends: bool
) -> None:
    stop = stop_event()
    if until_input_ends:
        end_with_input(stop)
    async with AsyncExitStack() as stack:
        # The address space's half a million objects stay; left to the collector, each of its full runs would
        # stop the plant for a sixth of a second, and delay its start.
        with without_collector():
            simulator = await stack.enter_async_context(Simulator(settings))
            gc.freeze()
        typer.echo(_announcement(simulator, json_output=json_output))
        async with asyncio.TaskGroup() as group:
            watch = group.create_task(simulator.wait(), name="simulator-watch")
            try:
                async with asyncio.timeout(seconds):
                    await stop.wait()
            except TimeoutError:
                logging.getLogger(__name__).info("the time is over")
            watch.cancel()


def _announcement(simulator: Simulator, *, json_output: bool) -> str:
    if not json_output:
        return f"Simulator ready at {simulator.endpoint} (namespace {simulator.namespace_uri})"
    settings = simulator.settings
    return json.dumps(
        {
            "endpoint": simulator.endpoint,
            "namespace": simulator.namespace_uri,
            "seed": settings.seed,
            "speed": settings.speed,
            "step": settings.step,
            "tags": len(simulator.tags),
        }
    )


def _address(endpoint: str, host: str, port: int) -> tuple[str, int]:
    if not endpoint:
        return host, port
    parts = urlsplit(endpoint)
    try:
        found = parts.port
    except ValueError:
        found = None
    if parts.scheme != "opc.tcp" or not parts.hostname or found is None:
        raise SettingsError("endpoint", endpoint, "opc.tcp://host:port/")
    return parts.hostname, found


def _scenario(found: str, faults: list[str]) -> Scenario | None:
    events = tuple(parse_event(text) for text in faults)
    if not found:
        return Scenario("Command line", events) if events else None
    played = demo_scenario() if found == "demo" else load_scenario(Path(found))
    return Scenario(played.name, (*played.events, *events), played.period)


def _refuse_replay_options(context: typer.Context) -> None:
    """Options that would do nothing, as there is nothing to replay."""
    for parameter in context.command.params:
        if getattr(parameter, "rich_help_panel", "") != option.REPLAY_PANEL or parameter.name is None:
            continue
        source = context.get_parameter_source(parameter.name)
        if source is not None and source.name == "COMMANDLINE":
            raise SettingsError("replay", None, f"--replay FILE beside {parameter.opts[0]}")


def _columns(pairs: list[str]) -> dict[str, str]:
    columns = {}
    for pair in pairs:
        name, separator, tag = pair.rpartition("=")
        if not separator or not name or not tag:
            raise SettingsError("column", pair, "COLUMN=TAG")
        columns[name] = tag
    return columns


def _log(*, verbose: bool) -> None:
    logging.basicConfig(level=logging.INFO if verbose else logging.WARNING)
    logging.getLogger("asyncua").setLevel(logging.INFO if verbose else logging.CRITICAL)
