"""Every endpoint with every kind of token, right and wrong, over real sockets."""

from __future__ import annotations

import asyncio
import threading
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from asyncua.ua.status_codes import StatusCodes

from opcua_ml.config.server import AnonymousAccess, SecurityMode, SecurityPolicy
from opcua_ml.opcua.audit.record import AuditKind
from opcua_ml.opcua.identity.certificates.certificate import parse_certificate
from opcua_ml.opcua.identity.users import password_check, password_login
from tests.integration.identity.site import ANNA, GOOD, PASSWORD, Site, opened_site, outcome, until, valid
from tests.unit.opcua.identity.authority import Issued, key, self_signed

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.asyncio(loop_scope="module")

ENDPOINTS = [(SecurityPolicy.NONE, SecurityMode.SIGN)] + [
    (policy, mode) for policy in SecurityPolicy if policy is not SecurityPolicy.NONE for mode in SecurityMode
]


def user_certificate(number: int, **changes: Any) -> Issued:
    """A certificate as users have them."""
    usage = frozenset({"digital_signature"})
    return self_signed(key(number), valid(**{"name": f"user {number}", "usage": usage, **changes}))


def with_certificate(user: Issued) -> str:
    """The file of users, with anna and with bert, who has this certificate."""
    thumbprint = parse_certificate(user.der).thumbprint
    return f'{ANNA}[users.bert]\nroles = ["Engineer"]\ncertificates = ["{thumbprint}"]\n'


async def test_every_endpoint_takes_every_right_token_and_no_wrong_one(tmp_path: Path) -> None:
    """Seven endpoints, seven tokens each: passwords, certificates and anonymous."""
    bert = user_certificate(30)
    denied = StatusCodes.BadUserAccessDenied
    async with opened_site(tmp_path, users=with_certificate(bert)) as site:
        for policy, mode in ENDPOINTS:
            secured: Any = {"policy": policy, "mode": mode}
            stranger = user_certificate(31)  # another one each time, as the same one would be throttled
            found = [
                await outcome(await site.user_client("anna", **secured)),
                await outcome(await site.user_client("anna", PASSWORD + "x", **secured)),
                await outcome(await site.user_client("nobody", **secured)),
                await outcome(await site.certificate_client(bert, **secured)),
                await outcome(await site.certificate_client(stranger, **secured)),
                await outcome(await site.certificate_client(bert, signer=stranger, **secured)),
                await outcome(await site.client(**secured)),
            ]
            assert found == [
                GOOD,
                denied,
                denied,
                GOOD,
                StatusCodes.BadIdentityTokenRejected,
                StatusCodes.BadUserSignatureInvalid,
                StatusCodes.BadIdentityTokenRejected,
            ], (policy, mode)


@pytest.mark.parametrize("access", [AnonymousAccess.OBSERVER, AnonymousAccess.OPERATOR])
async def test_anonymous_clients_come_in_where_the_configuration_says_so(
    tmp_path: Path, access: AnonymousAccess
) -> None:
    """On endpoints with and without security."""
    async with opened_site(tmp_path, anonymous=access) as opened:
        assert await outcome(await opened.client(SecurityPolicy.NONE)) == GOOD
        assert await outcome(await opened.client()) == GOOD


async def test_an_endpoint_without_security_is_there_only_where_it_is_asked_for(tmp_path: Path) -> None:
    """And then a record says so at the start."""
    async with opened_site(tmp_path, policies=(SecurityPolicy.BASIC256SHA256,)) as site:
        client = await site.user_client("anna", policy=SecurityPolicy.NONE)
        assert await outcome(client) == StatusCodes.BadSecurityModeRejected
        assert {record.kind for record in site.audit.records} <= {
            AuditKind.OPEN_SECURE_CHANNEL,
            AuditKind.CLOSE_SECURE_CHANNEL,
        }
        endpoints = await (await site.client(SecurityPolicy.NONE)).connect_and_get_server_endpoints()
        assert {endpoint.SecurityPolicyUri.rpartition("#")[2] for endpoint in endpoints} == {"Basic256Sha256"}


async def test_passwords_are_encrypted_on_every_endpoint(site: Site) -> None:
    """Also inside encrypted channels and without security, and the ids of the policies differ."""
    endpoints = await (await site.client(SecurityPolicy.NONE)).connect_and_get_server_endpoints()
    assert len(endpoints) == 7
    for endpoint in endpoints:
        assert endpoint.ServerCertificate == site.identity.own.der
        for token in endpoint.UserIdentityTokens:
            assert token.SecurityPolicyUri.rpartition("#")[2] in token.PolicyId
            assert not token.SecurityPolicyUri.endswith("#None")
    assert site.audit.records[0].kind is AuditKind.SECURITY


async def test_a_disabled_user_and_a_user_without_password_look_like_a_wrong_password(tmp_path: Path) -> None:
    """Four causes, one answer."""
    user = user_certificate(30)
    users = ANNA.replace("roles", "enabled = false\nroles") + with_certificate(user).replace(ANNA, "")
    async with opened_site(tmp_path, users=users) as site:
        for name in ("anna", "bert", "nobody"):
            client = await site.user_client(name)
            assert await outcome(client) == StatusCodes.BadUserAccessDenied


@pytest.mark.parametrize("content", ["garbage = ", "[users.anna]\nroles = ['Gott']", ""])
async def test_a_broken_file_of_users_lets_nobody_in(site: Site, content: str) -> None:
    """While the server runs; mended, it lets in again, without a restart."""
    right = site.users_file.read_text()
    assert await outcome(await site.user_client("anna")) == GOOD
    site.users_file.write_text(content)
    assert await outcome(await site.user_client("anna")) == StatusCodes.BadUserAccessDenied
    site.users_file.write_text(right)
    assert await outcome(await site.user_client("anna")) == GOOD


async def test_expired_users_certificates_are_refused(tmp_path: Path) -> None:
    """With the one status that the standard has for tokens; the audit knows the true one."""
    expired = user_certificate(30, valid_to=datetime.now(UTC) - timedelta(hours=1))
    async with opened_site(tmp_path, users=with_certificate(expired)) as site:
        found = await outcome(await site.certificate_client(expired))
        assert found == StatusCodes.BadIdentityTokenRejected
        assert StatusCodes.BadCertificateTimeInvalid in site.audit.statuses


async def test_guessing_is_slowed_down_and_another_application_is_not_locked_out(site: Site) -> None:
    """Five failures; then even the right password has to wait, from that application alone."""
    other = self_signed(key(21), valid())
    site.trust(other)
    for _ in range(5):
        assert await outcome(await site.user_client("bert", "wrong")) == StatusCodes.BadUserAccessDenied
    assert await outcome(await site.user_client("bert")) == StatusCodes.BadUserAccessDenied
    assert any("too many failed logins" in record.message for record in site.audit.records)
    client = await site.user_client("bert", peer=other)
    assert await outcome(client) == GOOD


async def test_logins_and_refusals_are_audited_without_secrets(site: Site) -> None:
    """Who, from where, by what application, and why not."""
    await outcome(await site.user_client("cleo"))
    await outcome(await site.user_client("cleo", "a wrong secret"))
    logins = [record for record in site.audit.records if record.kind is AuditKind.ACTIVATE_SESSION]
    right, wrong = (record for record in logins if record.user == "cleo")
    assert (right.user, right.succeeded, right.address, right.application_uri) == (
        "cleo",
        True,
        "127.0.0.1",
        "urn:plant:hmi",
    )
    assert right.certificate == site.hmi.der
    assert not wrong.succeeded
    assert PASSWORD not in repr(site.audit.records)
    assert "a wrong secret" not in repr(site.audit.records)


async def test_a_remembered_password_is_audited_like_any_and_worth_nothing_when_its_user_is_disabled(
    tmp_path: Path,
) -> None:
    """The second login differs from the first in nothing but the work behind it."""
    async with opened_site(tmp_path) as own:
        for _ in range(2):
            assert await outcome(await own.user_client("anna")) == GOOD
        own.users_file.write_text(f"{ANNA}enabled = false\n")
        assert await outcome(await own.user_client("anna")) == StatusCodes.BadUserAccessDenied
        logins = [record for record in own.audit.records if record.kind is AuditKind.ACTIVATE_SESSION]
        first, again, disabled = ((one.message, one.user, one.status, one.certificate) for one in logins)
        assert first == again
        assert disabled[2] == StatusCodes.BadUserAccessDenied


async def test_a_server_ends_while_passwords_wait_for_a_processor(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither the one that is checked nor those behind it hold up its end."""
    gate, checked = threading.Event(), threading.Event()

    def never_ends(*_: object) -> bool:
        checked.set()
        return gate.wait(60)

    monkeypatch.setattr(password_check, "CLOSING_S", 0.1)
    monkeypatch.setattr(password_login, "password_matches", never_ends)
    try:
        async with opened_site(tmp_path) as own:
            clients = [await own.user_client("anna", f"{PASSWORD} {number}") for number in range(3)]
            logins = [asyncio.ensure_future(client.connect()) for client in clients]
            await until(lambda: checked.is_set() and len(own.server.iserver.sessions) == 3)
            begun = time.monotonic()
        assert time.monotonic() - begun < 8
        results = await asyncio.gather(*logins, return_exceptions=True)
        assert all(isinstance(result, Exception) for result in results)
    finally:
        gate.set()
