"""What alarms say to operators, in one sentence each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opcua_ml.domain.alarm.limits import Limit
from opcua_ml.domain.figure import figure
from opcua_ml.domain.wording import in_its_language
from opcua_ml.opcua.texts import phrase, said

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from opcua_ml.application.history.state import HistoryState
    from opcua_ml.application.served_model import ServedModel
    from opcua_ml.domain.alarm.limits import LimitBand
    from opcua_ml.domain.connection import ConnectionSnapshot
    from opcua_ml.domain.prediction import Prediction
    from opcua_ml.domain.sample import Value

_KEYS = {
    Limit.HIGH_HIGH: "high-high",
    Limit.HIGH: "high",
    Limit.LOW: "low",
    Limit.LOW_LOW: "low-low",
}


def limit_words(
    output: str, place: int, band: LimitBand, unit: str, message: str
) -> Callable[[tuple[str, ...], Prediction], str]:
    """Of limits.

    Args:
        output: name.
        place: of it in the signature.
        band: the limits.
        unit: symbol; empty for none.
        message: what comes first; empty for nothing.
    """
    limits = {limit.value: (limit, value) for limit, value in band.limits}
    shown_unit = f" {unit}" if unit else ""

    def words(levels: tuple[str, ...], prediction: Prediction) -> str:
        value = prediction.outputs[place] if prediction.outputs else None
        shown = f"{figure(value, 5)}{shown_unit}" if isinstance(value, int | float) else said("not known now")
        if not levels:
            again = phrase("{output} is {value}, within its limits again", output=output, value=shown)
            return _after(message, again)
        limit, at = limits[levels[0]]
        template = "{output} is {value}, %s its {kind} limit of {limit}" % (
            "above" if limit.is_high else "below"
        )
        kind, passed = said(_KEYS[limit]), f"{figure(at, 5)}{shown_unit}"
        return _after(message, phrase(template, output=output, value=shown, kind=kind, limit=passed))

    return words


def class_words(
    output: str, place: int, classes: tuple[Mapping[Value, str], Mapping[str, str]], message: str
) -> Callable[..., str]:
    """Of classes.

    Args:
        output: name.
        place: of it in the signature.
        classes: what displays call them, by the values that predictions have and by the alarm's levels.
        message: what comes first; empty for nothing.
    """
    shown, by_level = classes

    def words(levels: tuple[str, ...], prediction: Prediction) -> str:
        if levels:
            return _after(
                message,
                phrase("{output} is {value}", output=output, value=by_level.get(levels[0], levels[0])),
            )
        value = prediction.outputs[place] if prediction.outputs else None
        name = said("not known now") if value is None else shown.get(value, str(value))
        return _after(message, phrase("no longer so, {output} is {value}", output=output, value=name))

    return words


def inputs_words(levels: tuple[str, ...], prediction: Prediction) -> str:
    """Of inputs that can't be used."""
    if not levels:
        return phrase("Model {name} has usable inputs again", name=prediction.model)
    template = (
        "Model {name} does not predict: {reason}"
        if levels[0] == "Unusable"
        else "Model {name} predicts from other values than its tags': {reason}"
    )
    return phrase(template, name=prediction.model, reason=in_its_language(prediction.reason))


def model_words(levels: tuple[str, ...], model: ServedModel) -> str:
    """Of a model that fails."""
    if not levels:
        return phrase("Model {name} works again", name=model.name)
    reason = in_its_language(model.state_reason)
    return phrase("Model {name} has failed: {reason}", name=model.name, reason=reason)


def plc_words(levels: tuple[str, ...], snapshot: ConnectionSnapshot) -> str:
    """Of a PLC."""
    if not levels:
        return phrase("PLC {name} is connected again", name=snapshot.plc)
    lost = phrase("PLC {name} is not connected", name=snapshot.plc)
    reason = in_its_language(snapshot.reason) if snapshot.reason else said("no reason is known")
    return _after(lost, reason)


def history_words(levels: tuple[str, ...], state: HistoryState) -> str:
    """Of the history."""
    if not levels:
        return said("History is recorded again")
    reason = in_its_language(state.problem) if state.problem else said("no reason is known")
    return _after(said("History is not recorded"), reason)


def _after(first: str, then: str) -> str:
    return phrase("{first}: {then}", first=first, then=then) if first else then
