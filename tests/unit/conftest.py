"""Fixtures of the unit tests."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def official_nodesets() -> Path:
    """The OPC Foundation's nodesets and tables: OPCUA_ML_NODESETS, or a folder beside the checkout."""
    folder = Path(os.environ.get("OPCUA_ML_NODESETS", CHECKOUT.parent / "shared" / "nodesets"))
    if not folder.is_dir():
        pytest.skip("the official nodesets are not here: set OPCUA_ML_NODESETS to their folder")
    return folder
