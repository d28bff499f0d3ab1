"""Whether the PLC's certificate is still believed while its session stands."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from opcua_ml.domain.errors import ConnectionRefused
from opcua_ml.domain.wording import sentence
from opcua_ml.opcua.plc.failure import SessionFailed
from opcua_ml.opcua.plc.security import believed

if TYPE_CHECKING:
    from opcua_ml.opcua.plc.security import ShownCertificate
    from opcua_ml.opcua.plc.settings import PlcSettings

PERIOD_SECONDS = 0.5
"""Between two looks at the trust store; a look costs one stat per file of it."""


async def watch_trust(shown: ShownCertificate | None, settings: PlcSettings) -> None:
    """Check the certificate again whenever the trust store has changed, until cancelled.

    Once nothing has changed for a period: a file that is being saved is empty for a moment.

    Args:
        shown: what the PLC was believed by; without security there is nothing to watch.
        settings: of the connection.

    Raises:
        SessionFailed: the certificate is no longer believed.
    """
    security = settings.security
    if shown is None or security.identity is None:
        return
    store = security.identity.certificates.store
    seen = checked = store.revision
    while True:
        await asyncio.sleep(PERIOD_SECONDS)
        before, seen = seen, store.revision
        if seen == before != checked:
            checked = before
            try:
                believed(shown.sent, shown.application_uri, security, settings.endpoint)
            except ConnectionRefused as refused:
                words = sentence("trust was withdrawn: {reason}", reason=refused.sentence)
                raise SessionFailed(words) from refused
