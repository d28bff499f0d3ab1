"""The outputs that a task gives, and the estimator's methods that they come from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import ValidationError

from opcua_ml.domain.errors import PackageError
from opcua_ml.domain.figure import figure
from opcua_ml.domain.signature import OutputRole, Task
from opcua_ml.runtime.package.manifest_file import manifest_problem
from opcua_ml.runtime.package.parts import ROLE_TYPES, Method, OutputPart, SourcePart

if TYPE_CHECKING:
    from opcua_ml.runtime.packing.declarations import Declarations

DESCRIPTIONS = {
    OutputRole.LABEL: "the class, as an index into the class names",
    OutputRole.PROBABILITIES: "probability of each class, in the order of the class names",
    OutputRole.CONFIDENCE: "probability of the class given",
    OutputRole.CLUSTER: "number of the cluster",
    OutputRole.DISTANCE: "distance to the centre of the nearest cluster",
}


class Outputs:
    """Builds the outputs of one estimator.

    Args:
        estimator: fitted.
        sample: a few rows as the estimator takes them, to see what its methods return.
        target: names of the targets, from `y`.
        declared: by the caller.
    """

    def __init__(self, estimator: Any, sample: Any, target: Sequence[str], declared: Declarations) -> None:
        self._estimator = estimator
        self._sample = sample
        self._target = target
        self._declared = declared

    def of(self, task: Task) -> tuple[OutputPart, ...]:
        """The outputs of a task.

        Raises:
            PackageError: the estimator has no method that gives them, or fails on the sample.
        """
        match task:
            case Task.CLASSIFICATION:
                return self._classification()
            case Task.ANOMALY_DETECTION:
                return self._anomaly_detection()
            case Task.CLUSTERING:
                return self._clustering()
            case Task.REGRESSION:
                return self._regression()
            case Task.FORECAST:
                return self._forecast()

    def _call(self, method: Method) -> Any:
        if not hasattr(self._estimator, method):
            raise PackageError(
                f"the estimator has no method {method}, which the task needs",
                where="model",
                found=type(self._estimator).__name__,
            )
        try:
            found = getattr(self._estimator, method)(self._sample)
        except Exception as error:  # the estimator is foreign code and may raise anything
            raise PackageError(
                f"the estimator's {method} fails on the data", where="X", found=error
            ) from error
        return found if isinstance(found, list) else np.asarray(found)

    def _part(self, role: OutputRole, name: str, source: SourcePart, **more: Any) -> OutputPart:
        names = self._declared.output_names
        if isinstance(names, Mapping):
            name = names.get(name, name)
        try:
            return OutputPart(
                name=name,
                role=role,
                data_type=ROLE_TYPES[role],
                description=self._declared.descriptions.get(
                    name, more.pop("description", DESCRIPTIONS.get(role, ""))
                ),
                unit=self._declared.units.get(name),
                details=self._declared.detail(name),
                range=self._declared.range(name),
                source=source,
                **more,
            )
        except ValidationError as error:
            raise manifest_problem(f"pack: {name}", error) from error

    def _classification(self) -> tuple[OutputPart, ...]:
        labels = self._call(Method.PREDICT)
        several = labels.ndim == 2 and labels.shape[1] > 1  # rows and targets
        classes = _classes(self._estimator, labels)
        self._check_class_names([label for own in classes for label in own])
        if not several:
            return self._class_outputs(0, classes[0], "", with_scores=True)
        # Probabilities come per target as a list; a multilabel estimator's single matrix is another thing.
        proba = self._call(Method.PREDICT_PROBA) if hasattr(self._estimator, Method.PREDICT_PROBA) else None
        return tuple(
            part
            for place, own in enumerate(classes)
            for part in self._class_outputs(
                place, own, f"_{self._target_name(place)}", with_scores=isinstance(proba, list)
            )
        )

    def _class_outputs(
        self, target: int, classes: list[Any], suffix: str, *, with_scores: bool
    ) -> tuple[OutputPart, ...]:
        names = self._class_names(classes)
        label = SourcePart(method=Method.PREDICT, target=target, classes=tuple(classes))
        parts = [self._part(OutputRole.LABEL, f"label{suffix}", label, categories=names)]
        if with_scores and hasattr(self._estimator, Method.PREDICT_PROBA):
            proba = SourcePart(method=Method.PREDICT_PROBA, target=target)
            wide = {"categories": names, "length": len(names)}
            parts.append(self._part(OutputRole.PROBABILITIES, f"probabilities{suffix}", proba, **wide))
            parts.append(self._part(OutputRole.CONFIDENCE, f"confidence{suffix}", proba))
        elif with_scores and hasattr(self._estimator, Method.DECISION_FUNCTION):
            parts.append(self._decision())
        return tuple(parts)

    def _decision(self) -> OutputPart:
        found = self._call(Method.DECISION_FUNCTION)
        length = 1 if found.ndim == 1 else found.shape[1]
        described = (
            "the decision function: over 0 speaks for the last class"
            if length == 1
            else "the decision function"
        )
        source = SourcePart(method=Method.DECISION_FUNCTION)
        return self._part(OutputRole.SCORE, "score", source, length=length, description=described)

    def _check_class_names(self, known: Sequence[Any]) -> None:
        names = self._declared.class_names
        unknown = [label for label in names if label not in known] if isinstance(names, Mapping) else []
        if unknown:
            raise PackageError(
                "no such class",
                where="class_names",
                found=", ".join(map(repr, unknown)),
                wanted=", ".join(map(repr, dict.fromkeys(known))),
            )

    def _class_names(self, classes: list[Any]) -> tuple[str, ...]:
        names = self._declared.class_names
        if isinstance(names, Mapping):
            told = tuple(str(names.get(label, label)) for label in classes)
        elif names is None:
            told = tuple(map(str, classes))
        elif len(names) != len(classes):
            raise PackageError(
                "not one name for each class", where="class_names", found=len(names), wanted=len(classes)
            )
        else:
            told = tuple(map(str, names))
        if len(set(told)) < len(told):
            raise PackageError(
                "two classes of one name", where="class_names", found=", ".join(told), wanted="a name each"
            )
        return told

    def _anomaly_detection(self) -> tuple[OutputPart, ...]:
        threshold = self._declared.threshold
        source: dict[str, Any]
        if hasattr(self._estimator, Method.DECISION_FUNCTION) and not hasattr(self._estimator, "classes_"):
            source = {"method": Method.DECISION_FUNCTION, "negated": True}
            threshold = 0.0 if threshold is None else threshold
        elif hasattr(self._estimator, Method.PREDICT_PROBA) and hasattr(self._estimator, "classes_"):
            source = {"method": Method.PREDICT_PROBA, "column": 1}
            threshold = 0.5 if threshold is None else threshold
        else:
            source = {"method": Method.SCORE_SAMPLES, "negated": True}
        found = self._call(source["method"])
        if threshold is None:
            raise PackageError(
                "the estimator has scores but does not tell from where on they are anomalies",
                where="threshold",
                wanted="a number: greater scores are anomalies (the score is minus score_samples)",
            )
        if source["method"] is Method.PREDICT_PROBA and found.shape[1:] != (2,):
            raise PackageError("an anomaly's classifier has two classes", where="model", found=found.shape[1])
        described = f"greater is stranger; an anomaly over {figure(threshold)}"
        return (
            self._part(OutputRole.SCORE, "score", SourcePart(**source), description=described),
            self._part(
                OutputRole.ANOMALY,
                "anomaly",
                SourcePart(**source, threshold=threshold),
                description=f"whether the score is over {figure(threshold)}",
            ),
        )

    def _clustering(self) -> tuple[OutputPart, ...]:
        self._call(Method.PREDICT)
        parts = [self._part(OutputRole.CLUSTER, "cluster", SourcePart(method=Method.PREDICT))]
        last = self._estimator.steps[-1][1] if hasattr(self._estimator, "steps") else self._estimator
        if hasattr(last, "cluster_centers_") and hasattr(self._estimator, Method.TRANSFORM):
            parts.append(self._part(OutputRole.DISTANCE, "distance", SourcePart(method=Method.TRANSFORM)))
        return tuple(parts)

    def _regression(self) -> tuple[OutputPart, ...]:
        found = self._call(Method.PREDICT)
        width = 1 if found.ndim == 1 else found.shape[1]
        names = self._value_names(width, "value")
        return tuple(
            self._part(OutputRole.VALUE, name, SourcePart(method=Method.PREDICT, column=place))
            for place, name in enumerate(names)
        )

    def _forecast(self) -> tuple[OutputPart, ...]:
        found = self._call(Method.PREDICT)
        width = 1 if found.ndim == 1 else found.shape[1]
        horizon = self._declared.horizon or width
        count, rest = divmod(width, horizon)
        if rest:
            raise PackageError(
                "the estimator's targets are not a whole number of horizons",
                where="horizon",
                found=horizon,
                wanted=width,
            )
        names = self._value_names(count, "forecast", of_targets=width == 1)
        return tuple(
            self._part(
                OutputRole.VALUE,
                name,
                SourcePart(method=Method.PREDICT, column=place * horizon),
                length=horizon,
                description=f"the next {horizon} steps, the nearest first"
                if horizon > 1
                else "the next step",
            )
            for place, name in enumerate(names)
        )

    def _value_names(self, width: int, default: str, *, of_targets: bool = True) -> list[str]:
        names = self._declared.output_names
        if names is not None and not isinstance(names, Mapping):
            if len(names) != width:
                raise PackageError(
                    "not one name for each output", where="output_names", found=len(names), wanted=width
                )
            return list(names)
        if of_targets and len(self._target) == width:
            return list(self._target)
        return [default] if width == 1 else [f"{default}_{place}" for place in range(width)]

    def _target_name(self, place: int) -> str:
        return self._target[place] if place < len(self._target) else str(place)


def target_names(target: Any) -> list[str]:
    """Names that `y` brings along: of a Series, or of a DataFrame's columns."""
    if target is None:
        return []
    if hasattr(target, "columns"):
        return [str(name) for name in target.columns]
    name = getattr(target, "name", None)
    return [str(name)] if name is not None else []


def _classes(estimator: Any, labels: Any) -> list[list[Any]]:
    """The classes of each target, as Python's own values."""
    classes = getattr(estimator, "classes_", None)
    if classes is None:
        raise PackageError(
            "the classifier does not tell its classes", where="model", wanted="an attribute classes_"
        )
    if isinstance(classes, list):
        return [np.asarray(own).tolist() for own in classes]
    if labels.ndim == 2 and labels.shape[1] > 1:  # one yes or no for each label
        return [[0, 1]] * labels.shape[1]
    return [np.asarray(classes).tolist()]
