"""The audit as the configuration wants it, and its alarm on the event loop."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

from opcua_ml.opcua.audit.log_file import Durability, LogSettings
from opcua_ml.opcua.audit.site_audit import SiteAudit

if TYPE_CHECKING:
    from collections.abc import Callable

    from opcua_ml.config import AuditSection
    from opcua_ml.opcua.audit.log import AuditLogState

_MEGABYTE = 1024 * 1024


class AuditAlarm:
    """Carries the alarm of the log from its thread to whom it concerns; made on the event loop."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._problem = ""
        self._told: Callable[[str], None] | None = None

    def __call__(self, state: AuditLogState) -> None:
        """Take how the log fares, in any thread."""
        with suppress(RuntimeError):  # the loop has ended: there is nobody left to tell
            self._loop.call_soon_threadsafe(self._take, state)

    def tell(self, told: Callable[[str], None]) -> None:
        """Tell the problem from now on, also the one there is; empty where there is none.

        The words are for clients: why the disk refuses stands in the service's own log.
        """
        self._told = told
        told(self._problem)

    def _take(self, state: AuditLogState) -> None:
        self._problem = "" if state.healthy else "the audit log can't be written"
        if self._told is not None:
            self._told(self._problem)


def site_audit(section: AuditSection, alarm: AuditAlarm) -> SiteAudit:
    """The audit, to be entered; without a log where none is wanted."""
    if not section.enabled:
        return SiteAudit(None)
    settings = LogSettings(
        section.folder,
        largest_file=section.file_size_mb * _MEGABYTE,
        most_files=section.most_files,
        durability=Durability(section.durability.value),
    )
    return SiteAudit(settings, on_alarm=alarm)
