"""A server listens on every interface of the machine.

`0.0.0.0` and the empty name stand for all addresses that the machine has, also those that face a network nobody
thought of. A service for this machine alone binds to `127.0.0.1`, one for a network to its address there; what listens
on all of them, and lets another process bind to the same port beside it, gives its callers away to that process:

    server.bind(("127.0.0.1", 9000))

What is reported: a socket of the program's own that is bound to all interfaces by a literal address. What is not:
addresses that come from the configuration, clients that bind to port 0, sockets for broadcasts, and web frameworks,
which run in containers of their own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from codereal.analysis import ir
from codereal.rules._rule import Rule, Verdict

if TYPE_CHECKING:
    from codereal.analysis.program import Hit

_ALL = frozenset({"0.0.0.0", "", "::"})
_SHARED = frozenset({"SO_BROADCAST", "IP_ADD_MEMBERSHIP", "IPV6_JOIN_GROUP", "SOCK_RAW", "SOCK_DGRAM"})


def judge(hit: Hit) -> Verdict | None:
    for _, obj in hit.activation.objects(hit.value):
        host, port = obj.items.get(0), obj.items.get(1)
        if obj.kind != "tuple" or host is None or port is None or host.const not in _ALL or port.const == 0:
            continue
        if not _is_datagram(hit):
            return Verdict("a server listens on every interface of the machine", "medium")
    return None


def _is_datagram(hit: Hit) -> bool:
    """Whether the function deals with datagrams or broadcasts, which are received on all interfaces or not at all."""
    return any(
        instr.op in (ir.ATTR, ir.NAME, ir.IMPORT) and str(instr.data).rpartition(".")[2] in _SHARED
        for block in hit.activation.code.blocks
        for instr in block.instrs
    )


RULE = Rule(
    id="open-to-all",
    cwe=(605, 1327, 668),
    summary="A server listens on every interface of the machine",
    hint="bind to 127.0.0.1, or to the address of the network that it serves",
    severity="warning",
    sinks=("bind",),
    judge=judge,
)


UNSAFE: tuple[str, ...] = (
    """
import socket

def serve():
    server = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    server.bind(("0.0.0.0", 9000))
    server.listen(5)
""",
    """
import socket

def serve(port):
    with socket.socket() as server:
        server.bind(("", port))
        server.listen()
""",
    """
from socket import socket as Socket
HOST = "0.0.0.0"
server = Socket()
server.bind((HOST, 7000))
""",
    """
import socket

class Server:
    def __init__(self, port):
        self.sock = socket.socket(socket.AF_INET6)
        self.sock.bind(("::", port))
""",
    """
import socket
ADDRESS = ("", 5000)

def main():
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind(ADDRESS)
""",
)

SAFE: tuple[str, ...] = (
    """
import socket

def serve():
    server = socket.socket()
    server.bind(("127.0.0.1", 9000))
    server.listen(5)
""",
    """
import socket

def serve(host, port):
    server = socket.socket()
    server.bind((host, port))
""",
    """
import socket

def free_port():
    with socket.socket() as sock:
        sock.bind(("", 0))
        return sock.getsockname()[1]
""",
    """
import socket

def listen(port):
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
    sock.bind(("", port))
""",
    """
import os
import socket

def serve():
    server = socket.socket()
    server.bind((os.environ.get("HOST", "127.0.0.1"), 9000))
""",
)
