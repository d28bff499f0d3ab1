"""Our own certificate: made once, right in every field, private, renewed only where that is ours to do."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from opcua_ml.opcua.identity.certificates.application import Application
from opcua_ml.opcua.identity.certificates.application_certificate import (
    OwnCertificateUnusable,
    own_certificate,
)
from opcua_ml.opcua.identity.certificates.certificate import parse_certificate
from opcua_ml.opcua.identity.certificates.certificate_usage import CertificateUse
from opcua_ml.opcua.identity.certificates.certificate_validation import Expectation, validated
from opcua_ml.opcua.identity.certificates.own_hosts import own_hosts
from opcua_ml.opcua.identity.certificates.pki_folders import PkiFolders
from opcua_ml.opcua.identity.certificates.trust_list import trust_list
from tests.unit.opcua.identity.authority import NOW, URI, Wish, key, root, self_signed

if TYPE_CHECKING:
    from pathlib import Path

US = Application(URI, "opcua-ml", ("plant-pc", "192.168.0.5", "::1"))


@pytest.fixture
def folders(tmp_path: Path) -> PkiFolders:
    """An empty store."""
    return PkiFolders(tmp_path / "pki")


def key_file(folders: PkiFolders) -> Path:
    """Where our key is."""
    return folders.own_keys / "opcua-ml.pem"


def certificate_file(folders: PkiFolders) -> Path:
    """Where our certificate is."""
    return folders.own_certificates / "opcua-ml.der"


def test_the_first_start_makes_a_certificate_that_says_who_we_are(folders: PkiFolders) -> None:
    """ApplicationUri, host names, addresses and uses are those of Part 6, 6.2.2."""
    ours = own_certificate(folders, US, now=NOW)
    made = ours.certificate
    assert made.application_uris == (URI,)
    assert made.host_names == ("plant-pc",)
    assert made.addresses == ("192.168.0.5", "::1")
    assert not made.is_ca
    assert ours.private_key.key_size == 2048
    assert made.valid_from <= NOW - timedelta(hours=23)
    assert made.valid_to == NOW + timedelta(days=5 * 365)
    assert certificate_file(folders).read_bytes() == ours.der


@pytest.mark.parametrize("use", [CertificateUse.SERVER, CertificateUse.CLIENT])
def test_our_certificate_passes_our_own_validation_on_both_sides(
    folders: PkiFolders, use: CertificateUse
) -> None:
    """A peer as strict as we are accepts it as server and as client."""
    ours = own_certificate(folders, US, now=NOW)
    expectation = Expectation(use, application_uri=URI, host="plant-pc")
    peer = validated(ours.der, expectation, trust_list([ours.certificate], [], []), now=NOW)
    assert peer.der == ours.der


def test_the_second_start_uses_what_is_there(folders: PkiFolders) -> None:
    """Peers that trusted us need not do so again."""
    first = own_certificate(folders, US, now=NOW)
    second = own_certificate(folders, US, now=NOW + timedelta(days=100))
    assert second.der == first.der


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has access lists in place of modes")
def test_only_the_owner_may_read_the_private_key(folders: PkiFolders) -> None:
    """From the start, and again where somebody opened it."""
    own_certificate(folders, US, now=NOW)
    assert key_file(folders).stat().st_mode & 0o777 == 0o600
    assert folders.own_keys.stat().st_mode & 0o077 == 0
    key_file(folders).chmod(0o644)
    own_certificate(folders, US, now=NOW)
    assert key_file(folders).stat().st_mode & 0o777 == 0o600


def test_an_expired_certificate_of_ours_is_renewed_with_the_same_key(folders: PkiFolders) -> None:
    """The old one is kept beside the new one, for the record."""
    first = own_certificate(folders, US, now=NOW)
    later = NOW + timedelta(days=6 * 365)
    second = own_certificate(folders, US, now=later)
    assert second.der != first.der
    assert second.certificate.public_key_info == first.certificate.public_key_info
    assert second.certificate.valid_to > later
    assert (folders.own_certificates / f"{first.certificate.thumbprint}.old").read_bytes() == first.der


def test_another_application_uri_renews_the_certificate(folders: PkiFolders) -> None:
    """Clients would refuse a certificate for another URI."""
    own_certificate(folders, US, now=NOW)
    renamed = own_certificate(folders, replace(US, uri="urn:plant:new"), now=NOW)
    assert renamed.certificate.application_uris == ("urn:plant:new",)


def test_a_certificate_from_a_ca_is_used_with_its_chain_and_never_replaced(folders: PkiFolders) -> None:
    """What a CA issued is the CA's to renew; we say so and stop."""
    ca = root()
    folders.create()
    issued = ca.issue(key(3))
    key_file(folders).write_bytes(issued.key_pem)
    bundle = issued.certificate.public_bytes(Encoding.PEM) + ca.certificate.public_bytes(Encoding.PEM)
    certificate_file(folders).write_bytes(bundle)
    ours = own_certificate(folders, US, now=NOW)
    assert ours.der == issued.der
    assert [one.der for one in ours.chain] == [ca.der]
    with pytest.raises(OwnCertificateUnusable, match="only its CA can renew it"):
        own_certificate(folders, US, now=NOW + timedelta(days=400))
    with pytest.raises(OwnCertificateUnusable, match="urn:plant:new"):
        own_certificate(folders, replace(US, uri="urn:plant:new"), now=NOW)
    assert certificate_file(folders).read_bytes() == bundle


def test_a_key_that_does_not_fit_its_certificate_is_refused(folders: PkiFolders) -> None:
    """With both file's place in the sentence."""
    own_certificate(folders, US, now=NOW)
    key_file(folders).write_bytes(self_signed(key(4)).key_pem)
    with pytest.raises(OwnCertificateUnusable, match="do not belong together") as refused:
        own_certificate(folders, US, now=NOW)
    assert str(certificate_file(folders)) in str(refused.value)


def test_a_lost_key_is_not_replaced_silently(folders: PkiFolders) -> None:
    """Peers trust the certificate; a new one is for the administrator to want."""
    own_certificate(folders, US, now=NOW)
    key_file(folders).unlink()
    with pytest.raises(OwnCertificateUnusable, match="private key is not"):
        own_certificate(folders, US, now=NOW)


@pytest.mark.parametrize(
    "content", [b"", b"garbage", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----"]
)
def test_a_broken_key_is_told_in_one_sentence(folders: PkiFolders, content: bytes) -> None:
    """No traceback, and never a new key over a broken one."""
    own_certificate(folders, US, now=NOW)
    key_file(folders).write_bytes(content)
    with pytest.raises(OwnCertificateUnusable, match="can't be read"):
        own_certificate(folders, US, now=NOW)
    assert key_file(folders).read_bytes() == content


def test_a_weak_key_is_refused(folders: PkiFolders) -> None:
    """A short key put there by hand would fail at every peer."""
    folders.create()
    key_file(folders).write_bytes(self_signed(key(70, 1024), Wish()).key_pem)
    with pytest.raises(OwnCertificateUnusable, match="1024 bits"):
        own_certificate(folders, US, now=NOW)


def test_no_half_written_file_is_left_behind(folders: PkiFolders) -> None:
    """Files appear whole or not at all."""
    own_certificate(folders, US, now=NOW)
    assert not list(folders.root.rglob("*.tmp"))


def test_a_host_name_beyond_ascii_is_held_in_its_ascii_form(folders: PkiFolders) -> None:
    """Certificates know IA5 only."""
    ours = own_certificate(folders, replace(US, hosts=("prüfstand",)), now=NOW)
    assert parse_certificate(ours.der).host_names == ("xn--prfstand-75a",)


@pytest.mark.parametrize("listening", ["127.0.0.1", "localhost"])
def test_a_server_on_loopback_is_known_as_localhost(listening: str) -> None:
    """And under no name that others could use."""
    assert set(own_hosts(listening)) == {"localhost", "127.0.0.1", "::1"}


def test_a_server_on_all_addresses_is_known_under_the_machines_name() -> None:
    """Never under the wildcard, which nobody dials."""
    hosts = own_hosts("0.0.0.0")
    assert "0.0.0.0" not in hosts
    assert "localhost" in hosts
    assert own_hosts("plant-pc")[0] == "plant-pc"
