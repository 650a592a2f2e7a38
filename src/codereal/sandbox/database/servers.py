"""The database servers of this process: each is started when a task first needs it, and ends with the process."""

from __future__ import annotations

import atexit
import contextlib
import os
import socket
import threading

from codereal.errors import CoderealError, SandboxError, UsageError
from codereal.sandbox.database.copy import DatabaseServer

POSTGRES_URL, MARIADB_URL = "CODEREAL_POSTGRES_URL", "CODEREAL_MARIADB_URL"


def database_server(dialect: str) -> DatabaseServer:
    """The running server of a dialect.

    Raises MissingExtra where its client is not installed, SandboxError where there is no server.
    """
    with _lock:
        server = _servers.get(dialect)
        if server is None or not server.alive():
            if server is not None:
                _end(server)
            server = _servers[dialect] = _START[dialect]()
        return server


def _postgres() -> DatabaseServer:
    from codereal.sandbox.database import postgres

    postgres.require_client()
    address = os.environ.get(POSTGRES_URL)
    if not address:
        from codereal.sandbox.database.embedded import Embedded

        ours = Embedded()
        try:
            return postgres.Postgres(ours.address, ours.sockets, ours=ours)
        except BaseException:
            ours.close()
            raise
    import psycopg
    from psycopg.conninfo import conninfo_to_dict

    try:
        parts = conninfo_to_dict(address)
    except psycopg.Error as error:
        raise UsageError(f"{POSTGRES_URL}: {' '.join(str(error).split())}") from error
    host, port = str(parts.get("host") or "localhost"), int(parts.get("port") or 5432)
    if host.startswith("/"):
        return postgres.Postgres(address, host, port=port)
    from codereal.sandbox.database.relay import Relay

    relay = Relay(host, port, ".s.PGSQL.5432")
    try:
        return postgres.Postgres(address, relay.folder, relay=relay)
    except BaseException:
        relay.close()
        raise


def _mariadb() -> DatabaseServer:
    from codereal.sandbox.database import mariadb
    from codereal.sandbox.database.relay import Relay, unreachable

    mariadb.require_client()
    url = os.environ.get(MARIADB_URL)
    if not url:
        raise SandboxError(f"a task needs MariaDB: set {MARIADB_URL} to mariadb://user:password@host:3306/")
    address = mariadb.read_url(url)
    if "unix_socket" in address:
        with unreachable(address["unix_socket"]), socket.socket(socket.AF_UNIX) as probe:
            probe.connect(address["unix_socket"])
        folder, _, name = address["unix_socket"].rpartition("/")
        return mariadb.MariaDb(address, folder, socket=name)
    relay = Relay(address["host"], address["port"], mariadb.SOCKET)
    try:
        return mariadb.MariaDb(address, relay.folder, relay=relay)
    except BaseException:
        relay.close()
        raise


_START = {"postgresql": _postgres, "mariadb": _mariadb}
_servers: dict[str, DatabaseServer] = {}
_lock = threading.Lock()


def _end(server: DatabaseServer) -> None:
    with contextlib.suppress(CoderealError):  # a server that is gone needs no order
        server.close()


def close_all() -> None:
    """End the servers; the next task that needs one starts it anew."""
    with _lock:
        servers = list(_servers.values())
        _servers.clear()
    for server in servers:
        _end(server)


def _forget() -> None:
    global _lock
    _lock = threading.Lock()
    for server in _servers.values():
        server.forget()
    _forgotten.extend(_servers.values())  # their connections belong to the original: not to be closed by a collector
    _servers.clear()


_forgotten: list[DatabaseServer] = []
os.register_at_fork(after_in_child=_forget)
atexit.register(close_all)
