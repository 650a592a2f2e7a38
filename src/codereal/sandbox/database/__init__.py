"""Databases that a server holds: PostgreSQL (embedded, or by URL) and MariaDB (by URL).

    postgres.py  mariadb.py  statements, and who sends them with the rights of an administrator
    embedded.py  keeper.py   a PostgreSQL of our own, which ends with the engine
    relay.py                 a Unix socket in front of a server elsewhere
    client.py                inside the jail: connects, reads tables, dumps

Each case gets a database and a role of its own; see design/050-databases.md. The programs that they belong to reach the
server through one Unix socket, which is bound into the jail, and through nothing else.
"""

from __future__ import annotations
