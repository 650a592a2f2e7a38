"""Good programs: command lines, agents, bots, installers, pipelines, builds, desktops, with right guards."""

from corpus import good

RECORDS = (
    # Unpickling with a table of what may be found.
    good(
        "restricted-unpickler",
        '''
import collections
import datetime
import io
import logging
import pickle
from pathlib import Path

from lab.measurements import Measurement, Series

logger = logging.getLogger(__name__)

ALLOWED = {
    ("lab.measurements", "Measurement"): Measurement,
    ("lab.measurements", "Series"): Series,
    ("collections", "OrderedDict"): collections.OrderedDict,
    ("datetime", "datetime"): datetime.datetime,
}


class NotAllowed(pickle.UnpicklingError):
    pass


class MeasurementUnpickler(pickle.Unpickler):
    """Reads the files of release 1; all classes but those of the table are refused."""

    def find_class(self, module, name):
        try:
            return ALLOWED[module, name]
        except KeyError:
            raise NotAllowed("%s.%s" % (module, name)) from None

    def persistent_load(self, identifier):
        raise NotAllowed("persistent objects")


def load_series(data):
    found = MeasurementUnpickler(io.BytesIO(data)).load()
    if not isinstance(found, Series):
        raise NotAllowed("not a series")
    return found


def convert(folder: Path) -> int:
    """Writes a JSON file beside each old file of a folder; says how many there were."""
    count = 0
    for path in sorted(folder.glob("*.series")):
        try:
            series = load_series(path.read_bytes())
        except (pickle.UnpicklingError, EOFError, AttributeError, IndexError):
            logger.warning("not readable: %s", path.name)
            continue
        path.with_suffix(".json").write_text(series.to_json(), encoding="utf-8")
        count += 1
    return count


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO)
    logger.info("%d files converted", convert(Path.cwd()))
''',
    ),
    # Archives: sizes, names and kinds are checked, then each file is created anew below a folder.
    good(
        "theme-archive-installer",
        '''
from __future__ import annotations

import shutil
import stat
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from editor.paths import THEME_FOLDER

MAX_FILES = 300
MAX_TOTAL = 40 * 1024 * 1024
SUFFIXES = frozenset({".css", ".png", ".svg", ".json", ".ttf"})


class BadTheme(Exception):
    """The archive is not a theme; its text is for people."""


def relative_parts(info: zipfile.ZipInfo) -> tuple[str, ...]:
    name = info.filename
    if "\\\\" in name or ":" in name or "\\0" in name:
        raise BadTheme("a name has signs that are not allowed")
    pure = PurePosixPath(name)
    if pure.is_absolute() or any(part in {"..", "."} for part in pure.parts):
        raise BadTheme("a name leaves the folder")
    return pure.parts


def members(archive: zipfile.ZipFile) -> Iterator[tuple[zipfile.ZipInfo, tuple[str, ...]]]:
    infos = archive.infolist()
    if len(infos) > MAX_FILES:
        raise BadTheme("too many files")
    for info in infos:
        if info.is_dir():
            continue
        kind = stat.S_IFMT(info.external_attr >> 16)
        if kind not in (0, stat.S_IFREG) or PurePosixPath(info.filename).suffix not in SUFFIXES:
            raise BadTheme("a file of this kind is not part of a theme")
        yield info, relative_parts(info)


class ThemeInstaller:
    def __init__(self, root: Path = THEME_FOLDER) -> None:
        self.root = root

    def copy(self, archive: zipfile.ZipFile, folder: Path) -> None:
        left = MAX_TOTAL
        for info, parts in members(archive):
            target = folder.joinpath(*parts)
            target.parent.mkdir(parents=True, exist_ok=True)
            with archive.open(info) as source, target.open("xb") as sink:
                while block := source.read(64 * 1024):
                    left -= len(block)
                    if left < 0:
                        raise BadTheme("the theme is too large")
                    sink.write(block)

    def install(self, source: Path, number: int) -> Path:
        self.root.mkdir(parents=True, exist_ok=True)
        work = Path(tempfile.mkdtemp(dir=self.root, prefix=".new-"))
        try:
            with zipfile.ZipFile(source) as archive:
                self.copy(archive, work)
            final = self.root / f"theme-{number:06d}"
            work.rename(final)
        except BaseException:
            shutil.rmtree(work, ignore_errors=True)
            raise
        return final
''',
    ),
    # A calculator that walks the tree with a table of operators and limits of size.
    good(
        "formula-walker",
        '''
import ast
import math
import operator
from typing import Callable, Mapping, Union

Number = Union[int, float]

BINARY: Mapping[type, Callable[[Number, Number], Number]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Mod: operator.mod,
}
UNARY: Mapping[type, Callable[[Number], Number]] = {ast.USub: operator.neg, ast.UAdd: operator.pos}
FUNCTIONS: Mapping[str, Callable[..., Number]] = {"min": min, "max": max, "sqrt": math.sqrt, "floor": math.floor}
MAX_LENGTH = 200
MAX_DEPTH = 20


class FormulaError(ValueError):
    pass


class Formula:
    """A formula of a cell like `max(width, 40) * 2 + depth`."""

    def __init__(self, text: str) -> None:
        if len(text) > MAX_LENGTH:
            raise FormulaError("the formula is too long")
        try:
            self.tree = ast.parse(text, mode="eval").body
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            raise FormulaError("this is no formula") from None

    def value(self, cells: Mapping[str, Number]) -> float:
        try:
            found = float(self._visit(self.tree, cells, 0))
        except (ArithmeticError, TypeError):
            raise FormulaError("this cannot be calculated") from None
        if not math.isfinite(found):
            raise FormulaError("the result is too large")
        return found

    def _visit(self, node: ast.AST, cells: Mapping[str, Number], depth: int) -> Number:
        if depth > MAX_DEPTH:
            raise FormulaError("the formula is too deep")
        if isinstance(node, ast.Constant) and type(node.value) in (int, float):
            return node.value
        if isinstance(node, ast.Name) and node.id in cells:
            return cells[node.id]
        if isinstance(node, ast.UnaryOp) and type(node.op) in UNARY:
            return UNARY[type(node.op)](self._visit(node.operand, cells, depth + 1))
        if isinstance(node, ast.BinOp) and type(node.op) in BINARY:
            left = self._visit(node.left, cells, depth + 1)
            return BINARY[type(node.op)](left, self._visit(node.right, cells, depth + 1))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and not node.keywords:
            function = FUNCTIONS.get(node.func.id)
            if function is not None:
                return function(*(self._visit(one, cells, depth + 1) for one in node.args))
        raise FormulaError("this is not part of the language of formulas")
''',
    ),
    # Updates: the signature of the manifest first, then the digest of the file, no older version.
    good(
        "signed-updater",
        """
from __future__ import annotations

import hashlib
import hmac
import json
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

import requests
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from viewer.version import VERSION

BASE = "https://updates.example.com/viewer/"
PUBLIC_KEY = bytes.fromhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
LIMIT = 200 * 1024 * 1024


class UpdateError(Exception):
    pass


@dataclass(frozen=True)
class Release:
    version: tuple[int, ...]
    sha256: str
    size: int

    @classmethod
    def parse(cls, manifest: bytes, signature: bytes) -> Release:
        try:
            Ed25519PublicKey.from_public_bytes(PUBLIC_KEY).verify(signature, manifest)
        except InvalidSignature:
            raise UpdateError("the manifest is not ours") from None
        raw = json.loads(manifest)
        return cls(tuple(int(part) for part in raw["version"].split(".")), raw["sha256"], int(raw["size"]))

    @property
    def file_name(self) -> str:
        return "viewer-{}.AppImage".format(".".join(map(str, self.version)))


class Updater:
    def __init__(self, target: Path) -> None:
        self.target = target
        self.session = requests.Session()

    def small(self, name: str) -> bytes:
        answer = self.session.get(BASE + name, timeout=15)
        answer.raise_for_status()
        return answer.content

    def release(self) -> Release | None:
        found = Release.parse(self.small("manifest.json"), self.small("manifest.sig"))
        return found if found.version > VERSION else None

    def download(self, release: Release) -> Path:
        digest = hashlib.sha256()
        handle, name = tempfile.mkstemp(dir=self.target.parent, prefix=".update-")
        path = Path(name)
        try:
            with os.fdopen(handle, "wb") as sink:
                with self.session.get(BASE + release.file_name, stream=True, timeout=60) as answer:
                    answer.raise_for_status()
                    for block in answer.iter_content(1 << 16):
                        digest.update(block)
                        sink.write(block)
                        if sink.tell() > min(release.size, LIMIT):
                            raise UpdateError("the file is longer than the manifest says")
            if not hmac.compare_digest(digest.hexdigest(), release.sha256):
                raise UpdateError("the file is damaged")
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        return path

    def install(self) -> bool:
        release = self.release()
        if release is None:
            return False
        path = self.download(release)
        path.chmod(0o755)
        os.replace(path, self.target)
        return True
""",
    ),
    # Git with names that cannot be options, an environment of its own, and time limits.
    good(
        "git-mirror-runner",
        r'''
import logging
import os
import re
import subprocess
from pathlib import Path
from typing import Dict, List, Sequence

logger = logging.getLogger(__name__)

REF = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_./-]{0,100}")
REMOTE = re.compile(r"https://git\.example\.com/[a-z0-9][a-z0-9_-]*/[a-z0-9][a-z0-9_-]*\.git")


class GitError(RuntimeError):
    pass


def environment() -> Dict[str, str]:
    """Nothing of the caller but a path: no configuration of users, no prompts, no helpers."""
    return {
        "PATH": "/usr/bin:/bin",
        "HOME": "/nonexistent",
        "LC_ALL": "C.UTF-8",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_ALLOW_PROTOCOL": "https",
    }


class Mirror:
    def __init__(self, root: Path, remote: str) -> None:
        if REMOTE.fullmatch(remote) is None:
            raise GitError("not a repository of ours")
        self.remote = remote
        self.path = root / remote.rsplit("/", 1)[-1]

    def _git(self, arguments: Sequence[str], timeout: float = 300) -> str:
        command: List[str] = ["git", "-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false"]
        if self.path.exists():
            command += ["--git-dir", str(self.path)]
        try:
            done = subprocess.run(
                [*command, *arguments], env=environment(), capture_output=True, text=True, timeout=timeout, check=True
            )
        except subprocess.SubprocessError as error:
            logger.error("git %s failed", arguments[0])
            raise GitError(arguments[0]) from error
        return done.stdout

    def update(self) -> None:
        if self.path.exists():
            self._git(["fetch", "--prune", "--", "origin"])
        else:
            self._git(["clone", "--mirror", "--", self.remote, str(self.path)])

    def resolve(self, ref: str) -> str:
        if REF.fullmatch(ref) is None or ".." in ref:
            raise GitError("not a reference")
        return self._git(["rev-parse", "--verify", "--quiet", "--end-of-options", ref + "^{commit}"]).strip()

    def log(self, ref: str, count: int = 20) -> List[str]:
        commit = self.resolve(ref)
        return self._git(["log", "--format=%H %s", "-n", str(min(count, 500)), commit]).splitlines()
''',
    ),
    # A file that is replaced at once, with the mode before the content.
    good(
        "atomic-secret-store",
        '''
from __future__ import annotations

import fcntl
import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class SecretStore:
    """Tokens of services in one file that only its owner reads.

    Writers hold a lock; readers see the old file or the new one, since the new one takes the old one's name at once.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / "tokens.json"

    def _prepare(self) -> None:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        info = self.folder.stat()
        if info.st_uid != os.getuid() or info.st_mode & 0o077:
            raise PermissionError("the folder of the tokens is open to others")

    @contextmanager
    def _locked(self) -> Iterator[None]:
        self._prepare()
        handle = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)

    def _read(self) -> dict[str, str]:
        try:
            handle = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
        except FileNotFoundError:
            return {}
        with os.fdopen(handle, encoding="utf-8") as stream:
            return json.load(stream)

    def _write(self, tokens: dict[str, str]) -> None:
        handle, name = tempfile.mkstemp(dir=self.folder, prefix=".tokens-")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as stream:
                json.dump(tokens, stream)
                stream.flush()
                os.fsync(stream.fileno())
            os.replace(name, self.path)
        except BaseException:
            os.unlink(name)
            raise

    def get(self, service: str) -> str | None:
        return self._read().get(service)

    def put(self, service: str, token: str) -> None:
        with self._locked():
            tokens = self._read()
            tokens[service] = token
            self._write(tokens)

    def forget(self, service: str) -> bool:
        with self._locked():
            tokens = self._read()
            known = tokens.pop(service, None) is not None
            if known:
                self._write(tokens)
        return known
''',
    ),
    # Plugins by the names of installed entry points that the settings allow.
    good(
        "plugin-entry-points",
        '''
from __future__ import annotations

import abc
import logging
from importlib.metadata import EntryPoint, entry_points
from typing import ClassVar

logger = logging.getLogger(__name__)
GROUP = "courier.transports"


class TransportError(Exception):
    pass


class Transport(abc.ABC):
    name: ClassVar[str]

    @abc.abstractmethod
    def deliver(self, address: str, text: str) -> None: ...


class Console(Transport):
    name = "console"

    def deliver(self, address: str, text: str) -> None:
        print(f"to {address}: {text}")


class TransportRegistry:
    """The transports that distributions offer; only those that the operator has named are loaded."""

    def __init__(self, allowed: frozenset[str]) -> None:
        self.allowed = allowed
        self._loaded: dict[str, Transport] = {Console.name: Console()}

    def _entry(self, name: str) -> EntryPoint:
        found = [one for one in entry_points(group=GROUP) if one.name == name]
        if len(found) != 1:
            raise TransportError(f"{len(found)} transports have this name")
        return found[0]

    def get(self, name: str) -> Transport:
        if name in self._loaded:
            return self._loaded[name]
        if name not in self.allowed:
            raise TransportError("this transport is not allowed")
        kind = self._entry(name).load()
        if not (isinstance(kind, type) and issubclass(kind, Transport)):
            raise TransportError("this is no transport")
        self._loaded[name] = kind()
        logger.info("transport %s loaded", name)
        return self._loaded[name]


def deliver(registry: TransportRegistry, message: dict[str, str]) -> bool:
    """Delivers a message of the queue; False when nobody can."""
    try:
        registry.get(message["transport"]).deliver(message["address"], message["text"])
    except (KeyError, TransportError):
        logger.warning("a message was not delivered")
        return False
    return True
''',
    ),
    # A daemon that binds its port, then gives its rights away in the right order.
    good(
        "privilege-drop",
        '''
import argparse
import errno
import grp
import logging
import os
import pwd
import resource
import socket
import sys

from syslogd.receiver import Receiver

log = logging.getLogger("syslogd")


def bind(address, port):
    handle = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    handle.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    handle.bind((address, port))
    return handle


def drop(user, group):
    """Groups first, then the group, then the user; afterwards it is tried whether there is a way back."""
    account = pwd.getpwnam(user)
    number = grp.getgrnam(group).gr_gid
    if account.pw_uid == 0 or number == 0:
        raise SystemExit("the account of the daemon must not be root")
    os.setgroups([])
    os.setresgid(number, number, number)
    os.setresuid(account.pw_uid, account.pw_uid, account.pw_uid)
    try:
        os.setuid(0)
    except OSError as error:
        if error.errno != errno.EPERM:
            raise
    else:
        raise SystemExit("the rights of root were not given away")
    os.umask(0o077)


def limit():
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, 256))
    resource.setrlimit(resource.RLIMIT_AS, (512 << 20, 512 << 20))


def main(arguments=None):
    parser = argparse.ArgumentParser()
    parser.add_argument("--address", default="127.0.0.1")
    parser.add_argument("--folder", default="/var/empty")
    parser.add_argument("--user", default="syslogd")
    parser.add_argument("--group", default="syslogd")
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, stream=sys.stderr)
    handle = bind(options.address, 514)
    receiver = Receiver(handle)
    limit()
    if os.geteuid() == 0:
        account = pwd.getpwnam(options.user)
        log.info("becoming uid %d", account.pw_uid)
        os.chdir(options.folder)
        drop(options.user, options.group)
    receiver.serve_forever()


if __name__ == "__main__":
    main()
''',
    ),
    # A file of a backup: a key from a password, a nonce a block, the order of the blocks authenticated.
    good(
        "backup-encryption",
        '''
from __future__ import annotations

import getpass
import os
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import click
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

MAGIC = b"BKP2"
BLOCK = 1 << 20
HEAD = struct.Struct(">4s16s8s")


def derive(password: str, salt: bytes) -> bytes:
    return Scrypt(salt=salt, length=32, n=2**17, r=8, p=1).derive(password.encode())


def nonce(prefix: bytes, index: int) -> bytes:
    """96 bits: random for the file, counted for the block. The key is of the file alone, since its salt is."""
    return prefix + struct.pack(">I", index)


def blocks(stream: BinaryIO, size: int) -> Iterator[tuple[bytes, bytes]]:
    """Blocks and what is authenticated with each: whether it is the last."""
    current = stream.read(size)
    while True:
        following = stream.read(size)
        yield current, b"more" if following else b"last"
        if not following:
            return
        current = following


def encrypt(source: BinaryIO, sink: BinaryIO, password: str) -> None:
    salt, prefix = os.urandom(16), os.urandom(8)
    sink.write(HEAD.pack(MAGIC, salt, prefix))
    cipher = ChaCha20Poly1305(derive(password, salt))
    for index, (block, mark) in enumerate(blocks(source, BLOCK)):
        sink.write(cipher.encrypt(nonce(prefix, index), block, mark))


def decrypt(source: BinaryIO, sink: BinaryIO, password: str) -> None:
    magic, salt, prefix = HEAD.unpack(source.read(HEAD.size))
    if magic != MAGIC:
        raise click.ClickException("this is no backup")
    cipher = ChaCha20Poly1305(derive(password, salt))
    for index, (block, mark) in enumerate(blocks(source, BLOCK + 16)):
        try:
            sink.write(cipher.decrypt(nonce(prefix, index), block, mark))
        except InvalidTag:
            raise click.ClickException("wrong password, or the backup is damaged") from None


@click.command()
@click.argument("mode", type=click.Choice(["encrypt", "decrypt"]))
@click.argument("source", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("target", type=click.Path(path_type=Path))
def main(mode: str, source: Path, target: Path) -> None:
    password = getpass.getpass("Password of the backup: ")
    handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with source.open("rb") as reader, os.fdopen(handle, "wb") as writer:
        {"encrypt": encrypt, "decrypt": decrypt}[mode](reader, writer, password)


if __name__ == "__main__":
    main()
''',
    ),
    # Values of jobs of a build go to a file for the next step, with a delimiter that they cannot contain.
    good(
        "ci-step-outputs",
        '''
import json
import os
import re
import secrets
import subprocess
import sys
from pathlib import Path

NAME = re.compile("[a-z][a-z0-9_]{0,40}")
LABELS = {"bug", "feature", "docs", "security"}


class StepOutput:
    """Writes results of a step to the file that the runner reads: name<<delimiter, lines, delimiter."""

    def __init__(self, path):
        self.path = Path(path)

    def put(self, name, value):
        if NAME.fullmatch(name) is None:
            raise ValueError("not a name of an output")
        delimiter = "end-" + secrets.token_hex(16)
        text = str(value)
        if delimiter in text:
            raise ValueError("the value contains the delimiter")
        with self.path.open("a", encoding="utf-8") as stream:
            stream.write("%s<<%s\\n%s\\n%s\\n" % (name, delimiter, text, delimiter))


def changed_files(base, head):
    for commit in (base, head):
        if re.fullmatch("[0-9a-f]{40}", commit) is None:
            raise SystemExit("not a commit")
    done = subprocess.run(
        ["git", "diff", "--name-only", "-z", base, head, "--"], capture_output=True, check=True, timeout=60
    )
    return [name.decode("utf-8", "replace") for name in done.stdout.split(b"\\0") if name]


def labels(event):
    """The labels of a request that we know; what its author writes elsewhere is not looked at."""
    names = {one.get("name") for one in event.get("pull_request", {}).get("labels", [])}
    return sorted(names & LABELS)


def main():
    event = json.loads(Path(os.environ["EVENT_PATH"]).read_text(encoding="utf-8"))
    request = event["pull_request"]
    output = StepOutput(os.environ["STEP_OUTPUT"])
    files = changed_files(request["base"]["sha"], request["head"]["sha"])
    output.put("labels", ",".join(labels(event)))
    output.put("docs_only", json.dumps(bool(files) and all(name.startswith("docs/") for name in files)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
''',
    ),
    # A gateway for devices: a certificate for each, the topic says who it is, a table says what it may do.
    good(
        "mqtt-gateway",
        """
import json
import logging
import math
import ssl
import time

import paho.mqtt.client as mqtt

from greenhouse.config import config
from greenhouse.store import ReadingStore

logger = logging.getLogger(__name__)
MAX_PAYLOAD = 2048


class Rejected(ValueError):
    pass


def number(low, high):
    def parse(value):
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
            raise Rejected("not a number")
        if not low <= value <= high:
            raise Rejected("out of range")
        return float(value)

    return parse


FIELDS = {
    "temperature": number(-40, 85),
    "humidity": number(0, 100),
    "battery": number(0, 5),
}


class Gateway(object):
    def __init__(self, store, devices):
        self.store = store
        self.devices = frozenset(devices)

    def client(self):
        client = mqtt.Client(client_id=config.client_id, clean_session=False)
        client.tls_set(
            ca_certs=config.ca_file,
            certfile=config.certificate,
            keyfile=config.key,
            cert_reqs=ssl.CERT_REQUIRED,
            tls_version=ssl.PROTOCOL_TLS_CLIENT,
        )
        client.on_connect = self.on_connect
        client.on_message = self.on_message
        return client

    def on_connect(self, client, userdata, flags, code):
        client.subscribe("readings/+", qos=1)

    def parse(self, topic, payload):
        device = topic.partition("/")[2]
        if device not in self.devices:
            raise Rejected("unknown device")
        if len(payload) > MAX_PAYLOAD:
            raise Rejected("too long")
        raw = json.loads(payload)
        if not isinstance(raw, dict):
            raise Rejected("not an object")
        return device, {name: parse(raw[name]) for name, parse in FIELDS.items() if name in raw}

    def on_message(self, client, userdata, message):
        try:
            device, reading = self.parse(message.topic, message.payload)
        except (ValueError, RecursionError):
            logger.warning("a message was rejected")
            return
        self.store.add(device, time.time(), reading)


def main():
    logging.basicConfig(level=logging.INFO)
    client = Gateway(ReadingStore(config.database), config.devices).client()
    client.connect(config.broker, 8883, keepalive=60)
    client.loop_forever(retry_first_connection=True)


if __name__ == "__main__":
    main()
""",
    ),
    # A filter of the log takes secrets out of messages and their arguments.
    good(
        "log-redaction",
        r'''
import logging
import logging.config
import re
import urllib.request
from typing import Any, Iterable, Mapping

SECRET_NAMES = frozenset({"password", "token", "secret", "authorization", "cookie", "api_key"})
INLINE = re.compile(r"\b(bearer|basic) [A-Za-z0-9._~+/=-]{1,2000}", re.IGNORECASE)
CONTROL = {code: f"\\x{code:02x}" for code in range(32) if code != 9} | {127: "\\x7f"}
HIDDEN = "[hidden]"


def redact(value: Any, depth: int = 4) -> Any:
    if depth == 0:
        return "..."
    if isinstance(value, Mapping):
        return {
            str(key): HIDDEN if str(key).lower().replace("-", "_") in SECRET_NAMES else redact(one, depth - 1)
            for key, one in value.items()
        }
    if isinstance(value, (list, tuple)):
        return [redact(one, depth - 1) for one in value]
    if isinstance(value, bytes):
        return f"<{len(value)} bytes>"
    if isinstance(value, str):
        return INLINE.sub(lambda found: f"{found[1]} {HIDDEN}", value).translate(CONTROL)
    return value


class RedactingFilter(logging.Filter):
    """Puts what is logged into one line without the secrets that it has."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, Mapping):
            record.args = redact(record.args)
        elif record.args:
            record.args = tuple(redact(list(record.args)))
        record.msg = redact(str(record.msg))
        return True


def configure(names: Iterable[str] = ()) -> None:
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "filters": {"redact": {"()": RedactingFilter}},
            "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
            "handlers": {"console": {"class": "logging.StreamHandler", "filters": ["redact"], "formatter": "line"}},
            "root": {"level": "INFO", "handlers": ["console"]},
            "loggers": {name: {"level": "DEBUG"} for name in names},
        }
    )


class TracingHandler(urllib.request.BaseHandler):
    """Logs the requests of urllib; the filter takes care of their headers."""

    handler_order = 900
    log = logging.getLogger("http")

    def https_request(self, request: urllib.request.Request) -> urllib.request.Request:
        self.log.debug("%s %s", request.get_method(), redact(dict(request.header_items())))
        return request
''',
    ),
    # Migrations: statements are files of the package, names of tables come from the schema and are quoted.
    good(
        "sqlite-migrations",
        '''
from __future__ import annotations

import contextlib
import logging
import sqlite3
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

logger = logging.getLogger(__name__)
PACKAGE = "diary.migrations"


class MigrationError(RuntimeError):
    pass


def scripts() -> list[tuple[int, str]]:
    """Pairs of a number and the text of a script that came with the program, in order."""
    found = []
    for entry in resources.files(PACKAGE).iterdir():
        stem, dot, suffix = entry.name.rpartition(".")
        if suffix == "sql":
            found.append((int(stem.split("_", 1)[0]), entry.read_text("utf-8")))
    found.sort()
    if [one[0] for one in found] != list(range(1, len(found) + 1)):
        raise MigrationError("a migration is missing")
    return found


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


class Database:
    def __init__(self, path: Path) -> None:
        self.path = path

    @contextlib.contextmanager
    def open(self) -> Iterator[sqlite3.Connection]:
        with contextlib.closing(sqlite3.connect(self.path, timeout=10)) as connection:
            connection.execute("PRAGMA foreign_keys = ON")
            yield connection

    def version(self, connection: sqlite3.Connection) -> int:
        return int(connection.execute("PRAGMA user_version").fetchone()[0])

    def migrate(self) -> int:
        with self.open() as connection:
            done = self.version(connection)
            for number, script in scripts()[done:]:
                connection.executescript(f"BEGIN;\\n{script}\\nPRAGMA user_version = {number:d};\\nCOMMIT;")
                logger.info("migration %d done", number)
            return self.version(connection)

    def sizes(self) -> dict[str, int]:
        """The number of rows in each table of the file."""
        with self.open() as connection:
            names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
            tables = [name for (name,) in names if not name.startswith("sqlite_")]
            count = "SELECT count(*) FROM {}"
            return {name: connection.execute(count.format(quoted(name))).fetchone()[0] for name in tables}
''',
    ),
    # A converter of pictures: paths are made absolute, no shell, a time limit, and no formats that read files.
    good(
        "thumbnail-subprocess",
        '''
import asyncio
import logging
import os
import resource
import secrets
import signal
from pathlib import Path

logger = logging.getLogger(__name__)

KINDS = {b"\\x89PNG\\r\\n\\x1a\\n": "png", b"\\xff\\xd8\\xff": "jpeg", b"GIF87a": "gif", b"GIF89a": "gif"}
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "MAGICK_CONFIGURE_PATH": "/etc/thumbnails/magick"}


class ConversionFailed(Exception):
    pass


def limits():
    resource.setrlimit(resource.RLIMIT_CPU, (20, 20))
    resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))
    resource.setrlimit(resource.RLIMIT_FSIZE, (20 << 20, 20 << 20))


def kind_of(path):
    """The format by the first bytes, never by the name."""
    with open(path, "rb") as stream:
        head = stream.read(8)
    for magic, kind in KINDS.items():
        if head.startswith(magic):
            return kind
    raise ConversionFailed("not a picture that we know")


class Thumbnailer:
    def __init__(self, folder, parallel=2):
        self.folder = Path(folder)
        self.gate = asyncio.Semaphore(parallel)

    def command(self, source, target, edge):
        size = "%dx%d>" % (edge, edge)
        return ["/usr/bin/convert", "%s:%s[0]" % (kind_of(source), source), "-thumbnail", size, "jpeg:%s" % target]

    async def convert(self, source, edge=320):
        source = Path(source).resolve(strict=True)
        target = self.folder.resolve() / (secrets.token_hex(12) + ".jpg")
        async with self.gate:
            process = await asyncio.create_subprocess_exec(
                *self.command(source, target, min(int(edge), 2000)),
                env=ENVIRONMENT,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.DEVNULL,
                preexec_fn=limits,
                start_new_session=True,
            )
            try:
                status = await asyncio.wait_for(process.wait(), timeout=30)
            except asyncio.TimeoutError:
                os.killpg(process.pid, signal.SIGKILL)
                await process.wait()
                raise ConversionFailed("the conversion took too long") from None
        if status != 0:
            logger.info("a conversion ended with %d", status)
            raise ConversionFailed("the picture cannot be converted")
        return target
''',
    ),
    # A simulation with a seed, a cache by MD5 that is said not to be for security, and weights without code.
    good(
        "training-run",
        """
from __future__ import annotations

import argparse
import hashlib
import json
import random
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch import nn

from climate.data import Batches


@dataclass(frozen=True)
class Options:
    seed: int = 7
    width: int = 128
    epochs: int = 10
    rate: float = 3e-4

    @classmethod
    def load(cls, path: Path) -> Options:
        raw = json.loads(path.read_text("utf-8"))
        known = {one.name: type(one.default) for one in fields(cls)}
        unknown = raw.keys() - known
        if unknown:
            raise SystemExit(f"unknown options: {', '.join(sorted(unknown))}")
        return cls(**{name: known[name](value) for name, value in raw.items()})

    @property
    def key(self) -> str:
        text = json.dumps(asdict(self), sort_keys=True)
        return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()[:12]


def seed_all(seed: int) -> random.Random:
    np.random.seed(seed)
    torch.manual_seed(seed)
    return random.Random(seed)


def build(width: int) -> nn.Module:
    return nn.Sequential(nn.Linear(24, width), nn.GELU(), nn.Linear(width, 1))


class Run:
    def __init__(self, options: Options, folder: Path) -> None:
        self.options = options
        self.folder = folder / f"run-{options.key}"
        self.folder.mkdir(parents=True, exist_ok=True)
        self.order = seed_all(options.seed)
        self.model = build(options.width)
        self.optimizer = torch.optim.AdamW(self.model.parameters(), lr=options.rate)

    def resume(self) -> int:
        weights, state = self.folder / "model.safetensors", self.folder / "optimizer.pt"
        if not weights.exists():
            return 0
        self.model.load_state_dict(load_file(weights))
        saved = torch.load(state, map_location="cpu", weights_only=True)
        self.optimizer.load_state_dict(saved["optimizer"])
        return int(saved["epoch"]) + 1

    def save(self, epoch: int) -> None:
        save_file(self.model.state_dict(), self.folder / "model.safetensors")
        torch.save({"optimizer": self.optimizer.state_dict(), "epoch": epoch}, self.folder / "optimizer.pt")

    def train(self, batches: Batches) -> None:
        for epoch in range(self.resume(), self.options.epochs):
            for x, y in batches.shuffled(self.order):
                loss = nn.functional.mse_loss(self.model(x).squeeze(1), y)
                self.optimizer.zero_grad()
                loss.backward()
                self.optimizer.step()
            self.save(epoch)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("options", type=Path)
    parser.add_argument("--folder", type=Path, default=Path("runs"))
    arguments = parser.parse_args()
    Run(Options.load(arguments.options), arguments.folder).train(Batches.default())
""",
    ),
    # A configuration with references to the environment: a table of names, and a loader without objects.
    good(
        "config-interpolation",
        r'''
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Dict, Mapping, Optional

import yaml

REFERENCE = re.compile(r"\$\{([A-Z][A-Z0-9_]{0,60})\}")
PREFIX = "COURIER_"
MAX_SIZE = 256 * 1024


class ConfigError(Exception):
    pass


class StrictLoader(yaml.SafeLoader):
    """Plain data only, without aliases and without keys that come twice."""

    def compose_node(self, parent, index):
        if self.check_event(yaml.events.AliasEvent):
            raise ConfigError("aliases are not allowed")
        return super().compose_node(parent, index)

    def construct_mapping(self, node, deep=False):
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        if len(set(keys)) != len(keys):
            raise ConfigError("a key comes twice")
        return super().construct_mapping(node, deep)


def expand(value: Any, environment: Mapping[str, str]) -> Any:
    if isinstance(value, str):

        def replace(found):
            name = PREFIX + found.group(1)
            if name not in environment:
                raise ConfigError("%s is not set" % name)
            return environment[name]

        return REFERENCE.sub(replace, value)
    if isinstance(value, dict):
        return {key: expand(one, environment) for key, one in value.items()}
    if isinstance(value, list):
        return [expand(one, environment) for one in value]
    return value


@dataclass(frozen=True)
class Config:
    database: str
    sender: str
    workers: int = 2

    @classmethod
    def load(cls, path: Path, environment: Optional[Mapping[str, str]] = None) -> "Config":
        if path.stat().st_size > MAX_SIZE:
            raise ConfigError("the file is too large")
        with path.open(encoding="utf-8") as stream:
            raw = yaml.load(stream, Loader=StrictLoader)
        if not isinstance(raw, dict):
            raise ConfigError("a mapping is needed")
        values: Dict[str, Any] = expand(raw, os.environ if environment is None else environment)
        try:
            return cls(**values)
        except TypeError:
            raise ConfigError("keys are missing or unknown") from None
''',
    ),
    # Mutual TLS between machines: the context demands certificates, the name of the peer is in a table.
    good(
        "mutual-tls-server",
        """
from __future__ import annotations

import asyncio
import json
import logging
import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Awaitable, Callable

logger = logging.getLogger(__name__)
MAX_LINE = 16 * 1024
Handler = Callable[[dict[str, Any]], Awaitable[dict[str, Any]]]


@dataclass(frozen=True)
class Files:
    certificate: Path
    key: Path
    authority: Path


def server_context(files: Files) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.load_cert_chain(files.certificate, files.key)
    context.load_verify_locations(files.authority)
    # A server has no name to compare a client with; who it is, is asked below.
    context.verify_mode = ssl.CERT_REQUIRED
    return context


def peer_name(writer: asyncio.StreamWriter) -> str | None:
    certificate = writer.get_extra_info("peercert") or {}
    names = [value for kind, value in certificate.get("subjectAltName", ()) if kind == "DNS"]
    return names[0] if len(names) == 1 else None


class Server:
    def __init__(self, handlers: dict[str, Handler], rights: dict[str, frozenset[str]]) -> None:
        self.handlers = handlers
        self.rights = rights

    async def answer(self, peer: str, line: bytes) -> dict[str, Any]:
        try:
            message = json.loads(line)
            command = str(message["command"])
        except (ValueError, KeyError, TypeError):
            return {"error": "not a command"}
        if command not in self.handlers or command not in self.rights.get(peer, frozenset()):
            return {"error": "not allowed"}
        return await self.handlers[command](message)

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peer = peer_name(writer)
        try:
            while peer is not None:
                line = await asyncio.wait_for(reader.readline(), timeout=60)
                if not line:
                    break
                writer.write(json.dumps(await self.answer(peer, line)).encode() + b"\\n")
                await writer.drain()
        except (asyncio.TimeoutError, ValueError, ConnectionError):
            logger.info("a connection was closed")
        finally:
            writer.close()

    async def serve(self, host: str, port: int, files: Files) -> None:
        server = await asyncio.start_server(
            self.connected, host, port, ssl=server_context(files), limit=MAX_LINE, ssl_handshake_timeout=10
        )
        async with server:
            await server.serve_forever()
""",
    ),
    # Names of files below a folder that is held open, a step at a time, and no links.
    good(
        "beneath-folder-handle",
        '''
import os
import stat
from contextlib import contextmanager
from typing import Iterator, List, Optional

from sharebox.errors import NoSuchFile

DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


def steps(name: str) -> List[str]:
    """The parts of a name. Raises NoSuchFile for one that could go anywhere else than down."""
    parts = name.split("/")
    if len(parts) > 32 or any(part in ("", ".", "..") or "\\0" in part for part in parts):
        raise NoSuchFile(name)
    return parts


class Share:
    """Files of people below a folder that others can change while we look."""

    def __init__(self, root: str) -> None:
        self.root = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)

    def close(self) -> None:
        os.close(self.root)

    @contextmanager
    def folder(self, parts: List[str]) -> Iterator[int]:
        handle = os.dup(self.root)
        try:
            for part in parts:
                following = os.open(part, DIRECTORY, dir_fd=handle)
                os.close(handle)
                handle = following
            yield handle
        finally:
            os.close(handle)

    def read(self, name: str, limit: int = 1 << 24) -> bytes:
        *parents, leaf = steps(name)
        try:
            with self.folder(parents) as handle:
                opened = os.open(leaf, READ, dir_fd=handle)
        except OSError:
            raise NoSuchFile(name) from None
        with os.fdopen(opened, "rb") as stream:
            info = os.fstat(stream.fileno())
            if not stat.S_ISREG(info.st_mode) or info.st_size > limit:
                raise NoSuchFile(name)
            return stream.read(limit)

    def names(self, name: Optional[str] = None) -> List[str]:
        try:
            with self.folder(steps(name) if name else []) as handle:
                return sorted(entry for entry in os.listdir(handle) if not entry.startswith("."))
        except OSError:
            raise NoSuchFile(name or "/") from None


def read_for_request(request, share: Share) -> bytes:
    return share.read(request.match_info["name"])
''',
    ),
    # A bot whose commands are methods with a decorator; words of people never pick an attribute.
    good(
        "chat-ops-bot",
        """
from __future__ import annotations

import asyncio
import logging
import os
import shlex
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from opsbot.chat import Chat, Message

logger = logging.getLogger(__name__)
Action = Callable[["Bot", Message, list[str]], Awaitable[str]]
SERVICES = {"web": "nginx.service", "queue": "worker.service", "search": "search.service"}


@dataclass
class Command:
    name: str
    action: Action
    groups: frozenset[str]


@dataclass
class CommandTable:
    commands: dict[str, Command] = field(default_factory=dict)

    def command(self, name: str, groups: tuple[str, ...] = ("everybody",)) -> Callable[[Action], Action]:
        def register(action: Action) -> Action:
            self.commands[name] = Command(name, action, frozenset(groups))
            return action

        return register


table = CommandTable()


class Bot:
    def __init__(self, chat: Chat) -> None:
        self.chat = chat

    async def systemctl(self, verb: str, unit: str) -> tuple[int, str]:
        process = await asyncio.create_subprocess_exec(
            "/usr/bin/systemctl", verb, "--no-pager", "--", unit, stdout=asyncio.subprocess.PIPE
        )
        output, _ = await asyncio.wait_for(process.communicate(), timeout=30)
        return process.returncode or 0, output.decode("utf-8", "replace")

    async def handle(self, message: Message) -> str | None:
        if not message.text.startswith("!"):
            return None
        try:
            name, *words = shlex.split(message.text[1:201])
        except ValueError:
            return "I do not understand this."
        command = table.commands.get(name)
        if command is None or not command.groups & set(await self.chat.groups_of(message.author)):
            return "There is no such command for you."
        logger.info("command %s of %d", command.name, message.author)
        return await command.action(self, message, words)


@table.command("state", groups=("operators", "developers"))
async def state(bot: Bot, message: Message, words: list[str]) -> str:
    unit = SERVICES.get(words[0] if words else "")
    if unit is None:
        return "Services: " + ", ".join(SERVICES)
    status, _ = await bot.systemctl("is-active", unit)
    return f"{unit} is {'running' if status == 0 else 'not running'}"


@table.command("restart", groups=("operators",))
async def restart(bot: Bot, message: Message, words: list[str]) -> str:
    unit = SERVICES.get(words[0] if words else "")
    if unit is None:
        return "Services: " + ", ".join(SERVICES)
    status, _ = await bot.systemctl("restart", unit)
    return "Done." if status == 0 else "This did not work."


async def main() -> None:
    chat = Chat(os.environ["CHAT_TOKEN"])
    bot = Bot(chat)
    async for message in chat.messages():
        answer = await bot.handle(message)
        if answer is not None:
            await chat.reply(message, answer)


if __name__ == "__main__":
    asyncio.run(main())
""",
    ),
    # A parser of a binary protocol that moves on with each step and checks each length.
    good(
        "tlv-parser",
        '''
from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

MAX_DEPTH: Final = 8
MAX_ITEMS: Final = 1000
HEAD = struct.Struct("!BH")


class ProtocolError(ValueError):
    """The bytes are no message; the text has no part of them."""


@dataclass(frozen=True)
class Item:
    tag: int
    value: bytes


class Cursor:
    def __init__(self, data: bytes) -> None:
        self._data = memoryview(data)
        self._position = 0

    def __bool__(self) -> bool:
        return self._position < len(self._data)

    def take(self, count: int) -> bytes:
        end = self._position + count
        if end > len(self._data):
            raise ProtocolError("the message ends too early")
        found = bytes(self._data[self._position : end])
        self._position = end
        return found


def items(data: bytes) -> Iterator[Item]:
    cursor = Cursor(data)
    count = 0
    while cursor:
        count += 1
        if count > MAX_ITEMS:
            raise ProtocolError("too many items")
        tag, length = HEAD.unpack(cursor.take(HEAD.size))
        yield Item(tag, cursor.take(length))


def tree(data: bytes, depth: int = 0) -> list[object]:
    """Items as text, numbers and lists. Items of tag 3 have items in them, to a depth of MAX_DEPTH."""
    if depth > MAX_DEPTH:
        raise ProtocolError("too deep")
    found: list[object] = []
    for item in items(data):
        if item.tag == 1:
            found.append(item.value.decode("utf-8", "replace"))
        elif item.tag == 2:
            if len(item.value) > 8:
                raise ProtocolError("a number is too long")
            found.append(int.from_bytes(item.value, "big", signed=True))
        elif item.tag == 3:
            found.append(tree(item.value, depth + 1))
    return found


class DatagramHandler:
    """What the loop of the server calls for each datagram; these have 64 KiB at most."""

    def __init__(self, sink) -> None:
        self.sink = sink
        self.bad = 0

    def datagram_received(self, data: bytes, address: tuple[str, int]) -> None:
        try:
            message = tree(data)
        except ProtocolError:
            self.bad += 1
            return
        self.sink.put(address[0], message)
''',
    ),
    # A crontab is written from fields that are numbers and names of a table.
    good(
        "schedule-writer",
        '''
import os
import pwd
import subprocess
import tempfile

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from jobs.models import Schedule

PROGRAMS = {
    "digest": "/opt/portal/bin/send-digest",
    "cleanup": "/opt/portal/bin/clean-up",
    "index": "/opt/portal/bin/build-index",
}
HEADER = "# Written by manage.py write_schedule; changes are lost.\\nMAILTO=\\"\\"\\n"


class Line(object):
    """A line of a crontab. Everything in it is a number or comes from the table of programs."""

    def __init__(self, schedule):
        self.minute = int(schedule.minute)
        self.hour = int(schedule.hour)
        self.tenant = int(schedule.tenant_id)
        self.program = PROGRAMS[schedule.program]
        if not (0 <= self.minute < 60 and 0 <= self.hour < 24):
            raise ValueError("not a time of a day")

    def __str__(self):
        return "%d %d * * * %s --tenant=%d" % (self.minute, self.hour, self.program, self.tenant)


class Command(BaseCommand):
    help = "Replaces the crontab of the service with what the tenants have chosen."

    def add_arguments(self, parser):
        parser.add_argument("--dry-run", action="store_true")

    def lines(self):
        with transaction.atomic():
            for schedule in Schedule.objects.filter(active=True).order_by("pk"):
                try:
                    yield str(Line(schedule))
                except (KeyError, ValueError):
                    self.stderr.write("schedule %d cannot be used" % schedule.pk)

    def handle(self, *args, **options):
        text = HEADER + "".join(line + "\\n" for line in self.lines())
        if options["dry_run"]:
            self.stdout.write(text)
            return
        user = pwd.getpwuid(os.geteuid()).pw_name
        if user == "root":
            raise CommandError("run this as the user of the service")
        with tempfile.NamedTemporaryFile("w", prefix="schedule-", suffix=".cron") as stream:
            stream.write(text)
            stream.flush()
            subprocess.run(["/usr/bin/crontab", stream.name], check=True, timeout=30)
        self.stdout.write(self.style.SUCCESS("written"))
''',
    ),
    # A deployment over SSH with known hosts, an agent's key, and quoted words.
    good(
        "ssh-deployment",
        """
from __future__ import annotations

import hashlib
import logging
import re
import shlex
from contextlib import AbstractContextManager
from pathlib import Path

import paramiko

logger = logging.getLogger(__name__)
VERSION = re.compile("[0-9]{1,4}[.][0-9]{1,4}[.][0-9]{1,4}")


class RemoteError(RuntimeError):
    pass


class Remote(AbstractContextManager):
    def __init__(self, host: str, user: str = "deploy") -> None:
        self.client = paramiko.SSHClient()
        self.client.load_system_host_keys()
        self.client.set_missing_host_key_policy(paramiko.RejectPolicy())
        self.host = host
        self.user = user

    def __enter__(self) -> Remote:
        self.client.connect(self.host, username=self.user, allow_agent=True, look_for_keys=False, timeout=15)
        return self

    def __exit__(self, *details: object) -> None:
        self.client.close()

    def run(self, *words: str) -> str:
        command = shlex.join(words)
        _, output, _ = self.client.exec_command(command, timeout=300)
        text = output.read(1 << 20).decode("utf-8", "replace")
        status = output.channel.recv_exit_status()
        if status != 0:
            raise RemoteError(f"{words[0]} ended with {status}")
        return text

    def put(self, source: Path, target: str) -> None:
        with self.client.open_sftp() as sftp:
            sftp.put(str(source), target, confirm=True)
            sftp.chmod(target, 0o640)


def digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def deploy(host: str, package: Path, version: str, note: str = "") -> None:
    if VERSION.fullmatch(version) is None:
        raise ValueError("a version is three numbers")
    release = f"/srv/shop/releases/{version}"
    with Remote(host) as remote:
        remote.run("mkdir", "-p", "--", release)
        remote.put(package, f"{release}/package.tar.gz")
        found = remote.run("sha256sum", "--", f"{release}/package.tar.gz").split()[0]
        if found != digest(package):
            raise RemoteError("the package has changed on its way")
        remote.run("tar", "-xzf", f"{release}/package.tar.gz", "-C", release, "--no-same-owner")
        remote.run("logger", "-t", "deploy", "--", f"{version} {note}"[:200])
        remote.run("ln", "-sfn", "--", release, "/srv/shop/current")
        remote.run("sudo", "-n", "/usr/bin/systemctl", "reload", "shop.service")
    logger.info("version %s deployed", version)
""",
    ),
    # A data pipeline: columns are chosen by names of a schema, expressions of people are conditions of a table.
    good(
        "pipeline-conditions",
        """
# %% Selects rows of the sales table by conditions from a small file of the analysts.
from __future__ import annotations

import json
import operator
import os
from functools import reduce
from pathlib import Path

import pandas as pd
import sqlalchemy as sa

# %%
OPERATORS = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge, "==": operator.eq}
SCHEMA = {"country": "string", "channel": "category", "amount": "float64", "pieces": "int64"}


class BadCondition(ValueError):
    pass


def mask(frame: pd.DataFrame, condition: dict) -> pd.Series:
    column, sign, value = condition.get("column"), condition.get("is"), condition.get("value")
    if column not in SCHEMA or sign not in OPERATORS:
        raise BadCondition("a column and a sign of the table are needed")
    numeric = SCHEMA[column] in {"float64", "int64"}
    if isinstance(value, bool) or not isinstance(value, (int, float) if numeric else str):
        raise BadCondition("the value is of another kind than the column")
    if not numeric and sign != "==":
        raise BadCondition("text can be equal only")
    return OPERATORS[sign](frame[column], value)


def select(frame: pd.DataFrame, conditions: list[dict]) -> pd.DataFrame:
    masks = [mask(frame, one) for one in conditions[:20]]
    return frame[reduce(operator.and_, masks)] if masks else frame


# %%
metadata = sa.MetaData()
sales = sa.Table("sales", metadata, *(sa.Column(name, sa.String) for name in ("country", "channel")),
                 sa.Column("amount", sa.Float), sa.Column("pieces", sa.Integer), sa.Column("day", sa.Date))


def read(engine: sa.Engine, month: str) -> pd.DataFrame:
    start = pd.Timestamp(month + "-01")
    query = sa.select(*(sales.c[name] for name in SCHEMA)).where(
        sales.c.day >= start.date(), sales.c.day < (start + pd.DateOffset(months=1)).date()
    )
    with engine.connect() as connection:
        return pd.read_sql(query, connection).astype(SCHEMA)


# %%
def main() -> None:
    conditions = json.loads(Path("conditions.json").read_text("utf-8"))
    engine = sa.create_engine(os.environ["WAREHOUSE_URL"])
    frame = select(read(engine, os.environ.get("MONTH", "2024-01")), conditions)
    frame.groupby(["country", "channel"], observed=True)["amount"].sum().to_csv("sales.csv")


if __name__ == "__main__":
    main()
""",
    ),
    # Names of a game in a protocol of lines: bounded tables, a random token for coming back, a constant compare.
    good(
        "game-lobby",
        '''
from __future__ import annotations

import hmac
import random
import secrets
import time
from dataclasses import dataclass, field

MAX_PLAYERS = 200
MAX_TABLES = 50
IDLE = 15 * 60


class LobbyError(Exception):
    pass


@dataclass
class Player:
    name: str
    token: str = field(default_factory=lambda: secrets.token_urlsafe(24), repr=False)
    seen: float = field(default_factory=time.monotonic)


class Table:
    """Four seats; the dealing is a matter of the game and not of secrets, and can be played again by its seed."""

    seats = 4

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.players: list[Player] = []

    def deal(self) -> list[list[int]]:
        cards = list(range(32))
        random.Random(self.seed).shuffle(cards)
        return [cards[at :: self.seats] for at in range(self.seats)]


class Lobby:
    def __init__(self) -> None:
        self.players: dict[str, Player] = {}
        self.tables: list[Table] = []

    def _sweep(self) -> None:
        limit = time.monotonic() - IDLE
        for name in [one.name for one in self.players.values() if one.seen < limit]:
            del self.players[name]

    def join(self, name: str) -> Player:
        self._sweep()
        if not (name.isascii() and name.isalnum() and 3 <= len(name) <= 16):
            raise LobbyError("names have 3 to 16 letters and digits")
        if name in self.players or len(self.players) >= MAX_PLAYERS:
            raise LobbyError("this name is taken, or all seats are")
        self.players[name] = Player(name)
        return self.players[name]

    def resume(self, name: str, token: str) -> Player:
        player = self.players.get(name)
        known = player.token if player is not None else ""
        if player is None or not hmac.compare_digest(known.encode(), token.encode()):
            raise LobbyError("please join again")
        player.seen = time.monotonic()
        return player

    def sit(self, player: Player) -> Table:
        seated = [one for one in self.tables if player in one.players]
        if seated:
            return seated[0]
        for table in self.tables:
            if len(table.players) < Table.seats:
                break
        else:
            if len(self.tables) >= MAX_TABLES:
                raise LobbyError("all tables are full")
            table = Table(secrets.randbelow(2**63))
            self.tables.append(table)
        table.players.append(player)
        return table

    def command(self, line: str) -> str:
        verb, _, rest = line.strip()[:200].partition(" ")
        try:
            if verb == "join":
                return "token " + self.join(rest).token
            if verb == "sit":
                name, _, token = rest.partition(" ")
                return f"players {len(self.sit(self.resume(name, token)).players)}"
        except LobbyError as error:
            return f"error {error}"
        return "error unknown command"
''',
    ),
    # A browser of a desktop program that only follows addresses of the help pages, and opens files by a dialog.
    good(
        "desktop-help-browser",
        '''
import logging
import os
import subprocess
import sys
import webbrowser
from urllib.parse import urlsplit

from PySide6.QtCore import QUrl, Slot
from PySide6.QtWidgets import QFileDialog, QMessageBox, QTextBrowser

from ledgerdesk.documents import Document, UnreadableDocument

logger = logging.getLogger(__name__)
HELP_HOSTS = frozenset({"help.ledgerdesk.example", "www.ledgerdesk.example"})


def is_help(url):
    parts = urlsplit(url)
    return parts.scheme == "https" and parts.netloc in HELP_HOSTS


def reveal(path):
    """Shows a file in the file manager of the desktop; the file itself is not opened."""
    path = os.path.abspath(path)
    if sys.platform == "darwin":
        command = ["/usr/bin/open", "-R", path]
    elif sys.platform == "win32":
        windows = os.environ.get("SystemRoot", "C:/Windows")
        command = [os.path.join(windows, "explorer.exe"), "/select," + path]
    else:
        command = ["/usr/bin/xdg-open", os.path.dirname(path)]
    subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, close_fds=True)


class HelpBrowser(QTextBrowser):
    """Shows notes of documents as plain text and help pages as links to the browser."""

    def __init__(self, parent=None):
        super().__init__(parent)
        self.setOpenLinks(False)
        self.setOpenExternalLinks(False)
        self.anchorClicked.connect(self.follow)

    def loadResource(self, kind, name):
        # Pictures and styles of other places are not loaded for a note.
        return None

    def show_note(self, document: Document):
        self.setPlainText(document.note)

    @Slot(QUrl)
    def follow(self, url):
        address = url.toString()
        if is_help(address):
            webbrowser.open(address)
        else:
            logger.info("a link that is not of the help pages")

    def open_document(self):
        path, _ = QFileDialog.getOpenFileName(self, "Open", os.path.expanduser("~"), "Ledgers (*.ledger)")
        if not path:
            return None
        try:
            return Document.load(path)
        except UnreadableDocument as error:
            QMessageBox.warning(self, "Open", "The document cannot be read: %s" % error.reason)
            return None
''',
    ),
)
