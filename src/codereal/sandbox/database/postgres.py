"""PostgreSQL for tasks: a database and a role of its own for each case, filled by the task's script.

Roles are no superusers, may not read files or run programs, and may connect to their own database only. What the script
makes belongs to a role that all of them are members of: so a program can alter and drop it, as its owner could.

Databases are used again. All that a role can leave in one belongs to it or to that owner, and `DROP OWNED` takes it
away; copying a template for each case costs nine times as much (design/050-databases.md).
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import os
import secrets
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from codereal.errors import DataError, MissingExtra, SandboxError
from codereal.sandbox.database.copy import Copy

if TYPE_CHECKING:
    from codereal.sandbox.database.embedded import Embedded
    from codereal.sandbox.database.relay import Relay

_CONNECTIONS = 8  # at once, for one case
_USES = 200  # of one database: catalogs grow with each
_END_SESSIONS = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE usename = %s"
_SCRIPT_SECONDS = 10
_HOLLOW = """;
DO $$ DECLARE name text; BEGIN
    FOR name IN SELECT format('%I.%I', schemaname, tablename) FROM pg_tables WHERE schemaname = 'public' LOOP
        EXECUTE 'TRUNCATE ' || name || ' CASCADE';
    END LOOP;
END $$;
CREATE TABLE nothing_of_note (id integer);
"""


def creation(copy: Copy, owner: str, seconds: float) -> list[str]:
    """What makes a role and an empty schema in a blank database. Names are ours: letters, digits and underscores."""
    rights = f"LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION CONNECTION LIMIT {_CONNECTIONS}"
    secret = verifier(copy.password, secrets.token_bytes(16))
    return [
        f"CREATE ROLE {copy.role} {rights} IN ROLE {owner} PASSWORD '{secret}'",
        f"ALTER ROLE {copy.role} SET statement_timeout = {max(1, round(seconds * 1000))}",
        f"GRANT CONNECT, TEMPORARY ON DATABASE {copy.database} TO {copy.role}",
        f"CREATE SCHEMA public AUTHORIZATION {owner}",
    ]


def verifier(password: str, salt: bytes) -> str:
    """What the server keeps of a password (RFC 5803), with one round of hashing in place of 4096: ours are random and
    long, and the rounds would cost each login more than the rest of it.
    """
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, 1)  # nosec: a long random secret, not a user's
    client, server = (hmac.digest(salted, label, "sha256") for label in (b"Client Key", b"Server Key"))
    stored = hashlib.sha256(client).digest()
    texts = [base64.b64encode(part).decode() for part in (salt, stored, server)]
    return f"SCRAM-SHA-256$1:{texts[0]}${texts[1]}:{texts[2]}"


def removal(copy: Copy, owner: str, builder: str) -> list[str]:
    """What makes the database blank again, when its role has no connections any more."""
    return [f"DROP OWNED BY {copy.role}, {owner}, {builder} CASCADE", f"DROP ROLE {copy.role}"]


@dataclass(slots=True)
class _Place:
    """A database that is blank between cases. An administrator's connection to it, and one that runs scripts: a new
    connection is a new process of the server's, which costs more than most scripts.
    """

    name: str
    connection: Any
    builder: Any
    uses: int = 0

    def close(self) -> None:
        self.connection.close()
        self.builder.close()


class Postgres:
    """A PostgreSQL server that we administer; see `DatabaseServer`. `address` is a URL or conninfo of a superuser."""

    def __init__(
        self, address: str, folder: str, *, port: int = 5432, ours: Embedded | None = None, relay: Relay | None = None
    ) -> None:
        self.folder = folder
        self._address, self._port, self._ours, self._relay = address, port, ours, relay
        self._prefix = f"codereal_{os.getpid()}_{secrets.token_hex(4)}"
        self._owner, self._builder = f"{self._prefix}_owner", f"{self._prefix}_builder"
        self._secret = secrets.token_hex(16)
        self._lock = threading.Lock()
        self._free: list[_Place] = []
        self._taken: dict[str, _Place] = {}
        self._count = 0
        self._closed = False
        with _failures(), self._connect() as admin:
            admin.execute(f"CREATE ROLE {self._owner} NOLOGIN")
            secret = verifier(self._secret, secrets.token_bytes(16))
            admin.execute(f"CREATE ROLE {self._builder} LOGIN IN ROLE {self._owner} PASSWORD '{secret}'")
            if ours is not None:
                admin.execute("REVOKE CONNECT ON DATABASE postgres, template1 FROM PUBLIC")

    def copy(self, script: str, seconds: float, *, hollow: bool = False) -> Copy:
        """See `DatabaseServer`."""
        with _failures():
            place = self._take()
            copy = Copy(self._next(), place.name, secrets.token_hex(16))
            self._taken[copy.role] = place
            try:
                place.connection.execute("; ".join(creation(copy, self._owner, seconds)))
                self._fill(place, script + (_HOLLOW if hollow else ""))
            except BaseException:
                self.drop(copy)
                raise
        return copy

    def settle(self, copy: Copy) -> None:
        """See `DatabaseServer`."""
        with _failures():
            self._taken[copy.role].connection.execute(_END_SESSIONS, (copy.role,))

    def drop(self, copy: Copy) -> None:
        """See `DatabaseServer`."""
        place = self._taken.pop(copy.role)
        try:
            with _failures():
                place.connection.execute(_END_SESSIONS, (copy.role,))
                place.connection.execute("; ".join(removal(copy, self._owner, self._builder)))
        except BaseException:
            # In an unknown state, as those beside it may be, where the server was started anew: none is used again.
            with self._lock:
                lost, self._free = [place, *self._free], []
            for other in lost:
                other.close()
            raise
        place.uses += 1
        if place.uses < _USES and not place.builder.closed:
            with self._lock:
                self._free.append(place)
        else:
            self._remove(place)

    def where(self, copy: Copy, folder: str) -> dict[str, Any]:
        """See `DatabaseServer`."""
        parameters = {
            "host": folder,
            "port": self._port,
            "user": copy.role,
            "password": copy.password,
            "dbname": copy.database,
        }
        return {"dialect": "postgresql", "parameters": parameters}

    def environment(self, copy: Copy, folder: str) -> dict[str, str]:
        """`DATABASE_URL`, and the variables that libpq reads: `psycopg.connect("")` is enough."""
        socket = f"host={quote(folder, safe='')}&port={self._port}"
        return {
            "DATABASE_URL": f"postgresql://{copy.role}:{copy.password}@/{copy.database}?{socket}",
            "PGHOST": folder,
            "PGPORT": str(self._port),
            "PGUSER": copy.role,
            "PGPASSWORD": copy.password,
            "PGDATABASE": copy.database,
            "PGSSLMODE": "disable",
            "PGGSSENCMODE": "disable",
        }

    def alive(self) -> bool:
        """See `DatabaseServer`."""
        return not self._closed and (self._ours is None or self._ours.alive())

    def close(self) -> None:
        """See `DatabaseServer`."""
        if self._closed:
            return
        self._closed = True
        with self._lock:
            places, self._free = [*self._free, *self._taken.values()], []
        for place in places:
            if self._ours is None:
                self._remove(place)
            else:
                place.close()
        if self._ours is None:
            with _failures(), self._connect() as admin:
                admin.execute(f"DROP ROLE {self._builder}")
                admin.execute(f"DROP ROLE {self._owner}")
        else:
            self._ours.close()
        if self._relay is not None:
            self._relay.close()

    def forget(self) -> None:
        """See `DatabaseServer`."""
        self._closed = True
        if self._ours is not None:
            self._ours.forget()
        if self._relay is not None:
            self._relay.forget()

    def _next(self) -> str:
        with self._lock:
            self._count += 1
            return f"{self._prefix}_{self._count}"

    def _take(self) -> _Place:
        with self._lock:
            if self._free:
                return self._free.pop()
        name = self._next()
        with self._connect() as admin:
            admin.execute(f"CREATE DATABASE {name} TEMPLATE template0")
            admin.execute(f"REVOKE ALL ON DATABASE {name} FROM PUBLIC")
            admin.execute(f"GRANT CONNECT ON DATABASE {name} TO {self._builder}")
        connection = self._connect(dbname=name)
        try:
            connection.execute("DROP SCHEMA public")
            builder = self._connect(user=self._builder, password=self._secret, dbname=name)
        except BaseException:
            connection.close()
            raise
        return _Place(name, connection, builder)

    def _remove(self, place: _Place) -> None:
        place.close()
        with _failures(), self._connect() as admin:
            admin.execute(f"DROP DATABASE {place.name} WITH (FORCE)")

    def _fill(self, place: _Place, script: str) -> None:
        """Run the task's script with no more rights than its program will have."""
        import psycopg

        try:
            place.builder.execute(f"SET statement_timeout = '{_SCRIPT_SECONDS}s'; SET ROLE {self._owner}")
            place.builder.execute(script)  # nosec: a task's script, run with its program's rights
        except psycopg.Error as error:
            raise DataError(f"the database script failed: {' '.join(str(error).split())}") from error
        finally:
            place.builder.execute("ROLLBACK")
            place.builder.execute("DISCARD ALL")

    def _connect(self, **changes: Any) -> Any:
        import psycopg

        return psycopg.connect(self._address, autocommit=True, connect_timeout=10, prepare_threshold=None, **changes)


@contextlib.contextmanager
def _failures() -> Iterator[None]:
    """Errors of the server are ours."""
    import psycopg

    try:
        yield
    except psycopg.Error as error:
        raise SandboxError(f"the PostgreSQL server failed: {' '.join(str(error).split())}") from error


def require_client() -> None:
    """Raises MissingExtra where psycopg is not installed."""
    try:
        import psycopg  # noqa: F401
    except ImportError as error:
        raise MissingExtra("PostgreSQL", "postgres") from error
