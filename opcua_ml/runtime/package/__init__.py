"""What a version of a model is on disk: a folder or zip with a manifest that names every byte of it."""
