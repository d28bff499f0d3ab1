"""The composition root: builds everything, runs it in one TaskGroup, stops it in reverse."""
