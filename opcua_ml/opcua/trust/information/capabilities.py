"""ServerCapabilities, filled from the limits that are enforced; what nothing is behind is taken away.

Source: OPC UA Part 5, 6.3.2 (ServerCapabilitiesType), 6.3.11 (OperationLimitsType), 6.3.1 (ServerType).
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from asyncua import ua
from asyncua.ua.object_ids import ObjectIds

from opcua_ml.opcua.texts import known_locales
from opcua_ml.opcua.trust.ground.ua_values import node_id
from opcua_ml.opcua.trust.information.conformance import standard_units
from opcua_ml.opcua.trust.information.values import remove_branch, set_value

if TYPE_CHECKING:
    from opcua_ml.opcua.trust.ground.limits import Limits
    from opcua_ml.opcua.trust.nodes.address_space import PlantAddressSpace

_Ids = ObjectIds
_Type = ua.VariantType
_UINT32: Final = {
    _Ids.Server_ServerCapabilities_MaxArrayLength: "max_array_length",
    _Ids.Server_ServerCapabilities_MaxStringLength: "max_string_length",
    _Ids.Server_ServerCapabilities_MaxByteStringLength: "max_byte_string_length",
    _Ids.Server_ServerCapabilities_MaxSessions: "max_sessions",
    _Ids.Server_ServerCapabilities_MaxSubscriptions: "max_subscriptions",
    _Ids.Server_ServerCapabilities_MaxMonitoredItems: "max_monitored_items",
    _Ids.Server_ServerCapabilities_MaxSubscriptionsPerSession: "max_subscriptions_per_session",
    _Ids.Server_ServerCapabilities_MaxMonitoredItemsPerSubscription: "max_monitored_items_per_subscription",
    _Ids.Server_ServerCapabilities_MaxSelectClauseParameters: "max_select_clauses",
    _Ids.Server_ServerCapabilities_MaxWhereClauseParameters: "max_filter_elements",
    _Ids.Server_ServerCapabilities_MaxMonitoredItemsQueueSize: "max_queue_size",
    _Ids.Server_ServerCapabilities_OperationLimits_MaxNodesPerRead: "max_nodes_per_read",
    _Ids.Server_ServerCapabilities_OperationLimits_MaxNodesPerHistoryReadData: "max_nodes_per_history_read",
    _Ids.Server_ServerCapabilities_OperationLimits_MaxNodesPerHistoryReadEvents: "max_nodes_per_history_read",
    _Ids.Server_ServerCapabilities_OperationLimits_MaxNodesPerWrite: "max_nodes_per_write",
    _Ids.Server_ServerCapabilities_OperationLimits_MaxNodesPerMethodCall: "max_nodes_per_method_call",
    _Ids.Server_ServerCapabilities_OperationLimits_MaxNodesPerBrowse: "max_nodes_per_browse",
    _Ids.Server_ServerCapabilities_OperationLimits_MaxNodesPerRegisterNodes: "max_nodes_per_register",
    _Ids.Server_ServerCapabilities_OperationLimits_MaxNodesPerTranslateBrowsePathsToNodeIds: (
        "max_nodes_per_translate"
    ),
    _Ids.Server_ServerCapabilities_OperationLimits_MaxMonitoredItemsPerCall: "max_monitored_items_per_call",
}
_VERSION_TIME_BEGINS: Final = datetime(2000, 1, 1, tzinfo=UTC)
PROFILES: Final = [
    "http://opcfoundation.org/UA-Profile/Server/EmbeddedUA2017",
    "http://opcfoundation.org/UA-Profile/Server/DataAccess",
    "http://opcfoundation.org/UA-Profile/Server/Methods",
    "http://opcfoundation.org/UA-Profile/Server/StandardEventSubscription",
]
_NOT_OFFERED: Final = (
    _Ids.PublishSubscribe,
    _Ids.Resources,
    _Ids.ServerLog,
    _Ids.Server_UrisVersion,
    _Ids.Server_EstimatedReturnTime,
    _Ids.Server_LocalTime,
    _Ids.Server_SetSubscriptionDurable,
    _Ids.Server_RequestServerStateChange,
    _Ids.ServerConfiguration,
    _Ids.DefaultHAConfiguration,
    _Ids.DefaultHEConfiguration,
    _Ids.WellKnownRole_TrustedApplication,
    _Ids.WellKnownRole_SecurityKeyServerAdmin,
    _Ids.WellKnownRole_SecurityKeyServerAccess,
    _Ids.WellKnownRole_SecurityKeyServerPush,
    _Ids.Server_ServerCapabilities_OperationLimits_MaxNodesPerHistoryUpdateData,
    _Ids.Server_ServerCapabilities_OperationLimits_MaxNodesPerHistoryUpdateEvents,
    _Ids.Server_ServerCapabilities_OperationLimits_MaxNodesPerNodeManagement,
    _Ids.Server_ServerRedundancy_RedundantServerArray,
    _Ids.Server_ServerDiagnostics_SamplingIntervalDiagnosticsArray,
)
_ROLES: Final = (
    "Anonymous",
    "AuthenticatedUser",
    "Observer",
    "Operator",
    "Engineer",
    "Supervisor",
    "ConfigureAdmin",
    "SecurityAdmin",
)
_EVERYWHERE: Final[tuple[tuple[str, Any, ua.VariantType], ...]] = (
    ("Applications", [], _Type.String),
    ("ApplicationsExclude", True, _Type.Boolean),
    ("Endpoints", [], _Type.ExtensionObject),
    ("EndpointsExclude", True, _Type.Boolean),
)
"""A Role counts in all applications and at all endpoints but those of an empty list (Part 18, 4.4.1)."""
_ROLE_OPTIONS: Final = (
    "CustomConfiguration",
    "AddIdentity",
    "RemoveIdentity",
    "AddApplication",
    "RemoveApplication",
    "AddEndpoint",
    "RemoveEndpoint",
)
_HISTORY: Final = (
    "AccessHistoryDataCapability",
    "AccessHistoryEventsCapability",
    "InsertDataCapability",
    "ReplaceDataCapability",
    "UpdateDataCapability",
    "DeleteRawCapability",
    "DeleteAtTimeCapability",
    "InsertEventCapability",
    "ReplaceEventCapability",
    "UpdateEventCapability",
    "DeleteEventCapability",
    "InsertAnnotationCapability",
    "ServerTimestampSupported",
)


def advertise(aspace: PlantAddressSpace, limits: Limits) -> None:
    """Say what the server enforces and offers; every value of the Server object is set afterwards."""
    for number in _NOT_OFFERED:
        remove_branch(aspace, number)
    for number, name in _UINT32.items():
        set_value(aspace, number, getattr(limits, name), _Type.UInt32)
    _advertise_capabilities(aspace, limits)
    _advertise_roles(aspace)
    _advertise_history(aspace)
    set_value(aspace, _Ids.Server_Auditing, False, _Type.Boolean)
    seconds = int((datetime.now(UTC) - _VERSION_TIME_BEGINS).total_seconds())
    set_value(aspace, _Ids.Aliases_LastChange, seconds, _Type.UInt32)
    set_value(aspace, _Ids.Server_ServerRedundancy_RedundancySupport, 0, _Type.Int32)
    set_value(aspace, _Ids.Server_ServerStatus_SecondsTillShutdown, 0, _Type.UInt32)
    set_value(aspace, _Ids.Server_ServerStatus_ShutdownReason, ua.LocalizedText(), _Type.LocalizedText)


def _advertise_capabilities(aspace: PlantAddressSpace, limits: Limits) -> None:
    capabilities = "Server_ServerCapabilities_"
    for name, value, kind in (
        ("ServerProfileArray", PROFILES, _Type.String),
        ("LocaleIdArray", list(known_locales()), _Type.String),
        ("MinSupportedSampleRate", limits.min_sampling_interval_ms, _Type.Double),
        ("MaxBrowseContinuationPoints", limits.max_browse_continuation_points, _Type.UInt16),
        ("MaxQueryContinuationPoints", 0, _Type.UInt16),
        ("MaxHistoryContinuationPoints", 0, _Type.UInt16),
        ("SoftwareCertificates", [], _Type.ExtensionObject),
        ("ConformanceUnits", standard_units(), _Type.QualifiedName),
    ):
        set_value(aspace, getattr(_Ids, capabilities + name), value, kind)


def _advertise_roles(aspace: PlantAddressSpace) -> None:
    """The Roles, each of use everywhere; who has them is the authenticator's."""
    for role in _ROLES:
        for option in _ROLE_OPTIONS:
            number = getattr(_Ids, f"WellKnownRole_{role}_{option}", None)
            if number is not None:
                remove_branch(aspace, number)
        for name, value, kind in (("Identities", [], _Type.ExtensionObject), *_EVERYWHERE):
            number = getattr(_Ids, f"WellKnownRole_{role}_{name}")
            if node_id(number) in aspace:
                set_value(aspace, number, value, kind)


def _advertise_history(aspace: PlantAddressSpace) -> None:
    """Nothing, until a historian says otherwise."""
    for name in _HISTORY:
        number = getattr(_Ids, f"HistoryServerCapabilities_{name}", None)
        if number is not None and node_id(number) in aspace:
            set_value(aspace, number, False, _Type.Boolean)
    for name in ("MaxReturnDataValues", "MaxReturnEventValues"):
        set_value(aspace, getattr(_Ids, f"HistoryServerCapabilities_{name}"), 0, _Type.UInt32)
