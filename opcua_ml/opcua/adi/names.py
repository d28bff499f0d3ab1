"""NodeIds and BrowseNames of DI, ADI and our type of device in one server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from asyncua import ua

from opcua_ml.opcua.space.node_ids import MACHINE_LEARNING

if TYPE_CHECKING:
    from collections.abc import Mapping

DI_URI: Final = "http://opcfoundation.org/UA/DI/"
ADI_URI: Final = "http://opcfoundation.org/UA/ADI/"
DEVICE_URI: Final = "urn:opcua-ml:UA:ADI"
DEVICE: Final = f"{MACHINE_LEARNING}.PredictionService"
METHODS: Final = f"{DEVICE}.MethodSet"
PARAMETERS: Final = f"{DEVICE}.ParameterSet"
SETTINGS: Final = f"{DEVICE}.ChemometricModelSettings"

DEVICE_SET: Final = 5001
FUNCTIONAL_GROUP_TYPE: Final = 1005
DEVICE_HEALTH: Final = 6244
ANALYSER_STATE_MACHINE_TYPE: Final = 1002
PROCESS_VARIABLE_TYPE: Final = 2008
MVA_MODEL_TYPE: Final = 2009
MVA_OUTPUT_TYPE: Final = 2010
ALARM_STATE_ENUMERATION: Final = 3009
HAS_DATA_SOURCE: Final = 4001
HAS_INPUT: Final = 4002
HAS_OUTPUT: Final = 4003
OPERATING: Final = 9649
MAINTENANCE: Final = 9653
PREDICTION_SERVICE_TYPE: Final = 1001


class AdiNames:
    """Of one server, whose namespace indices are its own.

    Args:
        indices: of its namespaces, by URI.
    """

    def __init__(self, indices: Mapping[str, int]) -> None:
        self._di = ua.Int16(indices[DI_URI])
        self._adi = ua.Int16(indices[ADI_URI])
        self._device = ua.Int16(indices[DEVICE_URI])

    def di(self, number: int) -> ua.NodeId:
        """A node of DI."""
        return ua.NodeId(ua.Int32(number), self._di)

    def adi(self, number: int) -> ua.NodeId:
        """A node of ADI."""
        return ua.NodeId(ua.Int32(number), self._adi)

    def device(self, number: int) -> ua.NodeId:
        """A node of the model of our type of analyser device."""
        return ua.NodeId(ua.Int32(number), self._device)

    def di_name(self, name: str) -> ua.QualifiedName:
        """A BrowseName that DI declares."""
        return ua.QualifiedName(name, ua.UInt16(self._di))

    def adi_name(self, name: str) -> ua.QualifiedName:
        """A BrowseName that ADI declares."""
        return ua.QualifiedName(name, ua.UInt16(self._adi))
