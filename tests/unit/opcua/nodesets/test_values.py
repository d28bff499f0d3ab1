"""Values of NodeSet2 files in their XML encoding.

Source: OPC UA Part 6, 5.3.1.17 (Variant).
"""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest
from asyncua import ua

from opcua_ml.opcua.nodesets.numbering import Numbering
from opcua_ml.opcua.nodesets.structures import Structures
from opcua_ml.opcua.nodesets.values import ValueReader


@pytest.mark.parametrize(
    ("content", "kind", "value"),
    [
        ("<Value/>", ua.VariantType.Null, None),
        ("", ua.VariantType.Null, None),
        ("<Value><Int32>7</Int32></Value>", ua.VariantType.Int32, 7),
        ("<Int32>7</Int32>", ua.VariantType.Int32, 7),
    ],
)
def test_a_variant_is_read_with_and_without_a_value(
    content: str, kind: ua.VariantType, value: object
) -> None:
    """An empty Value is null."""
    text = f'<Variant xmlns="http://opcfoundation.org/UA/2008/02/Types.xsd">{content}</Variant>'
    reader = ValueReader(Numbering([0], {}, "file"), Structures({}))
    found = reader.value("Variant", ET.fromstring(text))  # noqa: S314 - ours
    assert (found.VariantType, found.Value) == (kind, value)
