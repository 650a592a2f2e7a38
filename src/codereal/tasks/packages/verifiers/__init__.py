"""Tasks with codereal's reward as an environment of `verifiers`: for its 0.2 (`load_environment`) and its 0.4."""

from __future__ import annotations

import importlib.util

if importlib.util.find_spec("verifiers.envs"):
    from .classic import load_environment

    __all__ = ["load_environment"]
else:
    from .environment import CoderealEnv, CoderealTaskset, load_environment  # type: ignore[assignment]

    __all__ = ["CoderealEnv", "CoderealTaskset", "load_environment"]
