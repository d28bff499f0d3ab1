"""Playing a recording as tags."""
