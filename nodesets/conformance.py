"""Our conformance units: what of our types goes together, so that servers can say what they have of it.

A unit is the Category of its nodes (OPC UA Part 6, F.2); servers list the units that they support in
ServerCapabilities.ConformanceUnits (Part 5, 6.3.2).
"""

from __future__ import annotations

MODELS = "Machine Learning Models"
DIAGNOSTICS = "Machine Learning Diagnostics"
SOURCES = "Machine Learning Sources"
HANDSHAKE = "Machine Learning Handshake"
VERSIONS = "Machine Learning Versions"
ALARMS = "Machine Learning Alarms"

_BY_TYPE = {
    "DiagnosticsType": DIAGNOSTICS,
    "LatencyType": DIAGNOSTICS,
    "QueueType": DIAGNOSTICS,
    "SourceType": SOURCES,
    "ConnectionStateEnumeration": SOURCES,
    "HandshakeType": HANDSHAKE,
    "VersionType": VERSIONS,
    "VersionsType": VERSIONS,
    "MonitoringType": ALARMS,
    "ExclusiveOutputAlarmType": ALARMS,
    "NonExclusiveOutputAlarmType": ALARMS,
    "OffNormalOutputAlarmType": ALARMS,
}
_BY_MEMBER = {
    "ModelType_Diagnostics": DIAGNOSTICS,
    "ModelType_Handshake": HANDSHAKE,
    "ModelType_Monitoring": ALARMS,
    "MachineLearningType_Sources": SOURCES,
    "ModelType_Versions": VERSIONS,
    **{
        f"ModelType_{name}": VERSIONS
        for name in (
            *("Stage", "StartShadow", "StartCanary", "Promote", "Confirm", "Rollback"),
            *("Retire", "Pause", "Resume"),
        )
    },
}


def unit_of(symbol: str) -> str:
    """The unit of a node, by its symbol; empty for the namespace's own metadata."""
    if symbol.startswith("NamespaceMetadata"):
        return ""
    parts = symbol.split("_")
    return _BY_MEMBER.get("_".join(parts[:2])) or _BY_TYPE.get(parts[0], MODELS)
