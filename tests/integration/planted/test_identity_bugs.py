"""Certificates, tokens and users with a planted bug fail the test that is there for it: classes 5 to 8."""

from __future__ import annotations

from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.asymmetric import padding

from opcua_ml.opcua.identity.certificates import certificate_validation
from opcua_ml.opcua.identity.certificates.trust_list import TrustList
from opcua_ml.opcua.identity.users import login_source, user_secret, users
from opcua_ml.opcua.identity.users.login_throttle import LoginThrottle
from opcua_ml.opcua.identity.users.password_login import PasswordLogin
from opcua_ml.opcua.identity.users.user_file import UserFileInvalid, read_users
from tests.integration.planted.planting import replaced
from tests.unit.opcua.identity.authority import root
from tests.unit.opcua.identity.certificates import (
    test_certificate_chain_and_revocation,
    test_certificate_validation,
)
from tests.unit.opcua.identity.users import (
    test_login_throttle,
    test_password_login,
    test_user_secret,
    test_users,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from opcua_ml.opcua.identity.certificates.certificate import Certificate

VALIDATION, CHAIN = test_certificate_validation, test_certificate_chain_and_revocation


@dataclass(frozen=True)
class Planted:
    """One bug: its class and what is wrong, the patch, the test that has to fail, arguments for it."""

    label: str
    plant: Callable[[pytest.MonkeyPatch], None]
    test: Callable[..., None]
    arguments: tuple[Any, ...] = ()


def without(step: str) -> Callable[[pytest.MonkeyPatch], None]:
    """One step of the validation is left out."""
    return replaced(certificate_validation, step, lambda *_, **__: None)


def trusted_by_name(self: TrustList, shown: Certificate) -> bool:
    """Whose subject is in the list is trusted."""
    return bool(self.issuers_named(shown.subject))


def old_encryption(key: Any, secret: bytes) -> bytes:
    """PKCS#1 v1.5 is opened, too."""
    plain: bytes = key.decrypt(secret, padding.PKCS1v15())
    return plain


def weak_algorithms(patch: pytest.MonkeyPatch) -> None:
    """SHA-1 signs what a policy wants signed."""
    sha1 = "http://www.w3.org/2000/09/xmldsig#rsa-sha1"
    weak = [replace(one, signature=sha1) for one in test_user_secret.POLICIES]
    patch.setattr(test_user_secret, "POLICIES", weak)


IDENTITY_BUGS = (
    Planted(
        "5 weak keys pass",
        without("_check_policy"),
        VALIDATION.test_keys_outside_the_policies_lengths_are_refused,
        (1024,),
    ),
    Planted(
        "5 our own certificate passes",
        without("_check_not_ourselves"),
        VALIDATION.test_our_own_certificate_as_a_peer_is_refused,
    ),
    Planted(
        "5 anybody is trusted", without("_check_trusted"), VALIDATION.test_an_unknown_certificate_is_untrusted
    ),
    Planted(
        "5 names are trusted",
        replaced(TrustList, "trusts", trusted_by_name),
        VALIDATION.test_the_subject_of_a_trusted_certificate_with_another_key_is_untrusted,
    ),
    Planted(
        "5 time does not count",
        without("_check_times"),
        VALIDATION.test_expired_and_not_yet_valid_certificates_are_told_apart_from_untrusted_ones,
    ),
    Planted(
        "5 the host does not count",
        without("_check_host"),
        VALIDATION.test_a_server_under_another_host_is_refused,
        ("plc2",),
    ),
    Planted(
        "5 the ApplicationUri does not count",
        without("_check_uri"),
        VALIDATION.test_another_application_uri_is_refused,
    ),
    Planted(
        "5 usages do not count",
        without("_check_usage"),
        VALIDATION.test_an_application_needs_all_four_key_usages,
        ("digital_signature",),
    ),
    Planted(
        "5 revocation does not count",
        without("_check_revocation"),
        CHAIN.test_a_revoked_certificate_is_refused,
        (root(),),
    ),
    Planted(
        "6 the nonce is not compared",
        replaced(user_secret, "hmac", SimpleNamespace(compare_digest=lambda *_: True)),
        test_user_secret.test_whatever_is_wrong_in_the_envelope_there_is_no_password,
        (test_user_secret.envelope(b"password", nonce=bytes(32)),),
    ),
    Planted(
        "7 PKCS#1 v1.5 is opened",
        lambda _: None,
        test_user_secret.test_what_is_encrypted_otherwise_is_not_opened,
        (replace(test_user_secret.POLICIES[0], decrypt=old_encryption),),
    ),
    Planted(
        "7 SHA-1 signs",
        weak_algorithms,
        test_user_secret.test_no_policy_secures_tokens_by_sha1_signatures_or_pkcs1_encryption,
    ),
    Planted(
        "8 guessing stays fast",
        replaced(LoginThrottle, "_blocking", lambda *_: None),
        test_login_throttle.test_a_few_mistakes_are_free_and_then_the_pauses_double,
    ),
    Planted(
        "8 others are locked out",
        replaced(login_source, "_network", lambda _: "everywhere"),
        test_login_throttle.test_an_attacker_elsewhere_does_not_lock_a_user_out,
    ),
)


@pytest.mark.parametrize("planted", IDENTITY_BUGS, ids=lambda planted: planted.label)
def test_a_planted_bug_is_caught(planted: Planted, monkeypatch: pytest.MonkeyPatch) -> None:
    """The test of its class passes without it elsewhere in this suite, and fails with it here."""
    assert planted.test.__name__.startswith("test_")
    with monkeypatch.context() as patch:
        planted.plant(patch)
        with pytest.raises((AssertionError, pytest.fail.Exception)):
            planted.test(*planted.arguments)


def test_a_file_of_users_that_keeps_counting_when_it_is_broken_is_caught(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """13: what stood there before still lets people in."""
    held: list[Any] = [{}]

    def lenient(path: Path) -> Any:
        try:
            held[0] = read_users(path)
        except (UserFileInvalid, OSError):
            return held[0]
        return held[0]

    monkeypatch.setattr(users, "read_users", lenient)
    file = tmp_path / "users.toml"
    file.write_text(test_users.GOOD)
    with pytest.raises(AssertionError):
        test_users.test_a_changed_file_counts_without_a_restart(file)


async def test_a_login_that_tells_users_apart_is_caught(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """7: an unknown user is answered without any work, which takes another time."""
    matches = PasswordLogin._matches  # noqa: SLF001 - a bug is planted inside

    async def hasty(self: PasswordLogin, *given: Any) -> bool:
        _login, _attempt, _name, stored, _password = given
        return stored is not None and await matches(self, *given)

    monkeypatch.setattr(PasswordLogin, "_matches", hasty)
    login = test_password_login.patient_login(tmp_path)
    try:
        with pytest.raises(AssertionError):
            await test_password_login.test_all_wrong_logins_take_the_same_time(login)
    finally:
        await login.close()
