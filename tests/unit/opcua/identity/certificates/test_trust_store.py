"""The folders of trust: changes are seen, broken files harm nobody, the rejected stay few and harmless."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import pytest

from opcua_ml.opcua.identity.certificates import trust_store
from opcua_ml.opcua.identity.certificates.certificate import parse_certificate
from opcua_ml.opcua.identity.certificates.certificate_status import CertificateRejected
from opcua_ml.opcua.identity.certificates.peer_certificates import PeerCertificates
from opcua_ml.opcua.identity.certificates.pki_folders import PkiFolders
from opcua_ml.opcua.identity.certificates.trust_store import TrustStore
from tests.unit.opcua.identity.authority import NOW, Issued, Wish, key, root, self_signed
from tests.unit.opcua.identity.hand_clock import HandClock

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def folders(tmp_path: Path) -> PkiFolders:
    """An empty store."""
    return PkiFolders(tmp_path / "pki")


@pytest.fixture
def store(folders: PkiFolders) -> TrustStore:
    """A store that looks at its folders each time it is asked."""
    return TrustStore(folders, recheck_seconds=0.0)


def trusts(store: TrustStore, peer: Issued) -> bool:
    """Whether the store trusts the peer now."""
    return store.current().trusts(parse_certificate(peer.der))


def test_a_new_store_has_all_folders_and_trusts_nobody(store: TrustStore, folders: PkiFolders) -> None:
    """An empty list is no open door."""
    assert folders.trusted_crls.is_dir()
    assert folders.issuer_certificates.is_dir()
    assert not trusts(store, self_signed())


def test_what_is_put_into_the_folder_is_trusted_without_a_restart(
    store: TrustStore, folders: PkiFolders
) -> None:
    """And what is taken out is not."""
    peer = self_signed()
    assert not trusts(store, peer)
    before = store.revision
    file = folders.trusted_certificates / "hmi.der"
    file.write_bytes(peer.der)
    assert trusts(store, peer)
    assert store.revision == before + 1
    file.unlink()
    assert not trusts(store, peer)


def test_a_file_that_changes_in_place_is_read_again(store: TrustStore, folders: PkiFolders) -> None:
    """Copying a new revocation list over the old one does not touch the folder's own time."""
    ca = root()
    peer = ca.issue(key(1))
    file = folders.trusted_crls / "ca.crl"
    file.write_bytes(ca.crl())
    name = ca.certificate.subject.public_bytes()
    assert (
        store.current()
        .revocation_lists(name)[0]
        .get_revoked_certificate_by_serial_number(peer.certificate.serial_number)
        is None
    )
    folder_time = folders.trusted_crls.stat().st_mtime_ns
    file.write_bytes(ca.crl([peer]))
    os.utime(folders.trusted_crls, ns=(folder_time, folder_time))
    assert (
        store.current()
        .revocation_lists(name)[0]
        .get_revoked_certificate_by_serial_number(peer.certificate.serial_number)
    )


def test_pem_files_with_several_certificates_are_read_whole(store: TrustStore, folders: PkiFolders) -> None:
    """As CAs hand out their bundles."""
    first, second = self_signed(key(1)), self_signed(key(2))
    from cryptography.hazmat.primitives.serialization import Encoding

    bundle = b"".join(one.certificate.public_bytes(Encoding.PEM) for one in (first, second))
    (folders.trusted_certificates / "bundle.pem").write_bytes(b"# our line\n".join([b"", bundle]))
    (folders.trusted_certificates / "bundle2.pem").write_bytes(bundle)
    assert trusts(store, first)
    assert trusts(store, second)


@pytest.mark.parametrize(
    "content", [b"", b"garbage", b"-----BEGIN CERTIFICATE-----\nxx\n-----END CERTIFICATE-----"]
)
def test_a_file_that_is_no_certificate_trusts_nobody_and_harms_no_other(
    store: TrustStore, folders: PkiFolders, content: bytes
) -> None:
    """One broken file is left out; the others count."""
    peer = self_signed()
    (folders.trusted_certificates / "a-broken.der").write_bytes(content)
    (folders.trusted_crls / "broken.crl").write_bytes(content)
    (folders.trusted_certificates / "good.der").write_bytes(peer.der)
    assert trusts(store, peer)


def test_a_truncated_trusted_file_does_not_trust_the_whole_certificate(
    store: TrustStore, folders: PkiFolders
) -> None:
    """Half of a certificate in the folder is none."""
    peer = self_signed()
    (folders.trusted_certificates / "half.der").write_bytes(peer.der[: len(peer.der) // 2])
    assert not trusts(store, peer)


def test_the_folders_are_looked_at_no_more_often_than_configured(folders: PkiFolders) -> None:
    """A flood of clients costs no flood of file-system calls."""
    clock = HandClock()
    store = TrustStore(folders, recheck_seconds=1.0, monotonic=clock)
    peer = self_signed()
    store.current()
    (folders.trusted_certificates / "hmi.der").write_bytes(peer.der)
    clock.now = 0.9
    assert not trusts(store, peer)
    clock.now = 1.0
    assert trusts(store, peer)


def test_who_has_just_been_accepted_is_not_refused_until_the_next_look(folders: PkiFolders) -> None:
    """Before a certificate is refused the folders are seen as they are now, whatever the interval."""
    clock = HandClock()
    store = TrustStore(folders, recheck_seconds=1.0, monotonic=clock)
    certificates = PeerCertificates(store, now=lambda: NOW)
    accepted, revoked = self_signed(key(1)), root().issue(key(2))
    for peer in (accepted, revoked):
        with pytest.raises(CertificateRejected):
            certificates.check_client(peer.der, address="10.0.0.7")
    (folders.trusted_certificates / "hmi.der").write_bytes(accepted.der)
    assert certificates.check_client(accepted.der, address="10.0.0.7").der == accepted.der
    (folders.trusted_certificates / "ca.der").write_bytes(root().der)
    (folders.trusted_crls / "ca.crl").write_bytes(root().crl())
    assert certificates.check_client(revoked.der, address="10.0.0.7").der == revoked.der


def test_a_flood_of_strangers_does_not_look_at_the_folders_without_end(folders: PkiFolders) -> None:
    """Past the rate they are judged by the last look; a second later there is room again."""
    clock = HandClock()
    store = TrustStore(folders, recheck_seconds=10.0, monotonic=clock)
    certificates = PeerCertificates(store, now=lambda: NOW)
    peer = self_signed()

    def refused() -> bool:
        try:
            certificates.check_client(peer.der, address="10.0.0.7")
        except CertificateRejected:
            return True
        return False

    assert all(refused() for _ in range(trust_store.MOST_EXTRA_LOOKS_PER_SECOND))
    (folders.trusted_certificates / "hmi.der").write_bytes(peer.der)
    clock.now = 0.99
    assert refused()
    clock.now = 1.0
    assert not refused()


def test_an_unchanged_store_is_asked_cheaply(store: TrustStore, folders: PkiFolders) -> None:
    """With 100 files in it, one look takes well under a millisecond or two."""
    for number in range(100):
        (folders.trusted_certificates / f"{number}.der").write_bytes(b"x")
    held = store.current()
    started = time.thread_time()
    for _ in range(20):
        assert store.current() is held
    assert (time.thread_time() - started) / 20 < 0.02


def test_a_rejected_certificate_is_kept_under_its_hash_alone(store: TrustStore, folders: PkiFolders) -> None:
    """A hostile name never becomes a path."""
    hostile = self_signed(wish=Wish(name="../../../tmp/evil\x00/..\\CON", uri="file:///etc/passwd"))
    store.reject(hostile.der)
    (kept,) = folders.rejected.iterdir()
    assert kept.name == f"{parse_certificate(hostile.der).thumbprint}.der"
    assert kept.read_bytes() == hostile.der
    assert sorted(path.name for path in folders.root.iterdir()) == ["issuers", "own", "rejected", "trusted"]


def test_the_rejected_stay_few_and_the_oldest_goes_first(
    store: TrustStore, folders: PkiFolders, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many strangers come, the folder stays small."""
    monkeypatch.setattr(trust_store, "MOST_REJECTED", 3)
    peers = [self_signed(wish=Wish(serial=number + 1)) for number in range(5)]
    for age, peer in enumerate(peers):
        store.reject(peer.der)
        file = folders.rejected / f"{parse_certificate(peer.der).thumbprint}.der"
        os.utime(file, ns=(age, age))
    kept = {file.read_bytes() for file in folders.rejected.iterdir()}
    assert kept == {peer.der for peer in peers[-3:]}


def test_a_flood_of_strangers_does_not_write_without_end(folders: PkiFolders) -> None:
    """Past the rate they are counted, not written; a minute later there is room again."""
    clock = HandClock()
    store = TrustStore(folders, monotonic=clock)
    for number in range(trust_store.MOST_REJECTED_PER_MINUTE + 7):
        store.reject(number.to_bytes(4, "big"))
    assert store.dropped_rejections == 7
    assert len(list(folders.rejected.iterdir())) == trust_store.MOST_REJECTED_PER_MINUTE
    clock.now = 61.0
    store.reject(b"later")
    assert store.dropped_rejections == 7


def test_a_store_that_cannot_be_written_changes_nothing_for_the_peer(
    store: TrustStore, folders: PkiFolders
) -> None:
    """Keeping the rejected is a service to the administrator; its failure is no error."""
    folders.rejected.rmdir()
    folders.rejected.write_bytes(b"a file where the folder was")
    store.reject(self_signed().der)
