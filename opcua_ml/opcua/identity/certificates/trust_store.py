"""The folders of trust, read anew when something in them has changed, and the place of the rejected."""

from __future__ import annotations

import hashlib
import time
from collections import deque
from typing import TYPE_CHECKING

import structlog

from opcua_ml.atomic_file import write_atomically
from opcua_ml.opcua.identity.certificates.certificate import LARGEST_CERTIFICATE
from opcua_ml.opcua.identity.certificates.stored_files import (
    Fingerprint,
    fingerprint,
    read_certificates,
    read_crls,
)
from opcua_ml.opcua.identity.certificates.trust_list import TrustList, trust_list

if TYPE_CHECKING:
    from collections.abc import Callable

    from opcua_ml.opcua.identity.certificates.pki_folders import PkiFolders

_log = structlog.get_logger(__name__)

MOST_REJECTED = 100
"""Files kept in the folder of rejected certificates; the oldest goes first."""
MOST_REJECTED_PER_MINUTE = 30
RECHECK_SECONDS = 0.2
MOST_EXTRA_LOOKS_PER_SECOND = 50
"""Looks at the folders out of turn, before somebody is refused; a flood of strangers can't cause more."""


class TrustStore:
    """Whom we trust, as the folders say now.

    Args:
        folders: made where they are not there.
        recheck_seconds: longest time for which a change in the folders may go unnoticed; looking costs one
            stat per file.
        monotonic: seconds.
    """

    def __init__(
        self,
        folders: PkiFolders,
        *,
        recheck_seconds: float = RECHECK_SECONDS,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.folders = folders
        folders.create()
        self._recheck_seconds = recheck_seconds
        self._monotonic = monotonic
        self._checked = -float("inf")
        self._seen: Fingerprint | None = None
        self._list = TrustList()
        self._revision = 0
        self._rejections: deque[float] = deque()
        self._extra_looks: deque[float] = deque()
        self.dropped_rejections = 0

    @property
    def revision(self) -> int:
        """Counts up each time the folders turned out to be changed: who was let in before may be out now."""
        self.current()
        return self._revision

    def current(self) -> TrustList:
        """The trust list; a file that can't be read trusts nobody, is warned of once, and harms no other."""
        now = self._monotonic()
        return self._list if now - self._checked < self._recheck_seconds else self._look(now)

    def latest(self) -> TrustList:
        """The trust list as the folders are at this moment, for who would else be refused.

        A client that the administrator has just accepted is let in, however short the time since the last
        look; beyond `MOST_EXTRA_LOOKS_PER_SECOND` it is the same as `current`.
        """
        now, extra = self._monotonic(), self._extra_looks
        while extra and now - extra[0] >= 1.0:
            extra.popleft()
        if len(extra) >= MOST_EXTRA_LOOKS_PER_SECOND:
            return self.current()
        extra.append(now)
        return self._look(now)

    def _look(self, now: float) -> TrustList:
        self._checked = now
        folders = self.folders
        watched = (
            folders.trusted_certificates,
            folders.trusted_crls,
            folders.issuer_certificates,
            folders.issuer_crls,
        )
        seen = fingerprint(watched)
        if seen != self._seen:
            self._seen = seen
            self._revision += 1
            self._list = trust_list(
                read_certificates(folders.trusted_certificates),
                read_certificates(folders.issuer_certificates),
                [*read_crls(folders.trusted_crls), *read_crls(folders.issuer_crls)],
            )
        return self._list

    def reject(self, certificate: bytes) -> bool:
        """Keep an unknown certificate for `opcua-ml trust accept`; its file is named by its hash alone.

        Never raises: a full disk must not change what the peer is told. Certificates beyond
        `MOST_REJECTED_PER_MINUTE` are only counted, so that a flood of them does not wear out the disk.

        Returns:
            Whether it was not among the rejected before, and now is.
        """
        if not 0 < len(certificate) <= LARGEST_CERTIFICATE:
            return False
        path = self.folders.rejected / f"{hashlib.sha256(certificate).hexdigest()}.der"
        try:
            if path.exists():
                return False
            if not self._may_write():
                self.dropped_rejections += 1
                return False
            self._make_room()
            # Strangers must not make the event loop wait for the disk; their certificates come again.
            write_atomically(path, certificate, durable=False)
        except OSError as error:
            _log.warning("a rejected certificate could not be kept", file=str(path), why=str(error))
            return False
        return True

    def _may_write(self) -> bool:
        now = self._monotonic()
        while self._rejections and now - self._rejections[0] > 60.0:
            self._rejections.popleft()
        if len(self._rejections) >= MOST_REJECTED_PER_MINUTE:
            return False
        self._rejections.append(now)
        return True

    def _make_room(self) -> None:
        held = [(file.stat().st_mtime_ns, file) for file in self.folders.rejected.glob("*.der")]
        held.sort(key=lambda item: item[0])
        for _, file in held[: max(0, len(held) - MOST_REJECTED + 1)]:
            file.unlink(missing_ok=True)
