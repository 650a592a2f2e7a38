"""One case's own database, and what a server of databases must be able to do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Copy:
    """A database made for one case, and a role that can reach no other."""

    role: str
    database: str
    password: str


class DatabaseServer(Protocol):
    """Makes databases and drops them; used from several threads. Raises SandboxError when the server fails us."""

    folder: str
    """The folder of the host that holds the server's socket."""

    def copy(self, script: str, seconds: float, *, hollow: bool) -> Copy:
        """A database as the script makes it, with all tables emptied and one more if `hollow`; statements of its role
        end after so many seconds. Raises DataError when the script fails.
        """
        ...

    def settle(self, copy: Copy) -> None:
        """End all that still goes on in it; what was not committed is undone."""
        ...

    def drop(self, copy: Copy) -> None:
        """Remove all that is in it, and its role."""
        ...

    def where(self, copy: Copy, folder: str) -> dict[str, Any]:
        """How `client.connect` reaches it, its socket lying in `folder`."""
        ...

    def environment(self, copy: Copy, folder: str) -> dict[str, str]:
        """How the program learns of it."""
        ...

    def alive(self) -> bool:
        """Whether it can still be used."""
        ...

    def close(self) -> None:
        """Drop all that was made, and end the server if it is ours."""
        ...

    def forget(self) -> None:
        """In a forked copy of the engine: let go of the original's."""
        ...
