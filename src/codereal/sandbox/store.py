"""What a case finds when it begins: files, environment, and a database that is its own."""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from codereal.sandbox.case import Database, pack_files
from codereal.sandbox.limits import READER, Limits
from codereal.sandbox.root import SOCKETS

if TYPE_CHECKING:
    from codereal.sandbox.database.copy import Copy, DatabaseServer
    from codereal.sandbox.slot import Job, Slot

_MOST = 1024  # made files that are kept
_SETUP = (
    "import sqlite3\nconnection = sqlite3.connect({path!r})\nconnection.executescript({script!r})\nconnection.close()\n"
)
_HOLLOW = """
import base64, json, os, sqlite3
for path, data in json.loads({files!r}).items():
    os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    content = base64.b64decode(data)
    with open(path, "wb") as file:
        file.write(content)
    if content.startswith(b"SQLite format 3"):
        connection = sqlite3.connect(path)
        names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
        for name, in names.fetchall():
            connection.execute('DELETE FROM "' + name.replace('"', '""') + '"')
        connection.execute("CREATE TABLE nothing_of_note (id INTEGER)")  # so that a list of tables differs, too
        connection.commit()
        connection.close()
"""


@dataclass(frozen=True, slots=True)
class Store:
    """`files` go into the working folder, `where` says how the case's database is reached; see `database.client`."""

    files: dict[str, str]
    environment: dict[str, str] = field(default_factory=dict)
    where: dict[str, Any] | None = None
    _server: DatabaseServer | None = None
    _copy: Copy | None = None

    def settle(self) -> None:
        """Call when the candidate has ended and before its database is read: a server may still be at work for it."""
        if self._server is not None and self._copy is not None:
            self._server.settle(self._copy)


class Stores:
    """Makes the stores of a job's cases. Raises DataError for a database script that fails."""

    def __init__(self, slot: Slot, job: Job) -> None:
        self._slot, self._job = slot, job
        self._files = pack_files(job.files or {})
        self._server = served(job.database)
        if job.database is not None and self._server is None:
            self._files |= pack_files(_database_files(slot, job.database))

    @property
    def serial(self) -> bool:
        """Whether one process can put all back between two cases: not a server's database, nor what other processes,
        where the program may start some, still change.
        """
        return self._server is None and (not self._files or not self._job.limits.processes)

    @property
    def key(self) -> str:
        """The same for stores with the same contents."""
        database = self._job.database
        return _key({"files": self._files, "database": database and database.to_dict()})

    @contextlib.contextmanager
    def fresh(self, *, hollow: bool = False) -> Iterator[Store]:
        """A store as the task describes it, or with all tables emptied and one table more; gone with the block."""
        database, server = self._job.database, self._server
        files = self._hollow_files() if hollow else self._files
        if database is None:
            yield Store(files)
        elif server is None:
            yield Store(files, where={"dialect": "sqlite", "path": database.path})
        else:
            folder = SOCKETS if self._slot.level == "L2" else server.folder
            copy = server.copy(database.script, self._job.limits.wall_seconds, hollow=hollow)
            try:
                yield Store(files, server.environment(copy, folder), server.where(copy, folder), server, copy)
            finally:
                server.drop(copy)

    def _hollow_files(self) -> dict[str, str]:
        key = f"hollow {_key(self._files)}"
        if self._files and key not in _made:
            program = _HOLLOW.format(files=json.dumps(self._files))
            _keep(key, self._slot.make_files(program, READER))
        return pack_files(_made[key]) if self._files else {}


def served(database: Database | None) -> DatabaseServer | None:
    """The server that holds the database, None where it is a file."""
    if database is None or database.dialect == "sqlite":
        return None
    from codereal.sandbox.database.servers import database_server

    return database_server(database.dialect)


_made: dict[str, dict[str, bytes]] = {}


def _database_files(slot: Slot, database: Database) -> dict[str, bytes]:
    """The database's file, built once in the sandbox for each script."""
    key = _key([database.path, database.script])
    if key not in _made:
        _keep(key, slot.make_files(_SETUP.format(path=database.path, script=database.script), Limits()))
    return _made[key]


def _keep(key: str, files: dict[str, bytes]) -> None:
    while len(_made) >= _MOST:
        _made.pop(next(iter(_made)), None)
    _made[key] = files


def _key(data: object) -> str:
    return hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()
