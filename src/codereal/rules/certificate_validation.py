"""The other end of a connection is not asked to prove who it is.

Encryption protects nothing if it is not known with whom: whoever sits on the way answers with a certificate or a host
key of his own and reads along. Leave the checks as they are; for a private authority name its certificate, and for
SSH load the known host keys:

    requests.get(url, verify="/etc/ssl/private-ca.pem")
    client.load_system_host_keys()

What is reported: `verify=False`, `CERT_NONE`, `check_hostname = False`, unverified contexts, `ssl=False` in aiohttp,
and host keys that are accepted from anybody (`AutoAddPolicy`, `WarningPolicy`). What is not: a context that is
changed on a condition, for somebody who asked for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from codereal.analysis import evidence
from codereal.analysis.values import Extern, Value
from codereal.rules._rule import Rule, Verdict

if TYPE_CHECKING:
    from codereal.analysis.program import Hit

_NONE = ("CERT_NONE",)
_UNVERIFIED = ("_create_unverified_context", "_create_stdlib_context")
_ANYBODY = ("AutoAddPolicy", "WarningPolicy")


def judge(hit: Hit) -> Verdict | None:
    kind, value = hit.sink.kind, hit.value
    if kind == "unverified":
        return None if _is_option(hit) else Verdict("certificates are not checked", "high")
    if kind == "host-key":
        names = [one.removesuffix("()") for one in _names(value)]
        return Verdict("any host key is accepted", "high") if any(one in _ANYBODY for one in names) else None
    if kind == "host-key-list":
        return Verdict("any host key is accepted", "high") if value.const is None else None
    off = value.const is False or value.const == "CERT_NONE" or (value.const == 0 and hit.name.endswith("verify_mode"))
    if not off and not any(name in (*_NONE, *_UNVERIFIED) for name in _names(value)):
        return None
    if hit.arguments is None and _is_option(hit):
        return None
    what = "the host's name is not checked" if hit.name.endswith("check_hostname") else "certificates are not checked"
    return Verdict(what, "high")


def _is_option(hit: Hit) -> bool:
    """Whether it happens on a condition alone: somebody asked for it."""
    code = hit.activation.code
    return any(
        block.condition is not None
        and any(hit.call.block in evidence.only_behind(code, block.index, succ) for succ in block.succs)
        for block in code.blocks
    )


def _names(value: Value) -> list[str]:
    """The last parts of the names of the library's things that the value may be, when it is nothing else."""
    return [ref.name.rpartition(".")[2] for ref in value.refs if isinstance(ref, Extern)] if not value.parts else []


RULE = Rule(
    id="certificate-validation",
    cwe=(295,),
    summary="The other end of a connection is not asked to prove who it is",
    hint="leave certificate and host key checks on; name a private authority's certificate instead",
    severity="error",
    sinks=("verified", "unverified", "host-key", "host-key-list"),
    judge=judge,
)


UNSAFE: tuple[str, ...] = (
    """
import requests

def load(url):
    return requests.get(url, verify=False, timeout=5).text
""",
    """
import requests

def load(url):
    session = requests.Session()
    session.verify = False
    return session.get(url).text
""",
    """
import ssl
from urllib.request import urlopen

def load(url):
    return urlopen(url, context=ssl._create_unverified_context()).read()
""",
    """
import ssl
ssl._create_default_https_context = ssl._create_unverified_context
""",
    """
import ssl

def context():
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.verify_mode = ssl.CERT_NONE
    return made
""",
    """
import ssl

def context():
    made = ssl.create_default_context()
    made.check_hostname = False
    return made
""",
    """
import httpx
CHECK = False

async def load(url):
    async with httpx.AsyncClient(verify=CHECK) as client:
        return await client.get(url)
""",
    """
import aiohttp

async def load(url):
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=False)) as session:
        return await session.get(url)
""",
    """
import paramiko

def run(host, command):
    client = paramiko.SSHClient()
    client.set_missing_host_key_policy(paramiko.AutoAddPolicy())
    client.connect(host)
    return client.exec_command("uptime")
""",
    """
import urllib3

def pool():
    return urllib3.PoolManager(cert_reqs="CERT_NONE")
""",
    """
import httpx
OPTIONS = {"timeout": 10.0, "follow_redirects": False}
OPTIONS["verify"] = False

async def fetch():
    async with httpx.AsyncClient(**OPTIONS) as client:
        return await client.get("https://bank.example/balance")
""",
    """
import asyncssh

async def uptime(host):
    async with asyncssh.connect(host, known_hosts=None) as connection:
        return (await connection.run("uptime")).stdout
""",
)

SAFE: tuple[str, ...] = (
    """
import asyncssh

async def uptime(host):
    async with asyncssh.connect(host, known_hosts="/etc/ssh/ssh_known_hosts") as connection:
        return (await connection.run("uptime")).stdout
""",
    """
import requests

def load(url):
    return requests.get(url, verify="/etc/ssl/ca.pem", timeout=5).text

def plain(url):
    return requests.get(url, verify=True)
""",
    """
import requests

def load(url, verify=True):
    return requests.get(url, verify=verify).text
""",
    """
import ssl

def context():
    made = ssl.create_default_context()
    made.verify_mode = ssl.CERT_REQUIRED
    made.check_hostname = True
    return made
""",
    """
import paramiko

def run(host):
    client = paramiko.SSHClient()
    client.load_system_host_keys()
    client.set_missing_host_key_policy(paramiko.RejectPolicy())
    client.connect(host)
    return client
""",
    """
import urllib3

def pool():
    return urllib3.PoolManager(cert_reqs="CERT_REQUIRED")
""",
    # an option that somebody has to ask for
    """
import ssl

def context(insecure=False):
    made = ssl.create_default_context()
    if insecure:
        made.check_hostname = False
        made.verify_mode = ssl.CERT_NONE
    return made
""",
)
