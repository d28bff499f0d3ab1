"""A plain asyncua server with variables and companion nodesets; arguments are their count and the files."""

import asyncio
import json
import logging
import sys

from asyncua import ua
from asyncua.server.server import Server


async def main(variables: int, files: list[str]) -> None:
    """Import what its importer can, add as many variables as the service has nodes, open the endpoint."""
    logging.disable(logging.CRITICAL)
    server = Server()
    await server.init()
    server.set_endpoint("opc.tcp://127.0.0.1:0")
    refused = []
    for file in files:
        try:
            await server.import_xml(file)
        except Exception as error:  # noqa: BLE001 - what it can't import is told
            refused.append(f"{file}: {type(error).__name__}")
    index = await server.register_namespace("urn:opcua-ml:benchmarks:site")
    for number in range(variables):
        await server.nodes.objects.add_variable(
            ua.NodeId(f"V{number}", index),  # type: ignore[arg-type]
            ua.QualifiedName(f"V{number}", index),
            0.0,
        )
    async with server:
        print(json.dumps({"refused": refused}), flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), sys.argv[2:]))
