"""From bytes to requests, bounded in every direction."""
