"""The types of the objects that an engineer browses.

Names are a promise to HMIs and PLC programs: nothing here is ever renamed or given another meaning; what
comes later is added as Optional.
"""

from __future__ import annotations

from nodesets.design import OPTIONAL, PLACEHOLDER, Child, ObjectType, method, object_, property_, variable
from nodesets.states import STATE_NODES

_UNECE = "http://www.opcfoundation.org/UA/units/un/cefact"


def _timed(name: str, description: str, unit_id: int, symbol: str, unit: str) -> Child:
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
    return Child(name, description, type="AnalogUnitType", data_type="Double", children=(units,))


def _milliseconds(name: str, description: str) -> Child:
    return _timed(name, description, 4403766, "ms", "millisecond")


def _seconds(name: str, description: str) -> Child:
    return _timed(name, description, 5457219, "s", "second")


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
            variable("ServerState", "String", "State of the PLC's server, in its word; empty while unknown."),
            variable("ConnectedSince", "UtcTime", "Start of the session; Bad while there is none."),
            variable("Reconnects", "UInt32", "Sessions after the first one."),
            _seconds("ClockOffset", "The PLC's clock minus ours; Bad while unknown."),
            variable("GoodTags", "UInt32", "Tags whose last value was usable."),
            variable("BadTags", "UInt32", "Tags whose last value was not usable, or that are not found."),
            Child(
                "Problems",
                "One sentence per tag that is not Good.",
                data_type="String",
                rank=1,
            ),
            variable("Values", "UInt64", "Values received."),
            variable("Overflows", "UInt64", "Times that the PLC dropped values, as its queue was full."),
            variable("Gaps", "UInt64", "Losses of notifications; every tag was read anew then."),
            variable("Written", "UInt64", "Values that the PLC took."),
            variable("WriteRefused", "UInt64", "Values that the PLC did not take."),
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
