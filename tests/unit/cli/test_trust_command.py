"""`opcua-ml trust`: what an administrator sees and does, whatever strangers put into their certificates."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from cryptography.x509.oid import ExtendedKeyUsageOID
from typer.testing import CliRunner

from opcua_ml.cli.trust import trust
from opcua_ml.opcua.identity.certificates.certificate import parse_certificate
from opcua_ml.opcua.identity.certificates.pki_folders import PkiFolders
from opcua_ml.opcua.identity.certificates.trust_administration import TrustError
from opcua_ml.opcua.identity.certificates.trust_store import TrustStore
from tests.unit.opcua.identity.authority import Issued, Wish, key, self_signed

if TYPE_CHECKING:
    from pathlib import Path

    from typer.testing import Result


@pytest.fixture
def folders(tmp_path: Path) -> PkiFolders:
    """A store with nobody in it."""
    made = PkiFolders(tmp_path / "pki")
    made.create()
    return made


def run(folders: PkiFolders, *arguments: str) -> Result:
    """The command's result."""
    return CliRunner().invoke(trust, [arguments[0], "--pki", str(folders.root), *arguments[1:]])


def listed(folders: PkiFolders) -> dict[str, str]:
    """Thumbprint to state, as `list --output json` says."""
    result = run(folders, "list", "--output", "json")
    assert result.exit_code == 0
    return {entry["sha256"]: entry["state"] for entry in json.loads(result.output)}


def rejected(folders: PkiFolders, peer: Issued) -> str:
    """Let the peer be rejected; its thumbprint."""
    TrustStore(folders).reject(peer.der)
    return parse_certificate(peer.der).thumbprint


def test_a_rejected_certificate_is_listed_accepted_rejected_and_removed(folders: PkiFolders) -> None:
    """Its way through the store, by the first digits of its thumbprint."""
    thumbprint = rejected(folders, self_signed())
    assert listed(folders) == {thumbprint: "rejected"}
    assert run(folders, "accept", thumbprint[:8]).exit_code == 0
    assert listed(folders) == {thumbprint: "trusted"}
    assert run(folders, "reject", thumbprint).exit_code == 0
    assert listed(folders) == {thumbprint: "rejected"}
    assert run(folders, "remove", thumbprint).exit_code == 0
    assert listed(folders) == {}


def test_thumbprints_are_taken_as_opc_ua_clients_show_them(folders: PkiFolders) -> None:
    """SHA-1, in capitals, with colons or blanks."""
    peer = self_signed()
    thumbprint = rejected(folders, peer)
    shown = parse_certificate(peer.der).opc_ua_thumbprint.upper()
    spaced = ":".join(shown[place : place + 2] for place in range(0, 40, 2))
    assert run(folders, "accept", spaced).exit_code == 0
    assert listed(folders) == {thumbprint: "trusted"}


def test_a_dry_run_says_what_it_would_do_and_does_nothing(folders: PkiFolders) -> None:
    """Nothing moves."""
    thumbprint = rejected(folders, self_signed())
    result = run(folders, "accept", thumbprint, "--dry-run")
    assert "would be trusted" in result.output
    assert listed(folders) == {thumbprint: "rejected"}


@pytest.mark.parametrize(
    "given", ["", "../../etc/passwd", "abc", "zz" * 20, "/", "*", "deadbeef", "..\\..\\x.der", "\x00" * 10]
)
def test_what_is_no_known_thumbprint_is_refused_in_one_sentence(folders: PkiFolders, given: str) -> None:
    """And never becomes a path."""
    rejected(folders, self_signed())
    for command in ("accept", "reject", "remove"):
        result = run(folders, command, "--", given)
        assert isinstance(result.exception, TrustError)
        assert "\x00" not in str(result.exception)
    assert list(listed(folders).values()) == ["rejected"]


def test_a_thumbprint_that_fits_several_is_refused(folders: PkiFolders) -> None:
    """Which one is the administrator's to say; the same certificate twice is one."""
    first = rejected(folders, self_signed(key(1)))
    (folders.rejected / "copy.der").write_bytes((folders.rejected / f"{first}.der").read_bytes())
    assert run(folders, "accept", first).exit_code == 0


def test_only_rejected_certificates_are_accepted(folders: PkiFolders) -> None:
    """A trusted one is told as such."""
    thumbprint = rejected(folders, self_signed())
    run(folders, "accept", thumbprint)
    result = run(folders, "accept", thumbprint)
    assert isinstance(result.exception, TrustError)
    assert "rejected" in str(result.exception)


def test_a_file_with_several_certificates_is_not_torn_apart(folders: PkiFolders) -> None:
    """Removing one would remove the others."""
    from cryptography.hazmat.primitives.serialization import Encoding

    peers = [self_signed(key(number)) for number in (1, 2)]
    bundle = folders.trusted_certificates / "bundle.pem"
    bundle.write_bytes(b"".join(peer.certificate.public_bytes(Encoding.PEM) for peer in peers))
    result = run(folders, "remove", parse_certificate(peers[0].der).thumbprint)
    assert isinstance(result.exception, TrustError)
    assert bundle.exists()


def test_hostile_names_do_not_steer_the_terminal(folders: PkiFolders) -> None:
    """Neither escape sequences nor markup of the table come through."""
    thumbprint = rejected(
        folders, self_signed(wish=Wish(name="\x1b[2J[red]evil[/red]\r\n[/nonsense]", uri="urn:\x07"))
    )
    for result in (
        run(folders, "list"),
        run(folders, "list", "-o", "json"),
        run(folders, "list", "-o", "csv"),
        run(folders, "accept", thumbprint),
    ):
        assert result.exit_code == 0
        assert "\x1b[2J" not in result.output
        assert "\x07" not in result.output
    assert "[red]evil[/red]" in result.output


@pytest.mark.parametrize(
    ("wish", "told"),
    [
        (
            Wish(valid_to=datetime(2020, 1, 1, tzinfo=UTC), valid_from=datetime(2019, 1, 1, tzinfo=UTC)),
            "is expired",
        ),
        (
            Wish(valid_from=datetime(2100, 1, 1, tzinfo=UTC), valid_to=datetime(2101, 1, 1, tzinfo=UTC)),
            "not valid yet",
        ),
        (Wish(usage=frozenset({"digital_signature"})), "may not be used by a client application"),
    ],
)
def test_a_certificate_that_helps_nobody_is_accepted_with_a_warning(
    folders: PkiFolders, wish: Wish, told: str
) -> None:
    """Else its owner would look for the mistake elsewhere."""
    thumbprint = rejected(folders, self_signed(wish=wish))
    result = run(folders, "accept", thumbprint)
    assert result.exit_code == 0
    assert result.stdout.startswith(f"trusted: {thumbprint}")
    assert "warning: it is refused all the same: " in result.stderr
    assert told in result.stderr


def test_a_certificate_that_is_good_is_accepted_without_a_warning(folders: PkiFolders) -> None:
    """Of a client alone, too."""
    now = datetime.now(UTC)
    wish = Wish(
        valid_from=now - timedelta(days=1),
        valid_to=now + timedelta(days=1),
        extended=(ExtendedKeyUsageOID.CLIENT_AUTH,),
    )
    result = run(folders, "accept", rejected(folders, self_signed(wish=wish)))
    assert (result.exit_code, result.stderr) == (0, "")


def test_a_store_that_is_not_there_is_told(tmp_path: Path) -> None:
    """A misspelt folder is no empty store."""
    result = CliRunner().invoke(trust, ["list", "--pki", str(tmp_path / "absent")])
    assert isinstance(result.exception, TrustError)
    assert "absent" in str(result.exception)
