from __future__ import annotations

from collections.abc import Iterator

import pytest

from codereal.errors import SandboxError
from codereal.sandbox.run import Sandbox
from codereal.sandbox.verdict import Isolation


@pytest.fixture(scope="session", params=["L2", "L1"])
def walled(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    """A sandbox of each level that this machine gives."""
    level: Isolation = request.param
    with Sandbox(slots=1, isolation=level) as sandbox:
        try:
            assert sandbox.isolation == level
        except SandboxError as error:
            pytest.skip(str(error))
        yield sandbox


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    """The best this machine gives."""
    with Sandbox(slots=2) as sandbox:
        yield sandbox
