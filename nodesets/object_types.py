"""The types of the objects that an engineer browses.

Names are a promise to HMIs and PLC programs: nothing here is ever renamed or given another meaning; what
comes later is added as Optional.
"""

from __future__ import annotations

from nodesets.alarm_types import ALARM_TYPES
from nodesets.design import (
    MANDATORY,
    OPTIONAL,
    PLACEHOLDER,
    Child,
    ObjectType,
    method,
    object_,
    property_,
    variable,
)
from nodesets.states import STATE_NODES

_UNECE = "http://www.opcfoundation.org/UA/units/un/cefact"


def _timed(
    name: str, description: str, unit_id: int, symbol: str, unit: str, *, rule: str = MANDATORY
) -> Child:
    """A time whose unit is the same for all instances."""
    texts = "".join(
        f"<uax:{tag}><uax:Locale>en</uax:Locale><uax:Text>{text}</uax:Text></uax:{tag}>"
        for tag, text in (("DisplayName", symbol), ("Description", unit))
    )
    value = (
        "<uax:ExtensionObject><uax:TypeId><uax:Identifier>i=888</uax:Identifier></uax:TypeId><uax:Body>"
        f"<uax:EUInformation><uax:NamespaceUri>{_UNECE}</uax:NamespaceUri><uax:UnitId>{unit_id}</uax:UnitId>"
        f"{texts}</uax:EUInformation></uax:Body></uax:ExtensionObject>"
    )
    units = Child(
        "EngineeringUnits",
        f"Unit of the value: {unit}.",
        type="PropertyType",
        data_type="EUInformation",
        reference="HasProperty",
        standard=True,
        value=value,
    )
    return Child(name, description, type="AnalogUnitType", data_type="Double", rule=rule, children=(units,))


def _milliseconds(name: str, description: str) -> Child:
    return _timed(name, description, 4403766, "ms", "millisecond")


def _seconds(name: str, description: str, *, rule: str = MANDATORY) -> Child:
    return _timed(name, description, 5457219, "s", "second", rule=rule)


_ALARMS = object_(
    "Alarms",
    "FolderType",
    "The alarms.",
    rule=OPTIONAL,
    children=(object_("<Alarm>", "AlarmConditionType", "An alarm.", rule=PLACEHOLDER),),
)

_LIFECYCLE = (
    ("Stage", "Stages a version again that is shadow, canary, retired or rejected."),
    ("StartShadow", "Lets a staged version score the live inputs beside the active one."),
    ("StartCanary", "Lets a version answer a share of the method calls."),
    ("Promote", "Lets a version predict from the next call on."),
    ("Confirm", "Lets a promoted version stay."),
    ("Rollback", "Lets the version before predict again."),
    ("Retire", "Takes a version out of use."),
    ("Pause", "Lets the model predict nothing until Resume."),
    ("Resume", "Lets a paused model predict again."),
)

OBJECT_TYPES = (
    *ALARM_TYPES,
    ObjectType("MonitoringType", "How a model is watched.", children=(_ALARMS,)),
    ObjectType(
        "IdentificationType",
        "Who and what a model is, as its package tells.",
        children=(
            property_("Name", "String", "Name of the model; the same for all its versions."),
            property_("Description", "LocalizedText", "What the model does.", rule=OPTIONAL),
            property_("Task", "TaskEnumeration", "What the model is for."),
            property_("ActiveVersion", "String", "Version that predicts now."),
            property_("ContentHash", "String", "SHA-256 of the package's manifest, hexadecimal."),
            property_("Framework", "String", "Library and version that fitted the model.", rule=OPTIONAL),
            property_("Estimator", "String", "Class of the fitted estimator.", rule=OPTIONAL),
            property_("TrainedAt", "UtcTime", "When the model was trained.", rule=OPTIONAL),
            property_("TrainingDataHash", "String", "SHA-256 of the training data.", rule=OPTIONAL),
            property_("CodeRevision", "String", "Of the code that trained the model.", rule=OPTIONAL),
            property_("Metrics", "String", "Measured on data that training had not seen.", rule=OPTIONAL),
            property_("Parameters", "String", "Of the estimator and its steps.", rule=OPTIONAL),
            property_("Environment", "String", "Where the model was packed.", rule=OPTIONAL),
            property_("Author", "String", "Who made the model.", rule=OPTIONAL),
            property_("License", "String", "Under which licence it may be used.", rule=OPTIONAL),
        ),
    ),
    ObjectType(
        "ModelStateMachineType",
        "The state of a model, and why it is so.",
        base="FiniteStateMachineType",
        children=(
            variable("ModelState", "ModelStateEnumeration", "The current state as a number with a name."),
            variable("Reason", "String", "Why the state is not Ready; else empty."),
            *STATE_NODES,
        ),
    ),
    ObjectType(
        "InputsType",
        "The inputs of a model: value, quality and time as last used.",
        base="FolderType",
        children=(
            Child(
                "<Input>",
                "An input.",
                type="DataItemType",
                data_type="BaseDataType",
                rank=-2,
                rule=PLACEHOLDER,
                children=(
                    property_(
                        "Source", "String", "Who feeds it: a PLC tag, clients, or calls of Predict alone."
                    ),
                    Child(
                        "Categories",
                        "The texts allowed.",
                        type="PropertyType",
                        data_type="String",
                        rank=1,
                        rule=OPTIONAL,
                        reference="HasProperty",
                    ),
                ),
            ),
        ),
    ),
    ObjectType(
        "OutputsType",
        "The outputs of a model's last prediction.",
        base="FolderType",
        children=(
            Child(
                "<Output>",
                "An output.",
                type="DataItemType",
                data_type="BaseDataType",
                rank=-2,
                rule=PLACEHOLDER,
                children=(
                    Child(
                        "ClassNames",
                        "Names of the classes, in the order of the array.",
                        type="PropertyType",
                        data_type="String",
                        rank=1,
                        rule=OPTIONAL,
                        reference="HasProperty",
                    ),
                ),
            ),
        ),
    ),
    ObjectType(
        "LatencyType",
        "Times of the last predictions.",
        children=(
            _milliseconds("P50", "Median: half of the times are shorter."),
            _milliseconds("P99", "99th percentile: one time in a hundred is longer."),
            _milliseconds("Maximum", "The longest time."),
        ),
    ),
    ObjectType(
        "DiagnosticsType",
        "Counters since the service's start, and latencies.",
        children=(
            variable("Predictions", "UInt64", "Rows that got outputs, by tags and by methods."),
            variable("Calls", "UInt64", "Method calls answered with outputs."),
            variable("Rejected", "UInt64", "Rows refused before the model ran, as an input was not usable."),
            object_(
                "RejectedByReason",
                "FolderType",
                "The same by reason.",
                children=(variable("<Reason>", "UInt64", "Rows refused for this.", rule=PLACEHOLDER),),
            ),
            variable("Failed", "UInt64", "Rows on which the model itself failed."),
            variable("Dropped", "UInt64", "Inputs that newer ones replaced before they were scored."),
            variable("QueueDepth", "UInt32", "Rows that wait now."),
            object_("InferenceLatency", "LatencyType", "Time in the model."),
            object_("ServerLatency", "LatencyType", "Time in this server beside the model."),
            object_("SourceAge", "LatencyType", "Between the source's timestamp and the published answer."),
            variable("Backend", "String", "What computes: onnx, treelite or scikit-learn."),
            variable("BackendReason", "String", "Where it runs, why there, and why this one."),
            variable(
                "Undecided", "UInt64", "Rows of which the model had too little confidence.", rule=OPTIONAL
            ),
            variable(
                "MissedPeriods", "UInt64", "Periods that had passed before they were scored.", rule=OPTIONAL
            ),
            variable(
                "Refused", "UInt64", "Rows not tried, as too many calls waited for the worker.", rule=OPTIONAL
            ),
            object_(
                "WaitLatency",
                "LatencyType",
                "Until the model's worker begins, and on the way to it and back.",
                rule=OPTIONAL,
            ),
            variable("WindowMemory", "UInt64", "Bytes that the inputs' windows hold.", rule=OPTIONAL),
            variable(
                "MeanBatchSize",
                "Double",
                "Rows per call of the model, where a worker takes calls that wait together.",
                rule=OPTIONAL,
            ),
            object_(
                "Queues",
                "FolderType",
                "Where something may wait.",
                rule=OPTIONAL,
                children=(object_("<Queue>", "QueueType", "A queue.", rule=PLACEHOLDER),),
            ),
        ),
    ),
    ObjectType(
        "QueueType",
        "A queue of limited size.",
        children=(
            variable("Size", "UInt32", "How many may wait."),
            variable("Policy", "String", "What goes when it is full."),
            variable("Depth", "UInt32", "How many wait now."),
            variable("Dropped", "UInt64", "How many went, since the service's start."),
        ),
    ),
    ObjectType(
        "HandshakeType",
        "Request and answer by variables, for programs that can't call methods. Each has one writer.",
        children=(
            variable("RequestId", "UInt32", "Raised by the client, after it has written the inputs."),
            variable("DoneId", "UInt32", "The request that is answered, written last; 0 for none."),
            variable("ResultCode", "UInt32", "StatusCode of the answer; 0 is Good."),
            variable("ServiceHeartbeat", "UInt32", "Counted up by this server while it can answer."),
            variable("ClientHeartbeat", "UInt32", "Kept changing by the client."),
            variable("Requests", "UInt64", "Requests seen."),
            variable("Answered", "UInt64", "Requests answered, in whatever way."),
            variable("Repeated", "UInt64", "Requests seen again and not answered again."),
            variable("Missed", "UInt64", "Ids left out between two requests."),
            variable("Superseded", "UInt64", "Requests that a newer one replaced before their answer."),
            variable("TimedOut", "UInt64", "Requests that could not be answered in time."),
        ),
    ),
    ObjectType(
        "VersionType",
        "A version of a model, as its store has it.",
        children=(
            variable("State", "String", "Staged, Shadow, Probation, Active, Fallback, Retired or Rejected."),
            variable("ContentHash", "String", "SHA-256 of the package's manifest, hexadecimal."),
            variable("Since", "UtcTime", "Since when it is in this state."),
            variable("Reason", "String", "Why, in the words of who did it."),
            Child("GateResults", "What its gates gave, one sentence each.", data_type="String", rank=1),
            variable("ShadowAgreed", "UInt64", "Rows of which it gave, as shadow, what the active one gave."),
            variable("ShadowDisagreed", "UInt64", "Rows of which it gave something else."),
            variable("ShadowFailed", "UInt64", "Rows on which it failed as shadow."),
            variable("ShadowAgreement", "Double", "Share of the rows that agreed; Bad before the first."),
        ),
    ),
    ObjectType(
        "VersionsType",
        "The versions of a model.",
        base="FolderType",
        children=(
            variable("CurrentVersion", "String", "Version that predicts; empty for none."),
            variable("FallbackVersion", "String", "Version to which Rollback leads; empty for none."),
            variable("ConfirmationDeadline", "UtcTime", "Until when Confirm must follow; Bad for never."),
            object_("<Version>", "VersionType", "A version.", rule=PLACEHOLDER),
        ),
    ),
    ObjectType(
        "ModelType",
        "A machine-learning model, served.",
        children=(
            object_("Identification", "IdentificationType", "Who and what the model is."),
            object_("State", "ModelStateMachineType", "Whether it predicts, and why not."),
            object_("Inputs", "InputsType", "What the model was given."),
            object_("Outputs", "OutputsType", "What it made of it."),
            variable("Latest", "PredictionDataType", "The last prediction as one value: never half of two."),
            variable("Quality", "String", "Of the outputs in one word: Good, Uncertain or Bad."),
            variable("Reason", "String", "Why the outputs' quality is not Good; else empty."),
            variable("OffendingTag", "String", "The input that made the quality so; else empty."),
            method("Predict", "Scores one row of inputs and returns its outputs."),
            method("PredictBatch", "Scores many rows in one call."),
            object_("Diagnostics", "DiagnosticsType", "Counters and latencies."),
            _seconds(
                "OffendingTagAge",
                "Since that input's last usable value, as of the last prediction; Bad where none ever came.",
                rule=OPTIONAL,
            ),
            object_("Handshake", "HandshakeType", "Request and answer by variables.", rule=OPTIONAL),
            object_("Versions", "VersionsType", "Its versions.", rule=OPTIONAL),
            *(method(name, told, rule=OPTIONAL) for name, told in _LIFECYCLE),
            object_("Monitoring", "MonitoringType", "How the model is watched.", rule=OPTIONAL),
        ),
    ),
    ObjectType(
        "SourceType",
        "A PLC that feeds models.",
        children=(
            property_("EndpointUrl", "String", "Where the PLC's server listens."),
            variable("ConnectionState", "ConnectionStateEnumeration", "How the connection fares."),
            variable("LastError", "String", "What went wrong last, in words; empty while all is well."),
            variable("ServerState", "String", "State of the PLC's server, in its word; empty while unknown."),
            variable("ConnectedSince", "UtcTime", "Start of the session; Bad while there is none."),
            variable("Reconnects", "UInt32", "Sessions after the first one."),
            _seconds("ClockOffset", "The PLC's clock minus ours; Bad while unknown."),
            variable("GoodTags", "UInt32", "Tags whose last value was usable."),
            variable("BadTags", "UInt32", "Tags whose last value was not usable, or that are not found."),
            Child(
                "Problems",
                "One sentence for each cause that makes tags not Good, with the tags.",
                data_type="String",
                rank=1,
            ),
            variable("Values", "UInt64", "Values received."),
            variable("Overflows", "UInt64", "Times that the PLC dropped values, as its queue was full."),
            variable("Gaps", "UInt64", "Losses of notifications; every tag was read anew then."),
            variable("Written", "UInt64", "Values that the PLC took."),
            variable("WriteRefused", "UInt64", "Values that the PLC did not take."),
            variable(
                "WriteUnknown", "UInt64", "Values of which it is not known if it took them.", rule=OPTIONAL
            ),
            variable(
                "WriteReplaced", "UInt64", "Predictions that a newer one replaced unwritten.", rule=OPTIONAL
            ),
            variable("WriteExpired", "UInt64", "Predictions that grew too old unwritten.", rule=OPTIONAL),
            variable(
                "WriteDiffering",
                "UInt64",
                "Values that tags did not hold though the PLC had taken them.",
                rule=OPTIONAL,
            ),
            variable(
                "WritingEnabled",
                "Boolean",
                "Operators' switch: whether this server writes to the PLC.",
                rule=OPTIONAL,
            ),
            variable("UncertainTags", "UInt32", "Tags whose last value was Uncertain.", rule=OPTIONAL),
            variable("Notifications", "UInt64", "Notifications received.", rule=OPTIONAL),
            variable("Republished", "UInt64", "Notifications lost on the way and had again.", rule=OPTIONAL),
            variable("Replayed", "UInt64", "Notifications that came twice and counted once.", rule=OPTIONAL),
            variable("TypeChanges", "UInt64", "Tags that became of another type.", rule=OPTIONAL),
            _seconds("PublishingInterval", "As the PLC revised it; Bad while unknown.", rule=OPTIONAL),
            _seconds(
                "SamplingInterval", "The longest that the PLC revised; Bad while unknown.", rule=OPTIONAL
            ),
            _seconds(
                "KeepAlive",
                "Longest pause of the subscription, as the PLC promised; Bad while unknown.",
                rule=OPTIONAL,
            ),
            variable(
                "QueueSize", "UInt32", "The smallest that the PLC revised; Bad while unknown.", rule=OPTIONAL
            ),
            _ALARMS,
        ),
    ),
    ObjectType(
        "MachineLearningType",
        "The one entry point to all models of this server.",
        children=(
            object_(
                "Models",
                "FolderType",
                "The models.",
                children=(
                    object_("<Model>", "ModelType", "A model.", rule=PLACEHOLDER, reference="Organizes"),
                ),
            ),
            object_(
                "Sources",
                "FolderType",
                "The PLCs that feed them.",
                children=(
                    object_("<Source>", "SourceType", "A PLC.", rule=PLACEHOLDER, reference="Organizes"),
                ),
            ),
        ),
    ),
)
