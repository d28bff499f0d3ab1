"""`opcua-ml versions`: what becomes of a model's versions in a running service, over OPC UA."""

import asyncio
from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Annotated

import typer

from opcua_ml.cli.output import Listing, print_rows, print_table
from opcua_ml.cli.remote import Reason, Within, with_service
from opcua_ml.domain.errors import ConfigurationError
from opcua_ml.domain.lifecycle import StepKind

if TYPE_CHECKING:
    from opcua_ml.opcua.remote.service import RemoteService, RemoteVersion

versions = typer.Typer(
    name="versions",
    help="Versions of models in a running service: list, promote, confirm, roll back and more.",
    no_args_is_help=True,
)

Model = Annotated[str, typer.Argument(help="Name of the model.", show_default=False)]
Version = Annotated[str, typer.Argument(help="Such as 1.2.0.", show_default=False)]
Share = Annotated[
    float | None,
    typer.Option(
        "--share", min=0.0, max=1.0, help="Of the method calls; else as configured.", show_default=False
    ),
]


@versions.callback()
def group() -> None:
    """Versions of models in a running service: list, promote, confirm, roll back and more."""


@versions.command("list")
@with_service
def list_versions(
    service: "RemoteService",
    model: Annotated[str | None, typer.Argument(help="Of this model alone.", show_default=False)] = None,
    output: Annotated[Listing, typer.Option("--output", "-o", help="How to print.")] = Listing.TABLE,
) -> None:
    """List the versions of a model, or of all, with their states and what their gates gave."""

    async def found() -> "list[RemoteVersion]":
        async with service:
            models = await service.models()
            if model is not None and model not in models:
                wanted = f"one of {', '.join(models)}" if models else "a model that is served"
                raise ConfigurationError("there is no such model", found=model, wanted=wanted)
            models = models if model is None else [model]
            return [one for name in models for one in await service.versions(name)]

    rows = asyncio.run(found())
    if output is not Listing.TABLE:
        from opcua_ml.opcua.remote.service import RemoteVersion  # noqa: PLC0415 - asyncua takes a second

        names = [field.name for field in fields(RemoteVersion)]
        print_rows(output, names, [asdict(row) for row in rows])
        return
    if not rows:
        typer.echo(
            "No versions are managed there: no model's table in its configuration says versioned = true."
        )
        return
    told = [(row.model, row.version, _state(row), _shown(row.since), row.reason) for row in rows]
    columns = ("model", "version", "state", "since", "reason")
    print_table(columns, told, whole=("model", "version", "since"))
    for row in rows:
        for gate in row.gates:
            typer.echo(f"{row.model} {row.version}: {gate}")


def _state(row: "RemoteVersion") -> str:
    """With what else holds of it now."""
    told = (
        f"{row.state}, to be confirmed until {_shown(row.confirm_until)}" if row.confirm_until else row.state
    )
    return f"{told}, paused" if row.paused else told


def _shown(moment: str) -> str:
    """A time of ISO 8601, in UTC, for people."""
    return moment.replace("T", " ").replace("+00:00", "Z")


@versions.command()
@with_service
def promote(
    service: "RemoteService", model: Model, version: Version, within: Within = None, reason: Reason = ""
) -> None:
    """Let a version predict, once it has passed the gates."""
    _managed(service, StepKind.PROMOTE, model, version, reason=reason, confirm_within=within)


@versions.command()
@with_service
def canary(
    service: "RemoteService", model: Model, version: Version, share: Share = None, reason: Reason = ""
) -> None:
    """Let a version answer a share of the method calls, and nothing of the tags."""
    _managed(service, StepKind.START_CANARY, model, version, reason=reason, share=share)


def _of_version(name: str, kind: StepKind, words: str) -> None:
    """A command that does one thing with a version."""

    @versions.command(name, help=words)
    @with_service
    def command(service: "RemoteService", model: Model, version: Version, reason: Reason = "") -> None:
        _managed(service, kind, model, version, reason=reason)


def _of_model(name: str, kind: StepKind, words: str) -> None:
    """A command that does one thing with a model."""

    @versions.command(name, help=words)
    @with_service
    def command(service: "RemoteService", model: Model, reason: Reason = "") -> None:
        _managed(service, kind, model, reason=reason)


_of_version("confirm", StepKind.CONFIRM, "Let a promoted version stay.")
_of_model("rollback", StepKind.ROLLBACK, "Let the version before predict again.")
_of_version("stage", StepKind.STAGE, "Stage a version again that is shadow, canary, retired or rejected.")
_of_version("retire", StepKind.RETIRE, "Take a version out of use.")
_of_version(
    "shadow",
    StepKind.START_SHADOW,
    "Let a staged version score the live inputs beside the active one, heard by nobody.",
)
_of_model("pause", StepKind.PAUSE, "Let the model predict nothing until it is resumed.")
_of_model("resume", StepKind.RESUME, "Let a paused model predict again.")


def _managed(
    service: "RemoteService",
    kind: StepKind,
    model: str,
    version: str = "",
    *,
    reason: str,
    confirm_within: float | None = None,
    share: float | None = None,
) -> None:
    """Do it, and print the versions that are not out of use."""

    async def done() -> "list[RemoteVersion]":
        async with service:
            await service.manage(
                kind, model, version, reason=reason, confirm_within=confirm_within, share=share
            )
            return await service.versions(model)

    for row in asyncio.run(done()):
        typer.echo(f"{row.model} {row.version}: {_state(row)}")
