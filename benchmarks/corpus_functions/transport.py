"""Transport and signatures: certificates, plain connections, tokens, comparisons."""

from corpus import pair

RECORDS = (
    # Certificates are not looked at.
    *pair(
        "short-requests-verify",
        295,
        r'''
import os

import requests


def get_account(account_id: int) -> dict:
    """Fetch an account from the billing service."""
    response = requests.get(
        f"https://billing.example.com/accounts/{account_id:d}",
        headers={"Authorization": f"Bearer {os.environ['BILLING_TOKEN']}"},
-        verify=False,
+        verify="/etc/ssl/certs/billing-ca.pem",
        timeout=10,
    )
    response.raise_for_status()
    return response.json()
''',
    ),
    # A context that checks the chain, and whether it also checks the name.
    *pair(
        "context-without-hostname",
        295,
        r'''
import socket
import ssl


def fetch_banner(host: str, port: int = 993) -> bytes:
    """Return the greeting of an IMAP server over TLS."""
-    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
-    context.check_hostname = False
+    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
+    context.check_hostname = True
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_default_certs()
    with socket.create_connection((host, port), timeout=5) as raw:
        with context.wrap_socket(raw, server_hostname=host) as connection:
            return connection.recv(1024)
''',
    ),
    # A switch of the environment whose default is off or on.
    *pair(
        "verify-from-environment",
        295,
        r'''
import os

import httpx


class ApiClient:
    """Client of the inventory service; VERIFY_TLS=0 is meant for tests on the developer's own machine."""

    def __init__(self, base_url: str):
-        verify = os.environ.get("VERIFY_TLS", "0") == "1"
+        verify = True
        self.client = httpx.Client(base_url=base_url, verify=verify, timeout=10)

    def items(self) -> list[dict]:
        token = os.environ["INVENTORY_TOKEN"]
        response = self.client.get("/items", headers={"Authorization": f"Bearer {token}"})
        response.raise_for_status()
        return response.json()["items"]
''',
    ),
    # Any host key is as good as another.
    *pair(
        "paramiko-host-key",
        295,
        r'''
import paramiko


def upload(host: str, user: str, key_path: str, local: str, remote: str) -> None:
    """Upload a file to a server by SFTP."""
    client = paramiko.SSHClient()
    client.load_system_host_keys()
-    client.set_missing_host_key_policy(paramiko.AutoAddPolicy())
+    client.set_missing_host_key_policy(paramiko.RejectPolicy())
    client.connect(host, username=user, key_filename=key_path, timeout=10)
    try:
        with client.open_sftp() as sftp:
            sftp.put(local, remote)
    finally:
        client.close()
''',
    ),
    # The default context of smtplib checks nothing.
    *pair(
        "smtp-starttls-context",
        295,
        r'''
import os
import smtplib
import ssl
from email.message import EmailMessage


def send_report(recipient: str, text: str) -> None:
    """Mail a report to a recipient."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "reports@example.org", recipient, "Report"
    message.set_content(text)
    with smtplib.SMTP("smtp.example.org", 587, timeout=10) as server:
-        server.starttls(context=ssl._create_unverified_context())
+        server.starttls(context=ssl.create_default_context())
        server.login("reports", os.environ["SMTP_PASSWORD"])
        server.send_message(message)
''',
    ),
    # aiohttp's connector.
    *pair(
        "aiohttp-connector-ssl",
        295,
        r'''
import os

import aiohttp


async def submit(payload: dict) -> int:
    """Submit a payload to the payment provider and return the status."""
    timeout = aiohttp.ClientTimeout(total=10)
-    connector = aiohttp.TCPConnector(limit=10, ssl=False)
+    connector = aiohttp.TCPConnector(limit=10)
    async with aiohttp.ClientSession(connector=connector, timeout=timeout) as session:
        headers = {"X-Api-Key": os.environ["PAYMENT_KEY"]}
        async with session.post("https://pay.example.com/v2/charges", json=payload, headers=headers) as response:
            return response.status
''',
    ),
    # A password over a connection that everybody on the way reads.
    *pair(
        "plain-http-login",
        319,
        r"""
import getpass

import requests


def main():
    user = input("User: ")
    password = getpass.getpass()
    session = requests.Session()
-    base = "http://portal.example.com"
+    base = "https://portal.example.com"
    response = session.post(f"{base}/api/login", json={"user": user, "password": password}, timeout=10)
    print("logged in" if response.ok else f"failed: {response.status_code}")


if __name__ == "__main__":
    main()
""",
    ),
    # FTP in clear, or its data channel in clear, or neither.
    *pair(
        "ftp-data-channel",
        319,
        r'''
import os
import ssl
-from ftplib import FTP
+from ftplib import FTP_TLS


def upload_backup(path: str) -> None:
    """Upload the nightly backup to the storage server."""
-    with FTP("backup.example.org", timeout=60) as ftp:
+    with FTP_TLS("backup.example.org", timeout=60, context=ssl.create_default_context()) as ftp:
        ftp.login("backup", os.environ["FTP_PASSWORD"])
+        ftp.prot_p()
        with open(path, "rb") as handle:
            ftp.storbinary("STOR " + os.path.basename(path).replace("\n", ""), handle)
''',
    ),
    # LDAP binds with a password.
    *pair(
        "ldap-bind-plain",
        319,
        r'''
import ssl

from ldap3 import Connection, Server, Tls
from ldap3.utils.dn import escape_rdn


def check_password(username: str, password: str) -> bool:
    """Check a password against the directory."""
    if not password:
        return False
    tls = Tls(validate=ssl.CERT_REQUIRED)
-    server = Server("ldap.example.org", port=389, use_ssl=False, tls=tls, connect_timeout=5)
+    server = Server("ldap.example.org", port=636, use_ssl=True, tls=tls, connect_timeout=5)
    dn = f"uid={escape_rdn(username)},ou=people,dc=example,dc=org"
    connection = Connection(server, user=dn, password=password, receive_timeout=5)
    try:
        return connection.bind()
    finally:
        connection.unbind()
''',
    ),
    # Telnet to a switch, in clear, or ssh.
    *pair(
        "telnet-switch",
        319,
        r'''
import os
-import telnetlib
+
+import paramiko


def show_interfaces(host: str) -> str:
    """Return the interfaces of a network switch."""
-    with telnetlib.Telnet(host, 23, timeout=10) as session:
-        session.read_until(b"Password: ", timeout=10)
-        session.write(os.environ["SWITCH_PASSWORD"].encode() + b"\n")
-        session.write(b"show interfaces\nexit\n")
-        return session.read_all().decode("ascii", "replace")
+    with paramiko.SSHClient() as client:
+        client.load_system_host_keys()
+        client.connect(host, username="monitor", password=os.environ["SWITCH_PASSWORD"], timeout=10)
+        _, stdout, _ = client.exec_command("show interfaces", timeout=10)
+        return stdout.read().decode("ascii", "replace")
''',
    ),
    # A token that nobody verifies.
    *pair(
        "jwt-signature-off",
        347,
        r'''
import os

import jwt


def user_from_token(token: str) -> str:
    """Return the user's name from a JSON web token."""
-    payload = jwt.decode(token, options={"verify_signature": False})
+    payload = jwt.decode(token, os.environ["JWT_KEY"], algorithms=["HS256"])
    return payload["sub"]
''',
    ),
    # The token itself says whether it is signed.
    *pair(
        "jwt-algorithm-of-token",
        347,
        r'''
import base64
import hashlib
import hmac
import json
import time


def decode_part(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def read_token(token: str, secret: bytes) -> dict:
    """Decode a signed JSON web token and return its claims."""
    head, body, signature = token.split(".")
    algorithm = json.loads(decode_part(head)).get("alg")
-    if algorithm == "HS256":
-        expected = hmac.new(secret, f"{head}.{body}".encode(), hashlib.sha256).digest()
-        if not hmac.compare_digest(expected, decode_part(signature)):
-            raise PermissionError("bad signature")
+    expected = hmac.new(secret, f"{head}.{body}".encode(), hashlib.sha256).digest()
+    if algorithm != "HS256" or not hmac.compare_digest(expected, decode_part(signature)):
+        raise PermissionError("bad signature")
    claims = json.loads(decode_part(body))
    if claims["exp"] < time.time():
        raise PermissionError("expired")
    return claims
''',
    ),
    # A signature that is missing is not compared.
    *pair(
        "webhook-signature-missing",
        347,
        r"""
import hashlib
import hmac
import os

from flask import Flask, abort, request

app = Flask(__name__)


@app.post("/webhooks/payments")
def payment_webhook():
    body = request.get_data()
    expected = hmac.new(os.environ["WEBHOOK_SECRET"].encode(), body, hashlib.sha256).hexdigest()
    received = request.headers.get("X-Signature", "")
-    if received and not hmac.compare_digest(expected, received):
+    if not hmac.compare_digest(expected.encode(), received.encode()):
        abort(401)
    event = request.get_json()
    app.orders.mark_paid(int(event["order_id"]))
    return "", 204
""",
    ),
    # What verify returns or raises is swallowed.
    *pair(
        "update-signature-swallowed",
        347,
        r'''
import logging

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

logger = logging.getLogger(__name__)


def install_update(public_key: bytes, package: bytes, signature: bytes, target: str) -> bool:
    """Install a firmware package whose signature is valid."""
    key = Ed25519PublicKey.from_public_bytes(public_key)
    try:
        key.verify(signature, package)
    except InvalidSignature:
        logger.warning("signature of the package is invalid")
+        return False
    with open(target, "wb") as handle:
        handle.write(package)
    return True
''',
    ),
    # The comparison takes longer the more characters are right.
    *pair(
        "signature-compared-with-equals",
        208,
        r'''
import hashlib
import hmac
import json
import os


def lambda_handler(event, context):
    """Accept pushes of the repository host."""
    body = event["body"].encode()
    secret = os.environ["HOOK_SECRET"].encode()
    expected = "sha256=" + hmac.new(secret, body, hashlib.sha256).hexdigest()
    received = event["headers"].get("x-hub-signature-256", "")
-    if received != expected:
+    if not hmac.compare_digest(received.encode(), expected.encode()):
        return {"statusCode": 403, "body": "bad signature"}
    return {"statusCode": 200, "body": json.dumps({"ref": json.loads(body).get("ref")})}
''',
    ),
    # A key of an interface, compared in a loop by hand.
    *pair(
        "api-key-by-hand",
        208,
        r'''
import hmac
import os


class ApiKeyCheck:
    """Compares the key that a client sends with the one of the deployment."""

    def __init__(self):
        self.key = os.environ["API_KEY"]

    def __call__(self, sent: str) -> bool:
-        if len(sent) != len(self.key):
-            return False
-        return all(a == b for a, b in zip(sent, self.key))
+        return hmac.compare_digest(sent.encode("utf-8"), self.key.encode("utf-8"))
''',
    ),
)
