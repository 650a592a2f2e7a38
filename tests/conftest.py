"""Settings for all tests: the same examples at every run; `make soak` draws new ones."""

import os

from hypothesis import settings

settings.register_profile("fixed", derandomize=True, deadline=None)
settings.register_profile("soak", deadline=None, max_examples=2000)
settings.load_profile(os.environ.get("CODEREAL_HYPOTHESIS", "fixed"))
