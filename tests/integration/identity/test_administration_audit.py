"""What administrators change while the service runs is recorded: users, Roles, trust; never a secret."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opcua_ml.opcua.identity.certificates.certificate import parse_certificate
from opcua_ml.opcua.identity.rights.roles import Role
from opcua_ml.opcua.identity.users.password_hash import hash_password
from opcua_ml.opcua.identity.users.user_administration import add_user
from tests.integration.identity.site import ANNA, HASH, PASSWORD, Site, opened_site, until, valid
from tests.unit.opcua.identity.authority import key, self_signed

if TYPE_CHECKING:
    from pathlib import Path


def told(site: Site) -> list[str]:
    """Messages of the records of what was changed, in order."""
    return [one.message for one in site.audit.administration]


async def test_users_that_come_change_and_go_are_recorded(tmp_path: Path) -> None:
    """By their names, with what is different."""
    async with opened_site(tmp_path) as site:
        add_user(site.users_file, "bert", [Role.OBSERVER], password=PASSWORD)
        await until(lambda: "user added: bert, Roles Observer" in told(site))
        changed = ANNA.replace("Operator", "Engineer").replace(HASH, hash_password("another long password"))
        site.users_file.write_text(changed)
        await until(lambda: "user changed: anna: Roles Engineer, another password" in told(site))
        assert "user removed: bert" in told(site)
        site.users_file.write_text(changed.replace("roles", "enabled = false\nroles"))
        await until(lambda: "user changed: anna: disabled" in told(site))
        assert "argon2" not in "".join(told(site))


async def test_a_file_of_users_that_breaks_is_recorded_once_and_changes_nobody(tmp_path: Path) -> None:
    """What it says once it is right again is held against what it said before."""
    async with opened_site(tmp_path) as site:
        site.users_file.write_text("[users.anna\n")
        await until(lambda: any(one.startswith("nobody is a user any more: ") for one in told(site)))
        site.users_file.write_text(ANNA.replace("Operator", "Observer"))
        await until(lambda: "user changed: anna: Roles Observer" in told(site))
        assert not any(one.startswith(("user added", "user removed")) for one in told(site))


async def test_trust_given_and_taken_is_recorded(tmp_path: Path) -> None:
    """By the certificate's SHA-256, as `opcua-ml trust list` shows it."""
    peer = self_signed(key(41), valid())
    thumbprint = parse_certificate(peer.der).thumbprint
    async with opened_site(tmp_path) as site:
        site.trust(peer)
        await until(lambda: f"certificate trusted: {thumbprint}" in told(site))
        for file in site.folders.trusted_certificates.iterdir():
            if file.read_bytes() == peer.der:
                file.unlink()
        await until(lambda: f"certificate no longer trusted: {thumbprint}" in told(site))
