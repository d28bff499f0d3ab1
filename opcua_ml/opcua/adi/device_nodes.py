"""The device that stands for this service in DI's DeviceSet.

Source: OPC 10020 1.01a, 5.2 (AnalyserDeviceType); OPC 10000-100, 5.5 (DeviceType).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from asyncua import ua
from asyncua.ua.object_ids import ObjectIds
from asyncua.ua.status_codes import StatusCodes

from opcua_ml.opcua.adi import names as adi
from opcua_ml.opcua.space.blueprint import Blueprint, Value, property_of
from opcua_ml.opcua.space.standard import (
    ARGUMENT,
    DATA_ITEM_TYPE,
    LOCALIZED_TEXT,
    NODE_ID,
    STATE_VARIABLE_TYPE,
    STRING,
    standard_id,
)
from opcua_ml.opcua.texts import said, text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from opcua_ml.opcua.adi.names import AdiNames
    from opcua_ml.opcua.space.blueprint import MethodCode
    from opcua_ml.opcua.space.names import Names

_OBJECT = standard_id(ObjectIds.BaseObjectType)
_INT32 = standard_id(ObjectIds.Int32)


class Nameplate(NamedTuple):
    """What the device tells of itself."""

    manufacturer: str
    model: str
    revision: str
    serial: str


class DeclaredMethod(NamedTuple):
    """A method of the device: its code, None where it makes no sense here, and the arguments of its type."""

    name: str
    description: str
    code: MethodCode | None
    inputs: list[Any]
    outputs: list[Any]


def device_nodes(
    own: AdiNames, site: Names, plate: Nameplate, methods: Mapping[str, DeclaredMethod]
) -> Iterator[Blueprint]:
    """All nodes of the device, each one after its parent; models come later."""
    yield Blueprint(
        adi.DEVICE,
        own.di(adi.DEVICE_SET),
        site.site("PredictionService"),
        "The models of this server as a prediction service of ADI.",
        own.device(adi.PREDICTION_SERVICE_TYPE),
        display=said("PredictionService"),
    )
    yield from _nameplate(own, plate)
    group = own.di(adi.FUNCTIONAL_GROUP_TYPE)
    for name, words, kind, browse_name in (
        ("MethodSet", "All methods of the device.", _OBJECT, own.di_name("MethodSet")),
        ("ParameterSet", "All parameters of the device.", _OBJECT, own.di_name("ParameterSet")),
        ("Identification", "Who made the device, and which one it is.", group, own.di_name("Identification")),
        ("Configuration", "What can be set: nothing, over OPC UA.", group, own.adi_name("Configuration")),
        ("Status", "How the device fares.", group, own.adi_name("Status")),
        ("FactorySettings", "What its maker has set: nothing.", group, own.adi_name("FactorySettings")),
        (
            "ChemometricModelSettings",
            "The models that MVAPredict takes.",
            group,
            own.adi_name("ChemometricModelSettings"),
        ),
        (
            "AnalyserStateMachine",
            "Whether MVAPredict can be called: in the state Operating.",
            own.adi(adi.ANALYSER_STATE_MACHINE_TYPE),
            own.adi_name("AnalyserStateMachine"),
        ),
    ):
        yield Blueprint(f"{adi.DEVICE}.{name}", adi.DEVICE, browse_name, words, kind)
    yield from _state(own)
    health = ua.Variant(0, ua.VariantType.Int32)
    yield Blueprint(
        f"{adi.PARAMETERS}.DiagnosticStatus",
        adi.PARAMETERS,
        own.adi_name("DiagnosticStatus"),
        "Health of the device; failing models are told by their own states.",
        DATA_ITEM_TYPE,
        value=Value(own.di(adi.DEVICE_HEALTH), health),
    )
    for method in methods.values():
        yield from _method(own, method)


def _nameplate(own: AdiNames, plate: Nameplate) -> Iterator[Blueprint]:
    texts = (("Manufacturer", plate.manufacturer), ("Model", plate.model))
    for name, words in texts:
        shown = ua.Variant(text(words), ua.VariantType.LocalizedText)
        yield property_of(adi.DEVICE, own.di_name(name), f"{name} of the device.", LOCALIZED_TEXT, shown)
    strings = (
        ("HardwareRevision", "", "There is no hardware."),
        ("SoftwareRevision", plate.revision, "Version of the service."),
        ("DeviceRevision", plate.revision, "Version of the device as a whole."),
        ("DeviceManual", "", "There is no manual on this server."),
        ("SerialNumber", plate.serial, "ApplicationUri of the server."),
    )
    for name, value, words in strings:
        variant = ua.Variant(value, ua.VariantType.String)
        yield property_of(adi.DEVICE, own.di_name(name), words, STRING, variant)
    counter = ua.Variant(-1, ua.VariantType.Int32)
    words = "Changes of the device's static data; -1, as they are not counted."
    yield property_of(adi.DEVICE, own.di_name("RevisionCounter"), words, _INT32, counter)


def _state(own: AdiNames) -> Iterator[Blueprint]:
    path = f"{adi.DEVICE}.AnalyserStateMachine.CurrentState"
    shown = ua.Variant(text("Operating"), ua.VariantType.LocalizedText)
    yield Blueprint(
        path,
        f"{adi.DEVICE}.AnalyserStateMachine",
        ua.QualifiedName("CurrentState"),
        "Name of the current state.",
        STATE_VARIABLE_TYPE,
        value=Value(LOCALIZED_TEXT, shown),
    )
    node = ua.Variant(own.adi(adi.OPERATING), ua.VariantType.NodeId)
    yield property_of(path, "Id", "Node of the current state in its type.", NODE_ID, node).live()


def _method(own: AdiNames, method: DeclaredMethod) -> Iterator[Blueprint]:
    path = f"{adi.METHODS}.{method.name}"
    yield Blueprint(
        path,
        adi.METHODS,
        own.adi_name(method.name),
        method.description,
        method=method.code or _not_offered,
        executable=method.code is not None,
    )
    for kind, arguments in (("InputArguments", method.inputs), ("OutputArguments", method.outputs)):
        if arguments:
            variant = ua.Variant(arguments, ua.VariantType.ExtensionObject, None, True)
            yield property_of(path, kind, f"{kind[:-9]} arguments, in order.", ARGUMENT, variant)


async def _not_offered(_object: ua.NodeId, *_given: ua.Variant) -> ua.CallMethodResult:
    return ua.CallMethodResult(StatusCode=ua.StatusCode(ua.UInt32(StatusCodes.BadNotSupported)))
