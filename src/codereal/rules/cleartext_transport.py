"""A password travels where others on the way can read it.

Telnet, FTP, mail without STARTTLS and plain HTTP carry what they are given as it is: a password sent through them is
known to everybody on the way. Use the encrypted kin of each:

    server.starttls()
    server.login(user, password)

What is reported: Telnet; a login to a mail or file server on a connection that nothing turns to TLS before
(`SMTP_SSL`, `starttls()`, `FTP_TLS`); a password in a request to a literal `http://` address that is not this machine.
What is not: such connections without a password, and addresses that come from elsewhere.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from codereal.analysis import evidence, ir
from codereal.analysis.values import sample_of
from codereal.rules import _names
from codereal.rules._rule import Rule, Verdict

if TYPE_CHECKING:
    from codereal.analysis.program import Hit

_PLAIN = re.compile(r"http://(?!localhost|127\.|0\.0\.0\.0|\[::1\]|192\.168\.|10\.|[\w-]+(?:[:/]|\Z))[\w.-]+", re.I)


def judge(hit: Hit) -> Verdict | None:
    kind = hit.sink.kind
    if kind == "cleartext":
        return Verdict("telnet sends everything as it is", "high")
    if kind == "cleartext-login":
        return None if _is_turned_to_tls(hit) else Verdict("a password is sent over a connection in the clear", "high")
    if not _PLAIN.match(sample_of(hit.value.parts)):
        return None
    if hit.given("auth") is not None:
        return Verdict("a password is sent over plain http", "high")
    assert hit.arguments is not None
    act = hit.activation
    for value, name in zip(hit.arguments.values, hit.arguments.names, strict=True):
        if name in ("data", "json", "params"):
            keys = [str(key) for _, obj in act.objects(value) for key in obj.items]
            if _names.speaks_of(keys, _names.PASSWORDS):
                return Verdict("a password is sent over plain http", "high")
    return None


def _is_turned_to_tls(hit: Hit) -> bool:
    """Whether the program asks for encryption anywhere, which it does once a connection and often in a helper."""
    act = hit.activation
    while act.caller is not None:
        act = act.caller
    program = act.program
    codes = [one.code for one in evidence.activations(act)] + [one.code for one in program.functions.values()]
    return any(
        instr.op == ir.ATTR and instr.data in ("starttls", "auth_tls", "prot_p")
        for code in (hit.activation.code, *codes)
        for block in code.blocks
        for instr in block.instrs
    )


RULE = Rule(
    id="cleartext-transport",
    cwe=(319, 523),
    summary="A password travels where others on the way can read it",
    hint="use tls: https, starttls, smtp_ssl, ftp_tls, ssh",
    severity="error",
    sinks=("cleartext", "cleartext-login", "cleartext-url"),
    judge=judge,
)


UNSAFE: tuple[str, ...] = (
    """
import telnetlib

def login(host):
    return telnetlib.Telnet(host, 23)
""",
    """
import smtplib

def send(host, user, password, text):
    server = smtplib.SMTP(host, 25)
    server.login(user, password)
    server.sendmail(user, [user], text)
""",
    """
from ftplib import FTP

def upload(host, user, password, file):
    with FTP(host) as ftp:
        ftp.login(user, passwd=password)
        ftp.storbinary("STOR x", file)
""",
    """
import requests

def login(user, word):
    return requests.post("http://auth.example.com/login", data={"user": user, "password": word}, timeout=5)
""",
    """
import requests
API = "http://api.example.com"

def items(user, word):
    return requests.get(API + "/items", auth=(user, word), timeout=5).json()
""",
)

SAFE: tuple[str, ...] = (
    """
import smtplib

def send(host, user, password, text):
    with smtplib.SMTP(host, 587) as server:
        server.starttls()
        server.login(user, password)
        server.sendmail(user, [user], text)
""",
    """
import smtplib

def send(host, user, password, text):
    with smtplib.SMTP_SSL(host) as server:
        server.login(user, password)
""",
    """
from ftplib import FTP, FTP_TLS

def download(host):
    ftp = FTP(host)
    ftp.login()
    return ftp.nlst()

def upload(host, user, password):
    ftp = FTP_TLS(host)
    ftp.login(user, password)
""",
    """
import requests

def login(user, word):
    return requests.post("https://auth.example.com/login", data={"user": user, "password": word}, timeout=5)

def local(user, word):
    return requests.post("http://localhost:8000/login", data={"user": user, "password": word}, timeout=5)

def docker(user, word):
    return requests.post("http://backend:8000/login", json={"user": user, "password": word}, timeout=5)
""",
    """
import requests

def weather(city):
    return requests.get("http://api.example.com/weather", params={"q": city}, timeout=5).json()

def login(base, user, word):
    return requests.post(base + "/login", data={"user": user, "password": word}, timeout=5)
""",
)
