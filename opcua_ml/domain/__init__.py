"""What a model, a tag, a quality and a prediction are: pure, without I/O, clock or async."""
