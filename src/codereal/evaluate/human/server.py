"""The page for one reviewer, on this machine only.

Who knows the address may look and decide: it holds a random token, and the server listens on 127.0.0.1. Other pages
in the same browser cannot send decisions: they do not know the token, a decision must come as JSON and from this
page's own origin, and the host's name must be this machine's (which stops names that are made to point here). What is
shown was written by anybody: the page puts it in place as text, never as markup, and loads nothing from anywhere.
"""

from __future__ import annotations

import hmac
import json
import secrets
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from typing import Any

from codereal.errors import CoderealError, ResourceError, UsageError
from codereal.evaluate.human.review import Review

_HOSTS = ("127.0.0.1", "localhost")  # with any port: a tunnel may have another
_MOST = 64 << 10  # bytes of a request
_HEADERS = {
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
_POLICY = (
    "default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


class Server:
    """Serves one review until it is closed. `port` 0 takes a free one. Raises `ResourceError` for one that is taken."""

    def __init__(self, review: Review, port: int = 0) -> None:
        self.token = secrets.token_urlsafe(24)
        review_, token = review, self.token

        class Handler(_Handler):
            review = review_
            secret = token

        try:
            self._server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        except (OSError, OverflowError) as error:
            raise ResourceError(f"cannot listen on port {port}: {error}") from error
        self._server.daemon_threads = True

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._server.server_address[1])

    @property
    def url(self) -> str:
        """The address of the page, token included."""
        return f"http://127.0.0.1:{self.port}/{self.token}/"

    def serve(self) -> None:
        """Answer requests until `close`, or an interruption, ends it."""
        try:
            self._server.serve_forever(poll_interval=0.1)
        finally:
            self._server.server_close()

    def close(self) -> None:
        """End `serve`, from another thread."""
        self._server.shutdown()


class _Handler(BaseHTTPRequestHandler):
    review: Review
    secret: str
    server_version, sys_version = "codereal", ""
    timeout = 30  # seconds that a connection may be silent

    def do_GET(self) -> None:
        path = self._path()
        if path == "":
            nonce = secrets.token_urlsafe(16)
            page = files("codereal.evaluate.human").joinpath("page.html").read_text(encoding="utf-8")
            self._send(page.replace("NONCE", nonce).encode(), "text/html; charset=utf-8", _POLICY.format(nonce=nonce))
        elif path == "state":
            self._json(self.review.state)
        elif path is not None and path.startswith("item/") and path[5:].isascii() and path[5:].isdigit():
            self._json(lambda: self.review.item(int(path[5:][:9])))
        else:
            self.send_error(HTTPStatus.NOT_FOUND)

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length", "")
        if self._path() != "decide":
            self.send_error(HTTPStatus.NOT_FOUND)
        elif self.headers.get("Origin") != f"http://{self.headers.get('Host')}":
            self.send_error(HTTPStatus.FORBIDDEN)
        elif self.headers.get_content_type() != "application/json":
            self.send_error(HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
        elif not (length.isascii() and length.isdigit()) or int(length) > _MOST:
            self.send_error(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        else:
            body = self.rfile.read(int(length))
            self._json(lambda: self.review.decide(_read(body)))

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: requests hold the token."""

    def _path(self) -> str | None:
        """What is asked for behind the token; None for strangers."""
        token, slash, rest = self.path.removeprefix("/").partition("/")
        known = hmac.compare_digest(token.encode(), self.secret.encode())
        host = self.headers.get("Host", "").partition(":")[0]
        return rest if known and slash and host in _HOSTS else None

    def _json(self, answer: Callable[[], dict[str, Any]]) -> None:
        try:
            status, found = HTTPStatus.OK, answer()
        except UsageError as error:
            status, found = HTTPStatus.BAD_REQUEST, {"error": str(error)}
        except CoderealError as error:
            status, found = HTTPStatus.INTERNAL_SERVER_ERROR, {"error": str(error)}
        self._send(json.dumps(found).encode(), "application/json", "default-src 'none'", status)

    def _send(self, body: bytes, kind: str, policy: str, status: HTTPStatus = HTTPStatus.OK) -> None:
        self.send_response(status)
        own = {"Content-Type": kind, "Content-Length": str(len(body)), "Content-Security-Policy": policy}
        for name, value in (_HEADERS | own).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


def _read(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise UsageError("a decision is JSON") from error
