"""Whom a client believes: the certificate itself, or who signed it, while it is valid."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest

from opcua_ml.domain.errors import ConnectionRefused
from opcua_ml.opcua.plc.security import trusted_certificate
from opcua_ml.opcua.plc.settings import PlcSecurity
from tests.integration.plc.identities import Identity, identity

if TYPE_CHECKING:
    from pathlib import Path

WHERE = "opc.tcp://plc"


@pytest.fixture(scope="module")
def authority() -> Identity:
    """A CA of the plant."""
    return identity("ca", is_ca=True)


@pytest.fixture(scope="module")
def plc(authority: Identity) -> Identity:
    """A PLC whose certificate the CA has signed."""
    return identity("plc", issuer=authority)


def trusting(folder: Path, *trusted: Identity) -> PlcSecurity:
    """Settings that trust these certificates, beside files that are none."""
    (folder / "readme.txt").write_text("not a certificate")
    (folder / "broken.der").write_bytes(b"\x30\x03abc")
    for number, one in enumerate(trusted):
        one.save(folder, f"trusted{number}")
    return PlcSecurity(trusted=(folder,))


def refusal(der: bytes | None, security: PlcSecurity) -> str:
    """Why a certificate is not accepted."""
    with pytest.raises(ConnectionRefused) as caught:
        trusted_certificate(der, security, WHERE)
    return caught.value.sentence


def test_a_certificate_in_the_folder_is_trusted(plc: Identity, tmp_path: Path) -> None:
    """Itself, whoever signed it; of a chain, the first one counts."""
    assert trusted_certificate(plc.der, trusting(tmp_path, plc), WHERE) == plc.der
    assert trusted_certificate(plc.der + b"more", trusting(tmp_path, plc), WHERE) == plc.der


def test_a_certificate_of_a_trusted_ca_is_trusted(plc: Identity, authority: Identity, tmp_path: Path) -> None:
    """Its signature is checked, not the names alone."""
    assert trusted_certificate(plc.der, trusting(tmp_path, authority), WHERE) == plc.der


def test_a_ca_of_the_same_name_is_another_one(plc: Identity, tmp_path: Path) -> None:
    """Names prove nothing."""
    assert "is not trusted" in refusal(plc.der, trusting(tmp_path, identity("ca", is_ca=True)))


def test_a_certificate_that_is_no_ca_vouches_for_nobody(tmp_path: Path) -> None:
    """A PLC that is trusted itself can't make others trusted."""
    leaf = identity("leaf")
    assert "is not trusted" in refusal(identity("other", issuer=leaf).der, trusting(tmp_path, leaf))


def test_an_expired_ca_vouches_for_nobody(tmp_path: Path) -> None:
    """Its time is over, whatever it signed."""
    old = identity("old", is_ca=True, days=(-10, -1))
    assert "is not trusted" in refusal(identity("plc", issuer=old).der, trusting(tmp_path, old))


@pytest.mark.parametrize("days", [(-10, -1), (1, 10)], ids=["expired", "not yet valid"])
def test_a_certificate_out_of_its_time_is_refused(days: tuple[int, int], tmp_path: Path) -> None:
    """Even if it is in the folder."""
    late = identity("late", days=days)
    assert "is not valid now" in refusal(late.der, trusting(tmp_path, late))


def test_a_pin_accepts_one_certificate_only(plc: Identity, authority: Identity, tmp_path: Path) -> None:
    """The folder does not help another one in."""
    authority.save(tmp_path, "authority")
    pinned = PlcSecurity(trusted=(tmp_path,), server_certificate_sha256=hashlib.sha256(plc.der).hexdigest())
    assert trusted_certificate(plc.der, pinned, WHERE) == plc.der
    assert "is not the pinned one" in refusal(identity("x", issuer=authority).der, pinned)


@pytest.mark.parametrize("der", [None, b"", b"\x30\x82", b"nonsense"])
def test_what_is_no_certificate_is_refused(der: bytes | None, tmp_path: Path) -> None:
    """In words."""
    assert "certificate" in refusal(der, PlcSecurity(trusted=(tmp_path,)))
