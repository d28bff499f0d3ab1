"""One running site for all tests of a module: opening one takes a second."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest_asyncio

from tests.integration.identity.site import HASH, Site, opened_site

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import pytest

# One user per test that fails to log in, as failures are counted per user.
USERS = "".join(
    f'[users.{name}]\nroles = ["Operator"]\npassword = "{HASH}"\n'
    for name in ("anna", "bert", "cleo", "dora", "emil", "fritz", "gerd", "hans", "ida", "jana")
)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    """A site with ten operators and one trusted client, the HMI."""
    async with opened_site(tmp_path_factory.mktemp("site"), users=USERS) as opened:
        yield opened
