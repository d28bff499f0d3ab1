"""What every room of the server stands on: limits, refusals, turns, tasks, asyncua's values."""
