"""The mypy command line whose verdicts are given: the flags, the Python and the platform are pinned."""

from __future__ import annotations

PYTHON_VERSION = "3.11"  # the oldest Python that this package runs on: what passes here runs everywhere
PLATFORM = "linux"


def command_line_flags(python_version: str = PYTHON_VERSION, platform: str = PLATFORM) -> list[str]:
    """Return the flags of the command line whose verdicts these are.

    No configuration file and no installed package is read: only the code decides, not the machine it is
    checked on. `import numpy` is therefore an error, `import-not-found`, wherever it is checked.
    """
    target = ["--python-version", python_version, "--platform", platform]
    return ["--strict", "--no-site-packages", "--config-file=", "--no-error-summary", *target]
