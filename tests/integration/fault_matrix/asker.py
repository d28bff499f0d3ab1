"""A program that only reads and writes variables, asks, and looks whether what it is told fits together."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from asyncua import ua
from asyncua.ua.attribute_ids import AttributeIds

from tests.integration.fault_matrix.policies import PERIOD
from tests.integration.service.hmi import status

if TYPE_CHECKING:
    from tests.integration.service.hmi import Hmi

_PATIENCE = 30.0
"""s for an answer; a Bad one is an answer, too."""
_WORDS = ("Handshake.DoneId", "Handshake.ResultCode", "Outputs.flow")


async def ask(hmi: Hmi, model: str) -> None:
    """Ask again and again until cancelled.

    Raises:
        TimeoutError: a request was not answered.
        AssertionError: another one was, or the result code is not that of the output.
    """
    request = hmi.client.get_node(hmi.node_id(f"{model}.Handshake.RequestId"))
    nodes = [hmi.node_id(f"{model}.{word}") for word in _WORDS]
    number = 0
    while True:
        number += 1
        await request.write_value(ua.DataValue(ua.Variant(number, ua.VariantType.UInt32)))
        async with asyncio.timeout(_PATIENCE):
            while True:
                read = await hmi.client.uaclient.read_attributes(nodes, AttributeIds.Value)
                done, code = (0 if one.Value is None else one.Value.Value for one in read[:2])
                if done == number:
                    break
                assert done < number, f"answered {done}, asked {number}"
                await asyncio.sleep(PERIOD / 2)
        assert code == status(read[2]), (
            f"the result code is {code:#x}, the output's status {status(read[2]):#x}"
        )
        await asyncio.sleep(PERIOD)
