"""The data types that an engineer sees: enumerations and structures.

A published structure never changes: PLC programs are compiled against its fields.
"""

from __future__ import annotations

from nodesets.design import Enumeration, Field, Structure

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
            Field("ResponseTime", "Duration", "From the newest input's arrival to the answer, in ms."),
        ),
    ),
)
