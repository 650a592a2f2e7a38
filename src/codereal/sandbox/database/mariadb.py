"""MariaDB for tasks, by URL: a database and a user of its own for each case, filled by the task's script.

MariaDB has no templates: the script runs anew for each case. Users have rights on their own database only, none of the
server's (FILE, PROCESS, SUPER), so they read no files and see nobody else's statements.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import threading
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote, urlsplit

from codereal.errors import DataError, MissingExtra, SandboxError, UsageError
from codereal.sandbox.database.copy import Copy

if TYPE_CHECKING:
    from codereal.sandbox.database.relay import Relay

SOCKET = "mysqld.sock"
_CONNECTIONS = 8  # at once, for one case
_HOLLOW = "CREATE TABLE nothing_of_note (id integer)"


def read_url(url: str) -> dict[str, Any]:
    """Arguments for `pymysql.connect` of `mariadb://user:password@host:port/?unix_socket=/path`.

    Raises UsageError for another kind of URL.
    """
    parts = urlsplit(url)
    try:
        port = parts.port or 3306
    except ValueError as error:
        raise UsageError(f"CODEREAL_MARIADB_URL: {error}") from error
    if parts.scheme not in ("mariadb", "mysql") or not parts.username:
        raise UsageError("CODEREAL_MARIADB_URL looks like mariadb://user:password@host:3306/ or …@/?unix_socket=/path")
    found: dict[str, Any] = {"user": unquote(parts.username), "password": unquote(parts.password or "")}
    if sockets := parse_qs(parts.query).get("unix_socket"):
        return found | {"unix_socket": sockets[0]}
    return found | {"host": parts.hostname or "localhost", "port": port}


def creation(copy: Copy, seconds: float) -> list[str]:
    """The statements that make an empty database and its user. Names are ours: letters, digits and underscores."""
    name = copy.database
    limits = f"MAX_USER_CONNECTIONS {_CONNECTIONS} MAX_STATEMENT_TIME {max(0.001, seconds):.3f}"
    pattern = name.replace("_", "\\_")  # in a grant, an underscore stands for any letter
    return [
        f"CREATE DATABASE `{name}` CHARACTER SET utf8mb4",
        f"CREATE USER '{name}'@'%' IDENTIFIED BY '{copy.password}' WITH {limits}",
        f"GRANT ALL PRIVILEGES ON `{pattern}`.* TO '{name}'@'%'",
    ]


def removal(copy: Copy) -> list[str]:
    """The statements that undo `creation`."""
    return [f"DROP DATABASE IF EXISTS `{copy.database}`", f"DROP USER IF EXISTS '{copy.role}'@'%'"]


class MariaDb:
    """A MariaDB server that we administer; see `DatabaseServer`. `address` has the arguments of `pymysql.connect`."""

    def __init__(
        self, address: dict[str, Any], folder: str, *, socket: str = SOCKET, relay: Relay | None = None
    ) -> None:
        self.folder = folder
        self._address, self._socket, self._relay = address, socket, relay
        self._prefix = f"codereal_{os.getpid()}_{secrets.token_hex(4)}"
        self._lock = threading.Lock()
        self._idle: list[Any] = []
        self._count = 0
        self._closed = False
        with self._admin() as admin:
            admin.execute("SELECT 1")

    def copy(self, script: str, seconds: float, *, hollow: bool = False) -> Copy:
        """See `DatabaseServer`."""
        with self._lock:
            self._count += 1
            name = f"{self._prefix}_{self._count}"
        copy = Copy(name, name, secrets.token_hex(16))
        with self._admin() as admin:
            for statement in creation(copy, seconds):
                admin.execute(statement)  # nosec: the parts are numbers and names of ours
        try:
            self._fill(copy, script, hollow)
        except BaseException:
            self.drop(copy)
            raise
        return copy

    def settle(self, copy: Copy) -> None:
        """See `DatabaseServer`."""
        deadline = time.monotonic() + 5
        with self._admin() as admin:
            while True:
                admin.execute("SELECT id FROM information_schema.processlist WHERE user = %s", (copy.role,))
                found = [row[0] for row in admin.fetchall()]
                if not found:
                    return
                if time.monotonic() > deadline:
                    raise SandboxError("the MariaDB server does not end a candidate's connections")
                for number in found:
                    with contextlib.suppress(*_gone()):
                        admin.execute(f"KILL {int(number)}")
                time.sleep(0.001)

    def drop(self, copy: Copy) -> None:
        """See `DatabaseServer`."""
        with self._admin() as admin:
            for statement in removal(copy):
                admin.execute(statement)  # nosec: names of ours

    def where(self, copy: Copy, folder: str) -> dict[str, Any]:
        """See `DatabaseServer`."""
        parameters = {
            "unix_socket": f"{folder}/{self._socket}",
            "user": copy.role,
            "password": copy.password,
            "database": copy.database,
            "charset": "utf8mb4",
        }
        return {"dialect": "mariadb", "parameters": parameters}

    def environment(self, copy: Copy, folder: str) -> dict[str, str]:
        """`DATABASE_URL`, and its parts for `pymysql.connect`."""
        name, password, socket = copy.role, copy.password, f"{folder}/{self._socket}"
        return {
            "DATABASE_URL": f"mysql://{name}:{password}@localhost/{name}?unix_socket={socket}",
            "MARIADB_SOCKET": socket,
            "MARIADB_USER": name,
            "MARIADB_PASSWORD": password,
            "MARIADB_DATABASE": name,
        }

    def alive(self) -> bool:
        """See `DatabaseServer`."""
        return not self._closed

    def close(self) -> None:
        """See `DatabaseServer`."""
        self._closed = True
        with self._lock:
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()
        if self._relay is not None:
            self._relay.close()

    def forget(self) -> None:
        """See `DatabaseServer`."""
        self._closed = True
        for connection in self._idle:
            connection._force_close()  # without the good-bye that would end the original's session
        if self._relay is not None:
            self._relay.forget()

    def _fill(self, copy: Copy, script: str, hollow: bool) -> None:
        """Run the task's script with no more rights than its program will have."""
        import pymysql
        from pymysql.constants import CLIENT

        address = self._address | {"user": copy.role, "password": copy.password, "database": copy.database}
        try:
            connection = pymysql.connect(**address, client_flag=CLIENT.MULTI_STATEMENTS, autocommit=True)
            with connection, connection.cursor() as cursor:
                cursor.execute(script)
                while cursor.nextset():
                    pass
                if hollow:
                    cursor.execute("SET FOREIGN_KEY_CHECKS = 0")
                    cursor.execute("SHOW FULL TABLES WHERE Table_type = 'BASE TABLE'")
                    for row in cursor.fetchall():
                        cursor.execute("DELETE FROM `" + row[0].replace("`", "``") + "`")
                    cursor.execute(_HOLLOW)
        except pymysql.Error as error:
            raise DataError(f"the database script failed: {error}") from error

    @contextlib.contextmanager
    def _admin(self) -> Iterator[Any]:
        """A cursor with all rights, on a connection that is kept for the next who needs one."""
        import pymysql

        with self._lock:
            connection = self._idle.pop() if self._idle else None
        try:
            connection = connection or pymysql.connect(**self._address, autocommit=True, connect_timeout=10)
            with connection.cursor() as cursor:
                yield cursor
        except pymysql.Error as error:
            if connection is not None:
                connection._force_close()
            raise SandboxError(f"the MariaDB server failed: {error}") from error
        except BaseException:
            if connection is not None:
                connection._force_close()
            raise
        with self._lock:
            self._idle.append(connection)


def _gone() -> tuple[type[Exception], ...]:
    import pymysql

    return (pymysql.err.OperationalError, pymysql.err.InternalError)  # no such thread: it has ended by itself


def require_client() -> None:
    """Raises MissingExtra where PyMySQL is not installed."""
    try:
        import pymysql  # noqa: F401
    except ImportError as error:
        raise MissingExtra("MariaDB", "mariadb") from error
