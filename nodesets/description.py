"""The types that an engineer sees, described once: the builder makes the NodeSet2 file from this page.

Names and NodeIds are a promise to HMIs and PLC programs: nothing here is ever renamed or given another
meaning; what comes later is added as Optional.
"""

from __future__ import annotations

from nodesets.design import (
    OPTIONAL,
    PLACEHOLDER,
    Child,
    Enumeration,
    Field,
    ObjectType,
    Structure,
    method,
    object_,
    property_,
    variable,
)

NAMESPACE_URI = "urn:opcua-ml:UA"
VERSION = "1.0.0"
PUBLICATION_DATE = "2026-11-21T00:00:00Z"
REQUIRED = ("http://opcfoundation.org/UA/", "1.05.02", "2022-11-01T00:00:00Z")

ENUMERATIONS = (
    Enumeration(
        "TaskEnumeration",
        "What a model is for.",
        (
            ("Classification", "Classification", "Tells to which class its inputs belong."),
            ("Regression", "Regression", "Estimates a number."),
            ("AnomalyDetection", "Anomaly detection", "Tells how unlike normal operation its inputs are."),
            (
                "Clustering",
                "Clustering",
                "Tells to which group of operating points its inputs belong.",
            ),
            ("Forecast", "Forecast", "Estimates coming values."),
        ),
    ),
    Enumeration(
        "ModelStateEnumeration",
        "The state of a model.",
        (
            ("Loading", "Loading", "The package is being checked, loaded and warmed up."),
            ("Ready", "Ready", "Predicts."),
            ("Degraded", "Degraded", "Predicts, though something is wrong: see Reason."),
            ("Failed", "Failed", "The last predictions could not be made: see Reason."),
            ("Paused", "Paused", "Somebody has paused it."),
        ),
    ),
    Enumeration(
        "ConnectionStateEnumeration",
        "The state of the connection to a PLC.",
        (
            ("Disconnected", "Disconnected", "There is no connection; it is tried again."),
            ("Connecting", "Connecting", "A connection is being made, or tags are being looked up."),
            ("Connected", "Connected", "All tags are subscribed."),
            ("Degraded", "Degraded", "Connected, but not all tags can be used."),
        ),
    ),
)

STRUCTURES = (
    Structure(
        "NamedValueDataType",
        "One input or output of a prediction.",
        (
            Field("Name", "String", "Name of the input or output, as in the model's signature."),
            Field("Value", "BaseDataType", "Its value; null where there is none."),
            Field("StatusCode", "StatusCode", "Its quality."),
        ),
    ),
    Structure(
        "PredictionDataType",
        "One whole prediction: inputs, outputs, quality and time that belong together.",
        (
            Field("PredictionId", "String", "Unique among all predictions of all models."),
            Field("Sequence", "UInt32", "Counts this model's predictions from 1; after 4294967295 comes 1."),
            Field("ModelName", "String", "Name of the model."),
            Field("ModelVersion", "String", "Version of the model that computed it."),
            Field("SourceTimestamp", "UtcTime", "Time of the inputs, by the clock of their source."),
            Field("ServerTimestamp", "UtcTime", "Time at which this server published the prediction."),
            Field("StatusCode", "StatusCode", "Quality of all outputs."),
            Field("Quality", "String", "The same in one word: Good, Uncertain or Bad."),
            Field("Reason", "String", "Why the quality is not Good; else empty."),
            Field("OffendingTag", "String", "The input that made the quality so; else empty."),
            Field("Inputs", "NamedValueDataType", "The values that the model was given.", rank=1),
            Field("Outputs", "NamedValueDataType", "What it made of them; empty where Bad.", rank=1),
            Field("InferenceTime", "Duration", "Time in the model, in milliseconds."),
            Field("SourceAge", "Duration", "From the newest input's arrival to the answer, in milliseconds."),
        ),
    ),
)

_MILLISECONDS = (
    "<uax:ExtensionObject><uax:TypeId><uax:Identifier>i=888</uax:Identifier></uax:TypeId><uax:Body>"
    "<uax:EUInformation><uax:NamespaceUri>http://www.opcfoundation.org/UA/units/un/cefact</uax:NamespaceUri>"
    "<uax:UnitId>4403766</uax:UnitId>"
    "<uax:DisplayName><uax:Locale>en</uax:Locale><uax:Text>ms</uax:Text></uax:DisplayName>"
    "<uax:Description><uax:Locale>en</uax:Locale><uax:Text>millisecond</uax:Text></uax:Description>"
    "</uax:EUInformation></uax:Body></uax:ExtensionObject>"
)


def _milliseconds(name: str, description: str) -> Child:
    unit = Child(
        "EngineeringUnits",
        "Milliseconds.",
        type="PropertyType",
        data_type="EUInformation",
        reference="HasProperty",
        standard=True,
        value=_MILLISECONDS,
    )
    return Child(name, description, type="AnalogUnitType", data_type="Double", children=(unit,))


_STATES = ("Loading", "Ready", "Degraded", "Failed", "Paused")
_TRANSITIONS = (
    ("Loading", "Ready"),
    ("Loading", "Failed"),
    ("Ready", "Degraded"),
    ("Ready", "Failed"),
    ("Ready", "Paused"),
    ("Ready", "Loading"),
    ("Degraded", "Ready"),
    ("Degraded", "Failed"),
    ("Degraded", "Paused"),
    ("Degraded", "Loading"),
    ("Failed", "Ready"),
    ("Failed", "Degraded"),
    ("Failed", "Paused"),
    ("Failed", "Loading"),
    ("Paused", "Ready"),
    ("Paused", "Loading"),
)


def _number(name: str, value: int) -> Child:
    return Child(
        name,
        "Number of the state." if name == "StateNumber" else "Number of the transition.",
        type="PropertyType",
        data_type="UInt32",
        rule="",
        reference="HasProperty",
        standard=True,
        value=f"<uax:UInt32>{value}</uax:UInt32>",
    )


def _state(number: int, name: str) -> Child:
    return Child(
        name,
        f"The model is in the state {name}.",
        kind="Object",
        type="InitialStateType" if number == 0 else "StateType",
        rule="",
        children=(_number("StateNumber", number),),
    )


def _transition(number: int, start: str, end: str) -> Child:
    return Child(
        f"{start}To{end}",
        f"From {start} to {end}.",
        kind="Object",
        type="TransitionType",
        rule="",
        children=(_number("TransitionNumber", number),),
        links=(
            ("FromState", f"ModelStateMachineType_{start}"),
            ("ToState", f"ModelStateMachineType_{end}"),
        ),
    )


OBJECT_TYPES = (
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
            *(_state(number, name) for number, name in enumerate(_STATES)),
            *(_transition(number, *pair) for number, pair in enumerate(_TRANSITIONS, 1)),
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
            variable("Backend", "String", "What computes: onnx or scikit-learn."),
            variable("BackendReason", "String", "Why this one was chosen."),
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
        ),
    ),
    ObjectType(
        "SourceType",
        "A PLC that feeds models.",
        children=(
            property_("EndpointUrl", "String", "Where the PLC's server listens."),
            variable("ConnectionState", "ConnectionStateEnumeration", "How the connection fares."),
            variable("LastError", "String", "What went wrong last, in words; empty while all is well."),
            variable("Reconnects", "UInt32", "Connections made after the first one."),
            variable("GoodTags", "UInt32", "Tags whose last value was usable."),
            variable("BadTags", "UInt32", "Tags whose last value was not usable, or that are not found."),
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
