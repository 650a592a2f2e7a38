"""Tasks written by a language model, as SafeSQL's were, and believed only as far as they prove themselves."""
