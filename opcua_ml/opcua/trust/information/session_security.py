"""SessionSecurityDiagnosticsDataType as the standard has it.

asyncua takes this structure's field Encoding, a String, for a mask of optional fields and can neither write
nor read it; this type takes its place in asyncua's register of structures.

Source: OPC UA Part 5, 12.12.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from asyncua import ua
from asyncua.ua.object_ids import ObjectIds

from opcua_ml.opcua.trust.ground.ua_values import node_id


@dataclass
class SessionSecurityDiagnostics:
    """Who is behind a session; the fields in the standard's order, Encoding as EncodingName."""

    data_type = node_id(ObjectIds.SessionSecurityDiagnosticsDataType)

    SessionId: ua.NodeId = field(default_factory=ua.NodeId)
    ClientUserIdOfSession: ua.String = field(default_factory=ua.String)
    ClientUserIdHistory: list[ua.String] = field(default_factory=list)
    AuthenticationMechanism: ua.String = field(default_factory=ua.String)
    EncodingName: ua.String = field(default_factory=ua.String)
    TransportProtocol: ua.String = field(default_factory=ua.String)
    SecurityMode: ua.MessageSecurityMode = ua.MessageSecurityMode.Invalid
    SecurityPolicyUri: ua.String = field(default_factory=ua.String)
    ClientCertificate: ua.ByteString = None  # type: ignore[assignment]


_register: Any = ua.register_extension_object
_register(
    "SessionSecurityDiagnosticsDataType",
    node_id(ObjectIds.SessionSecurityDiagnosticsDataType_Encoding_DefaultBinary),
    SessionSecurityDiagnostics,
    node_id(ObjectIds.SessionSecurityDiagnosticsDataType),
)
