"""A client that knows nothing of our types: reads Latest and prints what it decoded.

python fresh_client.py URL
"""

from __future__ import annotations

import asyncio
import json
import sys

from tests.patient_client import Client


async def main(url: str) -> None:
    """Browse to the model by names alone."""
    async with Client(url) as client:
        await client.load_data_type_definitions()
        path = ["2:MachineLearning", "2:Models", "3:decoded", "2:Latest"]
        latest = await (await client.nodes.objects.get_child(path)).read_value()
        print(  # noqa: T201 - what this script is for
            json.dumps(
                {
                    "type": type(latest).__name__,
                    "id": latest.PredictionId,
                    "inputs": {one.Name: one.Value.Value for one in latest.Inputs},
                    "outputs": {one.Name: one.Value.Value for one in latest.Outputs},
                    "quality": latest.Quality,
                }
            )
        )


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
