"""`opcua-ml sign` and `opcua-ml signer`: whose packages a service takes."""

import re
from pathlib import Path
from typing import Annotated

import typer

from opcua_ml import bundled
from opcua_ml.atomic_file import write_atomically
from opcua_ml.domain.errors import ConfigurationError
from opcua_ml.store.packages import sign_package
from opcua_ml.store.signing import new_key

signer = typer.Typer(
    name="signer", help="Who signs packages: make the keys of a signer.", no_args_is_help=True
)


_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


@signer.callback()
def group() -> None:
    """Who signs packages: make the keys of a signer."""


@signer.command()
def new(
    name: Annotated[str, typer.Argument(help="Of the signer; names the files.", show_default=False)],
    folder: Annotated[Path, typer.Option("--folder", help="Where the two files go.")] = Path(),
) -> None:
    """Make a private key, NAME.key, and its public one, NAME.pem.

    The public one goes into the folder of signers of each service that takes the signer's packages. The
    private one is readable by its owner only, and belongs on no service's machine.
    """
    if not _NAME.fullmatch(name):
        raise ConfigurationError(
            "not a name for files",
            where="NAME",
            found=f'"{name}"',
            wanted="letters, digits, . _ and -; at most 64 in all",
        )
    private, public = folder / f"{name}.key", folder / f"{name}.pem"
    for path in (private, public):
        if path.exists():
            raise ConfigurationError("there is a key already", where=str(path), wanted="another name")
    key, pem = new_key()
    write_atomically(private, key, secret=True)
    write_atomically(public, pem)
    typer.echo(f"{private} (keep it secret)\n{public} (goes into the folder of signers)")


def sign(
    package: Annotated[
        str,
        typer.Argument(help="Folder or .zip file of the package, or a bundled model.", show_default=False),
    ],
    *,
    key: Annotated[
        Path,
        typer.Option(
            help="Private key, as `signer new` makes it.", show_default=False, exists=True, dir_okay=False
        ),
    ],
    path: Annotated[
        Path, typer.Option(help="Signed package to make: a folder, or a .zip file.", show_default=False)
    ],
) -> None:
    """Make a signed copy of a model package."""
    sign_package(bundled.package(package), path, key.read_bytes(), str(key))
    typer.echo(str(path))
