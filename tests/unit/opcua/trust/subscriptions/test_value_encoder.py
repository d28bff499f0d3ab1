"""A value that fits no type is Bad for itself alone, and the log has one line of it."""

from __future__ import annotations

from asyncua import ua
from asyncua.common.utils import Buffer
from asyncua.ua.status_codes import StatusCodes
from asyncua.ua.ua_binary import struct_from_binary
from structlog.testing import capture_logs

from opcua_ml.opcua.trust.services.parts import encode
from opcua_ml.opcua.trust.subscriptions.value_encoder import encoded


async def test_of_a_read_the_other_values_are_told() -> None:
    """BadEncodingError stands in the DataValue of the one."""

    async def pause() -> None:
        """Nobody waits."""

    bad = ua.DataValue(ua.Variant(-40, ua.VariantType.Byte))
    good = ua.DataValue(ua.Variant(7, ua.VariantType.Int32))
    data = await encode(ua.ReadResponse(Results=[bad, good]), pause, 1_000)
    found = struct_from_binary(ua.ReadResponse, Buffer(data)).Results
    assert found[0].StatusCode.value == StatusCodes.BadEncodingError
    assert found[1].Value.Value == 7


def test_the_log_has_one_line_without_a_traceback_however_often_it_is_read() -> None:
    """Another value has a line of its own."""
    with capture_logs() as lines:
        for value in (-41, -41, -42, -41):
            encoded(ua.DataValue(ua.Variant(value, ua.VariantType.Byte)))
    assert [line["kind"] for line in lines] == ["Byte", "Byte"]
    assert all("exc_info" not in line and "\n" not in line["error"] for line in lines)
