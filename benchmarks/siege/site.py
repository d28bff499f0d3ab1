"""The besieged service: `opcua-ml serve` in a process and folder of its own, with users and a trust list."""

from __future__ import annotations

import re
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.processes import Process
from benchmarks.siege.certificates import application, key_pem
from benchmarks.siege.policy import Application
from opcua_ml.opcua.identity.users.password_hash import hash_password

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NAMESPACE = "urn:siege:site"
PASSWORD = "honest horse battery"  # noqa: S105 - of users that live as long as the run
INPUTS = ("SuctionPressure", "DischargePressure", "MotorSpeed", "MotorTorque", "MotorPower", "ValvePosition")
ROW = (-0.0148, 2.331, 2523.4, 31.04, 8.916, 70.41)
_CONFIGURATION = """
[server]
endpoint = "opc.tcp://127.0.0.1:0/opcua-ml"
namespace_uri = "{namespace}"
{limits}
[server.security]
anonymous = "{anonymous}"
[models.flow]
package = "pump_flow"
"""
_GUEST = """
[users.guest{0}]
roles = ["Observer"]
password = "{1}"
"""
_USERS = """
[users.operator]
roles = ["Operator"]
password = "{0}"
[users.observer]
roles = ["Observer"]
password = "{0}"
[users.intruder]
roles = ["{1}"]
password = "{0}"
"""


@dataclass(frozen=True)
class Site:
    """A service that runs.

    Attributes:
        process: its process.
        port: of its endpoint.
        folder: its folder; the certificates of honest and hostile applications are in `clients`.
    """

    process: Process
    port: int
    folder: Path

    @property
    def certificate(self) -> bytes:
        """The server's, in DER."""
        return (self.folder / "pki" / "own" / "certs" / "opcua-ml.der").read_bytes()

    def resident_mb(self) -> float:
        """Memory that the service holds, in megabytes."""
        return self.process.resident_bytes() / 1e6

    def complaints(self) -> list[str]:
        """Lines of its log that no attack may cause: tracebacks and failures of ours."""
        lines = self.process.log.read_text(errors="replace").splitlines()
        return [line for line in lines if re.search(r"Traceback|error\s*\]|critical", line)]

    def ended(self) -> bool:
        """Whether the service is gone."""
        return not self.process.runs()


@contextmanager
def besieged(
    folder: Path, *, anonymous: str = "refused", intruder: str = "Observer", limits: str = "", guests: int = 0
) -> Iterator[Site]:
    """A running service; applications `honest` and `hostile` are trusted, each user has PASSWORD.

    Args:
        folder: an empty one for it.
        anonymous: what clients without a user may do.
        intruder: Role of the hostile user.
        guests: further users, who are Observers: `guest0` and so on.
        limits: further lines of the table `server`.
    """
    clients, trusted = folder / "clients", folder / "pki" / "trusted" / "certs"
    for one in (clients, trusted):
        one.mkdir(parents=True)
    for name in ("honest", "hostile"):
        made = application(name)
        (trusted / f"{name}.der").write_bytes(made.der)
        (clients / f"{name}.der").write_bytes(made.der)
        (clients / f"{name}.pem").write_bytes(key_pem(made))
    password = hash_password(PASSWORD)
    users = [
        _USERS.format(password, intruder),
        *(_GUEST.format(number, password) for number in range(guests)),
    ]
    (folder / "users.toml").write_text("".join(users), encoding="utf-8")
    text = _CONFIGURATION.format(namespace=NAMESPACE, limits=limits, anonymous=anonymous)
    (folder / "plant.toml").write_text(text, encoding="utf-8")
    command = [sys.executable, "-m", "opcua_ml", "serve", "plant.toml"]
    with Process("service", command, folder, first_line=lambda line: {"url": line}) as process:
        found = re.search(r":(\d+)/", process.facts["url"])
        if found is None:
            raise ValueError(f"the service told no endpoint but {process.facts['url']!r}")
        yield Site(process, int(found[1]), folder)


def known_application(folder: Path, name: str) -> Application:
    """One of the applications that the service trusts."""
    clients = folder / "clients"
    pem, der = (clients / f"{name}.pem").read_bytes(), (clients / f"{name}.der").read_bytes()
    return Application.loaded(pem, der, f"urn:siege:{name}")
