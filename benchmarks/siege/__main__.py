"""`python -m benchmarks.siege fuzz|hold|storm|siege`: one campaign, its account as JSON."""

from __future__ import annotations

import argparse
import json

from benchmarks.siege import campaign


def main() -> None:
    """Run one campaign."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.siege", description=__doc__)
    kinds = parser.add_subparsers(dest="campaign", required=True)
    fuzz = kinds.add_parser("fuzz", help="mutated messages of every kind")
    fuzz.add_argument("--messages", type=int, default=20_000)
    hold = kinds.add_parser("hold", help="encrypted sessions with monitored items")
    hold.add_argument("--sessions", type=int, default=500)
    hold.add_argument("--items", type=int, default=100, help="of each session")
    storm = kinds.add_parser("storm", help="all clients of a plant come at once")
    storm.add_argument("--clients", type=int, default=200)
    storm.add_argument("--users", type=int, default=0, help="so many that were never there; 0: three")
    siege = kinds.add_parser("siege", help="every class of hostile clients beside honest ones")
    for one in (hold, siege):
        one.add_argument("--seconds", type=float, default=60)
    for one in (fuzz, siege):
        one.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    if given.campaign == "fuzz":
        found = campaign.fuzz(given.messages, given.seed)
    elif given.campaign == "hold":
        found = campaign.hold(given.sessions, given.items, given.seconds)
    elif given.campaign == "storm":
        found = campaign.storm(given.clients, given.users)
    else:
        found = campaign.siege(given.seconds, given.seed)
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
