"""The namespace as a whole; its types are described in `data_types`, `object_types` and `states`."""

from __future__ import annotations

from nodesets.design import Child

NAMESPACE_URI = "urn:opcua-ml:UA"
VERSION = "1.0.0"
PUBLICATION_DATE = "2026-11-21T00:00:00Z"
REQUIRED = ("http://opcfoundation.org/UA/", "1.05.02", "2022-11-01T00:00:00Z")

METADATA = Child(
    NAMESPACE_URI,
    "What clients may rely on in this namespace.",
    kind="Object",
    type="NamespaceMetadataType",
    rule="",
    children=tuple(
        Child(
            name,
            words,
            type="PropertyType",
            data_type=data_type,
            rank=rank,
            rule="",
            reference="HasProperty",
            standard=True,
            value=value,
        )
        for name, data_type, rank, value, words in (
            (
                "NamespaceUri",
                "String",
                -1,
                f"<uax:String>{NAMESPACE_URI}</uax:String>",
                "Its URI.",
            ),
            (
                "NamespaceVersion",
                "String",
                -1,
                f"<uax:String>{VERSION}</uax:String>",
                "Version of the types.",
            ),
            (
                "NamespacePublicationDate",
                "DateTime",
                -1,
                f"<uax:DateTime>{PUBLICATION_DATE}</uax:DateTime>",
                "When this version was published.",
            ),
            ("IsNamespaceSubset", "Boolean", -1, "<uax:Boolean>false</uax:Boolean>", "All types are here."),
            (
                "StaticNodeIdTypes",
                "IdType",
                1,
                "<uax:ListOfInt32><uax:Int32>0</uax:Int32></uax:ListOfInt32>",
                "Numeric NodeIds are the same on all servers.",
            ),
            (
                "StaticNumericNodeIdRange",
                "NumericRange",
                1,
                "<uax:ListOfString><uax:String>1001:7999</uax:String></uax:ListOfString>",
                "Numbers that are the same on all servers.",
            ),
            ("StaticStringNodeIdPattern", "String", -1, "", "There are no string NodeIds here."),
        )
    ),
)
