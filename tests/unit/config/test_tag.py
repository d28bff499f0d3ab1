"""Nodes in text form: by URI, never by number."""

from __future__ import annotations

import base64
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from opcua_ml.config import NodeAddress, PlcSection, Tag
from opcua_ml.config.tag import split_node

URIS = st.text(min_size=1, max_size=50).filter(lambda uri: not uri.isspace())
IDENTIFIERS = st.one_of(
    st.text(min_size=1, max_size=50).map(lambda text: f"s={text}"),
    st.integers(0, 2**32 - 1).map(lambda number: f"i={number}"),
    st.uuids().map(lambda guid: f"g={guid}"),
    st.binary(min_size=1, max_size=50).map(lambda data: f"b={base64.b64encode(data).decode()}"),
)


@given(URIS, IDENTIFIERS)
def test_an_address_reads_back_as_written(uri: str, identifier: str) -> None:
    """Whatever characters the namespace has, also those that separate the parts."""
    text = str(NodeAddress(uri, identifier))
    assert split_node(text) == (uri, identifier)
    assert Tag(plc="p", node=text).node == text


@given(IDENTIFIERS)
def test_the_short_form_means_the_same_as_the_table(identifier: str) -> None:
    """A PLC's name has no colon, so the first one separates."""
    assert Tag.model_validate(f"pump:{identifier}") == Tag(plc="pump", node=identifier)


@pytest.mark.parametrize(
    "node",
    [
        "",
        "Pump.Flow",
        "ns=2;s=Pump.Flow",
        "s=",
        "i=-1",
        "i=4294967296",
        "i=\u0661",
        "g=12",
        "b=*",
        "nsu=;s=x",
        "nsu=urn:x",
        "x=1",
        f"s={'x' * 4097}",
    ],
)
def test_what_is_no_node_is_refused(node: str) -> None:
    """A namespace number above all, as it changes when the PLC restarts."""
    with pytest.raises(ValidationError):
        Tag(plc="p", node=node)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("i=5", "i=005"),
        ("g=09087E75-8E5E-499B-954F-F2A9603DB28A", "g=09087e758e5e499b954ff2a9603db28a"),
        ("nsu=urn:x;i=5", "nsu=urn%3Ax;i=05"),
    ],
)
def test_equal_nodes_are_equal_however_they_are_written(one: str, other: str) -> None:
    """Else a tag could get two writers unseen."""
    assert Tag(plc="p", node=one) == Tag(plc="p", node=other)


def test_a_node_without_namespace_takes_the_plc_s() -> None:
    """One that names its own keeps it."""
    plc = PlcSection(endpoint="opc.tcp://h:4840", namespace_uri="urn:a")
    assert plc.address("i=5") == NodeAddress("urn:a", "i=5")
    assert plc.address(f"nsu=urn:b;g={uuid.UUID(int=1)}").namespace_uri == "urn:b"
