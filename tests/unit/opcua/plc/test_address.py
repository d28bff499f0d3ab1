"""Tag addresses: named by URI, the same after every round trip, refused in one sentence."""

from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opcua_ml.domain.errors import TagError
from opcua_ml.opcua.plc.address import TagAddress

URI = "urn:plant:line1"

uris = st.text(st.characters(codec="utf-8"), min_size=1, max_size=40)
texts = st.text(st.characters(codec="utf-8"), min_size=1, max_size=60)
indices = st.lists(st.integers(0, 10**9 - 1), max_size=3).map(tuple)
numbers = st.integers(0, 2**32 - 1)
identifiers = st.one_of(numbers, texts, st.uuids(), st.binary(min_size=1, max_size=40))


@given(uris, identifiers, indices)
def test_every_address_survives_its_text_form(
    uri: str, identifier: int | str | UUID | bytes, index: tuple[int, ...]
) -> None:
    """Whatever a PLC names its nodes: special characters, brackets, GUIDs, opaque bytes."""
    address = TagAddress(uri, identifier, index)
    assert TagAddress.parse(str(address)) == address


@given(st.text(max_size=60))
def test_no_text_ends_in_anything_but_an_address_or_a_tag_error(text: str) -> None:
    """The parser has no other way out."""
    try:
        address = TagAddress.parse(text, URI)
    except TagError:
        return
    assert TagAddress.parse(str(address)) == address


@pytest.mark.parametrize(("text", "expected"), [
    ("s=Pump.Flow", TagAddress(URI, "Pump.Flow")),
    ("i=42", TagAddress(URI, 42)),
    ("i=42[3]", TagAddress(URI, 42, (3,))),
    ("g=72962b91-fa75-4ae6-8d28-b404dc7daf63", TagAddress(URI, UUID("72962b91-fa75-4ae6-8d28-b404dc7daf63"))),
    ("b=AQID", TagAddress(URI, b"\x01\x02\x03")),
    ("s=levels[3]", TagAddress(URI, "levels", (3,))),
    ("s=matrix[1,2]", TagAddress(URI, "matrix", (1, 2))),
    ('s="DB"."levels"[0]', TagAddress(URI, '"DB"."levels"', (0,))),
    ("s=no[element]", TagAddress(URI, "no[element]")),
    ("s=odd[007]", TagAddress(URI, "odd[007]")),
    ("s=[3]", TagAddress(URI, "[3]")),
    ("nsu=urn:other;s=a;b=c", TagAddress("urn:other", "a;b=c")),
    ("nsu=urn:semi%3Bcolon;i=1", TagAddress("urn:semi;colon", 1)),
])  # fmt: skip
def test_texts_name_what_they_should(text: str, expected: TagAddress) -> None:
    """The forms of Part 6, and elements of arrays; what comes back is what was written."""
    address = TagAddress.parse(text, URI)
    assert address == expected
    assert str(address) == (text if text.startswith("nsu=") else f"nsu={URI};{text}")


@pytest.mark.parametrize(("text", "what"), [
    ("ns=3;s=Pump", "a namespace index changes when the PLC restarts"),
    ("Pump", "not a tag's address"),
    ("s=", "not a tag's address"),
    ("i=-1", "not a tag's address"),
    ("i=4294967296", "not a tag's address"),
    ("i=²", "not a tag's address"),
    ("g=nothing", "not a tag's address"),
    ("b=!", "not a tag's address"),
    ("nsu=;s=a", "the tag's namespace is not known"),
    ("s=" + "x" * 4097, "the identifier is too long"),
])  # fmt: skip
def test_what_is_no_address_is_refused_in_words(text: str, what: str) -> None:
    """With the text itself and with what would be right."""
    with pytest.raises(TagError, match=what) as caught:
        TagAddress.parse(text, URI)
    assert caught.value.where
    assert caught.value.wanted


def test_a_namespace_must_come_from_somewhere() -> None:
    """Neither the text nor the PLC names one."""
    with pytest.raises(TagError, match="namespace is not known"):
        TagAddress.parse("s=Pump")


def test_an_element_may_be_a_node_of_its_own() -> None:
    """The literal identifier is looked for first, then the array."""
    assert TagAddress.parse("s=a[3]", URI).alternatives == (("a[3]", ()), ("a", (3,)))
    assert TagAddress.parse("i=5[3]", URI).alternatives == ((5, (3,)),)
    assert TagAddress.parse("s=a", URI).alternatives == (("a", ()),)
