"""Sessions that stand end when their user or their application is no longer let in, and no others do."""

from __future__ import annotations

from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from opcua_ml.opcua.audit.record import AuditKind
from opcua_ml.opcua.identity.certificates.certificate import parse_certificate
from opcua_ml.opcua.identity.users.password_hash import hash_password
from tests.integration.identity.site import HASH, Site, opened_site, until, valid
from tests.unit.opcua.identity.authority import Issued, key, self_signed

if TYPE_CHECKING:
    from pathlib import Path

ANNA = f'[users.anna]\nroles = ["Operator"]\npassword = "{HASH}"\n'
BERT = f'[users.bert]\nroles = ["Operator"]\npassword = "{HASH}"\n'
CARD_USAGE = frozenset({"digital_signature"})
CARD = self_signed(key(30), valid(name="cleo", usage=CARD_USAGE))
CLEO = f'[users.cleo]\nroles = ["Operator"]\ncertificates = ["{parse_certificate(CARD.der).thumbprint}"]\n'


def users_of(site: Site) -> set[str]:
    """Who has a session."""
    return {session.caller.identity.name for session in site.server.iserver.sessions}


async def until_left(site: Site, *names: str) -> None:
    """Wait until these users, and no others, have sessions."""
    await until(lambda: users_of(site) == set(names))


async def logged_in(site: Site, stack: AsyncExitStack) -> None:
    """Anna and Bert by password, Cleo by certificate; who is thrown out need not say goodbye."""
    clients = [await site.user_client(name) for name in ("anna", "bert")]
    for client in (*clients, await site.certificate_client(CARD)):
        await client.connect()
        stack.callback(client.disconnect_socket)
    assert users_of(site) == {"anna", "bert", "cleo"}


@pytest.mark.parametrize(
    "anna",
    [
        pytest.param("", id="removed"),
        pytest.param(ANNA.replace("roles", "enabled = false\nroles"), id="disabled"),
        pytest.param(ANNA.replace("Operator", "Observer"), id="other Roles"),
        pytest.param(ANNA.replace(HASH, hash_password("another long password")), id="other password"),
    ],
)
async def test_the_sessions_of_a_user_end_when_the_user_has_changed(tmp_path: Path, anna: str) -> None:
    """The others' stay; the audit says why."""
    async with opened_site(tmp_path, users=ANNA + BERT + CLEO) as site, AsyncExitStack() as stack:
        await logged_in(site, stack)
        site.users_file.write_text(anna + BERT + CLEO)
        await until_left(site, "bert", "cleo")
        (ended,) = [one for one in site.audit.records if "no longer let in" in one.message]
        assert (ended.kind, ended.user) == (AuditKind.SECURITY, "anna")
        assert ended.session_id


async def test_a_session_by_certificate_ends_when_the_user_no_longer_has_it(tmp_path: Path) -> None:
    """A lost card is taken from its user, who stays."""
    async with opened_site(tmp_path, users=ANNA + BERT + CLEO) as site, AsyncExitStack() as stack:
        await logged_in(site, stack)
        another = CLEO.replace(parse_certificate(CARD.der).thumbprint, "1" * 64)
        site.users_file.write_text(ANNA + BERT + another)
        await until_left(site, "anna", "bert")


async def test_sessions_end_when_their_application_is_no_longer_trusted(tmp_path: Path) -> None:
    """All of its users', and none of another application's."""
    async with opened_site(tmp_path, users=ANNA + BERT + CLEO) as site, AsyncExitStack() as stack:
        other = self_signed(key(31), valid())
        site.trust(other)
        await logged_in(site, stack)
        client = await site.user_client("bert", peer=other)
        await client.connect()
        stack.callback(client.disconnect_socket)
        untrust(site, site.hmi)
        await until(lambda: len(site.server.iserver.sessions) == 1)
        (left,) = site.server.iserver.sessions
        assert left.peer is not None
        assert left.peer.certificate == other.der


async def test_nobody_is_thrown_out_for_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    """It says nothing of who may stay; that the review ran is seen by an application's lost trust."""
    async with opened_site(tmp_path, users=ANNA + BERT + CLEO) as site, AsyncExitStack() as stack:
        await logged_in(site, stack)
        other = self_signed(key(32), valid())
        site.trust(other)
        last = await site.user_client("bert", peer=other)
        await last.connect()
        stack.callback(last.disconnect_socket)
        site.users_file.write_text("[users.anna")
        untrust(site, other)
        await until(lambda: len(site.server.iserver.sessions) == 3)
        assert users_of(site) == {"anna", "bert", "cleo"}
        site.users_file.write_text(ANNA + CLEO)
        await until_left(site, "anna", "cleo")


def untrust(site: Site, peer: Issued) -> None:
    """Take the peer out of the trusted."""
    for file in site.folders.trusted_certificates.iterdir():
        if parse_certificate(file.read_bytes()).der == peer.der:
            file.unlink()


async def test_sessions_end_when_their_applications_certificate_expires(tmp_path: Path) -> None:
    """At that moment, and no other application's."""
    clock = ShiftedClock()
    async with opened_site(tmp_path, users=ANNA + BERT + CLEO, now=clock) as site, AsyncExitStack() as stack:
        await logged_in(site, stack)
        short = self_signed(key(33), valid(valid_to=datetime.now(UTC) + timedelta(days=2)))
        site.trust(short)
        client = await site.user_client("bert", peer=short)
        await client.connect()
        stack.callback(client.disconnect_socket)
        assert len(site.server.iserver.sessions) == 4
        clock.days = 3
        await until(lambda: len(site.server.iserver.sessions) == 3)
        (ended,) = [one for one in site.audit.records if "no longer let in" in one.message]
        assert ended.certificate == short.der


async def test_a_session_ends_when_its_users_certificate_expires(tmp_path: Path) -> None:
    """The application's certificate lives on, and with it the sessions of other users."""
    clock = ShiftedClock()
    card = self_signed(
        key(34), valid(name="dora", usage=CARD_USAGE, valid_to=datetime.now(UTC) + timedelta(days=2))
    )
    dora = CLEO.replace("cleo", "dora").replace(
        parse_certificate(CARD.der).thumbprint, parse_certificate(card.der).thumbprint
    )
    async with (
        opened_site(tmp_path, users=ANNA + BERT + CLEO + dora, now=clock) as site,
        AsyncExitStack() as stack,
    ):
        await logged_in(site, stack)
        client = await site.certificate_client(card)
        await client.connect()
        stack.callback(client.disconnect_socket)
        assert users_of(site) == {"anna", "bert", "cleo", "dora"}
        clock.days = 3
        await until_left(site, "anna", "bert", "cleo")


class ShiftedClock:
    """The wall clock, some days ahead."""

    def __init__(self) -> None:
        self.days = 0

    def __call__(self) -> datetime:
        """The time shown."""
        return datetime.now(UTC) + timedelta(days=self.days)
