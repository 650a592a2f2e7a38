"""What runs in the candidate's process: it reads requests from the channel and answers with tagged values.

Nothing here is trusted: the candidate shares this process and can do to this code what it likes. That gains nothing,
because all that can be sent from here are claims, and expected values never come here.

Frames are four bytes of length and a JSON list. Requests: the methods of `Program`. Answers:

    ["ready"]  ["ok", …]  ["value", tagged]  ["raised", [class names], words]  ["exit", code]  ["large", bytes]
    ["held"]
"""

from __future__ import annotations

import _random
import atexit
import base64
import builtins
import contextlib
import functools
import gc
import io
import json
import linecache
import operator
import os
import random
import sys
import threading
import types
from collections.abc import Callable
from typing import Any, TextIO

from codereal.sandbox.codec import Tagged, TooDeepError, decode, encode
from codereal.sandbox.database import client
from codereal.sandbox.folder import Folder, content, own_files, write

CHANNEL = 3
FIRST_FREE = 16  # descriptors below are taken in the server
BROKEN = 121  # exit status when the conversation itself failed

_WORDS = 300
_ROUNDS = 16  # CPython specialises code that ran eight times
_SAMPLE = "import sys\n\n\ndef sample(first, second, more=False):\n    return {'a': [first, second, more]}\n"
_READY = b'\x09\x00\x00\x00["ready"]'
_input = input
_reseed = functools.partial(_random.Random.seed, random._inst)


def prepare(folder: str) -> None:
    """In the server, once: make all that is the same for every child, whose working folder will be `folder`.

    Each page that a child writes costs it a fault, and each object that it makes or merely looks at is written to.
    """
    global _program
    for descriptor in range(3, FIRST_FREE):
        with contextlib.suppress(OSError):
            os.fstat(descriptor)
            continue
        os.dup2(0, descriptor, inheritable=False)  # so that what children get never lies at 0 to 3
    kept = [os.dup(descriptor) for descriptor in range(3)]
    reader, writer = os.pipe()  # streams look at what they are made for
    stdin = _empty_file()
    for target, source in ((0, stdin), (1, writer), (2, writer)):
        os.dup2(source, target)
    sys.stdin, sys.stdout, sys.stderr = _text(0, "r"), _text(1, "w"), _text(2, "w")
    for name in ("stdin", "stdout", "stderr"):
        setattr(sys, f"__{name}__", getattr(sys, name))
    for target, source in enumerate(kept):
        os.dup2(source, target)
        os.close(source)
    for descriptor in (stdin, reader, writer):
        os.close(descriptor)
    sys.path.insert(0, folder)
    _warm_up()
    _program = Program()


def _warm_up() -> None:
    """Run what children run, on a program of ours: what the interpreter learns of its code, types and libraries while
    it does so is then learnt once, and lies in pages that children need not write to.
    """
    for number in range(_ROUNDS):
        program = Program()
        program.load("", _SAMPLE, {}, {})
        call = json.loads(json.dumps(["call", "sample", [[number, "text"], {"tuple": [1.5]}], {"more": True}, None]))
        json.dumps(program.call(*call[1:]))
        connection = client.connect({"dialect": "sqlite", "path": ":memory:"})
        connection.executescript("CREATE TABLE t (x INTEGER PRIMARY KEY, y TEXT); INSERT INTO t (y) VALUES ('a');")
        connection.execute("SELECT x, y FROM t WHERE y = ?", ("a",)).fetchall()
        connection.close()
    del sys.modules["program"], linecache.cache["program.py"]


def place(descriptors: list[int]) -> None:
    """Put the channel at 3 and the output pipes at 1 and 2; standard input is an empty file in memory."""
    channel, out, err = descriptors
    os.dup2(_empty_file(), 0)
    os.dup2(out, 1)
    os.dup2(err, 2)
    os.dup2(channel, CHANNEL, False)


def converse(most: int) -> None:
    """Answer requests until the engine closes the channel; an answer above `most` bytes is not sent."""
    gc.enable()
    _reseed()  # or all children would draw the same numbers
    program = _program
    os.write(CHANNEL, _READY)
    while (request := receive()) is not None:
        operation, *arguments = request
        send(getattr(program, operation)(*arguments), most)
    os._exit(0)


def _text(descriptor: int, mode: str) -> TextIO:
    buffered: Any = open(descriptor, f"{mode}b", closefd=False)  # noqa: SIM115 - lives as long as the process
    return io.TextIOWrapper(buffered, encoding="utf-8", errors="backslashreplace" if mode == "w" else "strict")


def _empty_file() -> int:
    return os.memfd_create("stdin") if hasattr(os, "memfd_create") else os.open("/dev/null", os.O_RDONLY)


def receive(_read: Callable[[int, int], bytes] = os.read) -> list[Any] | None:
    """The next frame, None at the end."""
    header = _exactly(4, _read)
    if header is None:
        return None
    body = _exactly(int.from_bytes(header, "little"), _read)
    return None if body is None else list(json.loads(body))


def _exactly(count: int, read: Callable[[int, int], bytes]) -> bytes | None:
    parts: list[bytes] = []
    while count:
        part = read(CHANNEL, min(count, 1 << 20))
        if not part:
            return None
        parts.append(part)
        count -= len(part)
    return b"".join(parts)


def send(answer: list[Any], most: int, _write: Callable[[int, bytes], int] = os.write) -> None:
    """Write one frame; in place of one that is too large or cannot be made, a short one that says so."""
    try:
        body = json.dumps(answer).encode()
        if len(body) > most:
            body = json.dumps(["large", len(body)]).encode()
    except MemoryError:
        body = b'["raised", ["MemoryError"], "MemoryError while returning the value"]'
    data = len(body).to_bytes(4, "little") + body
    while data:
        data = data[_write(CHANNEL, data) :]


class Program:
    """The candidate's program and the requests that can be made of it; each answers with a frame."""

    def __init__(self) -> None:
        self._module = types.ModuleType("program")
        self._objects: list[object] = []
        self._folder = Folder()
        self._script = "", ""
        self._over = False
        self._compiled: dict[str, types.CodeType] = {}
        self._read: dict[tuple[bytes, str], list[Any]] = {}

    def load(self, context: str, program: str, files: dict[str, str], environment: dict[str, str]) -> list[Any]:
        """Put the files into the working folder and run the program's top level, as a module; anew each time."""
        self._folder.fill(files, lasts=bool(files))
        if environment:
            os.environ.update(environment)
        self._module = sys.modules["program"] = types.ModuleType("program")
        return self._guard(lambda: self._execute(context, program))

    def main(
        self,
        context: str,
        program: str,
        files: dict[str, str],
        environment: dict[str, str],
        stdin: str,
        argv: list[str],
        prompts: bool,
    ) -> list[Any]:
        """Run the program as a script, to its end: with its atexit functions, its threads and its last flush."""
        self._folder.fill(files, lasts=True)
        if environment:
            os.environ.update(environment)
        self._script = context, program
        return self._run_script(stdin, argv, prompts)

    def again(self, stdin: str, argv: list[str], prompts: bool) -> list[Any]:
        """After `main`: the same script once more, as if nothing had been run. `["held"]` where it has left something
        that lasts.
        """
        if self._over or not self._folder.restore():
            return ["held"]
        return self._run_script(stdin, argv, prompts)

    def restore(self) -> list[Any]:
        """After a call: put the working folder back. `["held"]` where that cannot be done, for files are open or
        threads at work.
        """
        return ["ok"] if self._folder.restore() else ["held"]

    def _run_script(self, stdin: str, argv: list[str], prompts: bool) -> list[Any]:
        context, program = self._script
        os.ftruncate(0, 0)
        os.lseek(0, 0, os.SEEK_SET)
        write(0, stdin.encode())
        os.lseek(0, 0, os.SEEK_SET)
        sys.stdin = _text(0, "r")
        sys.argv = ["program.py", *argv]
        builtins.input = _input if prompts else _input_without_prompt
        self._module = types.ModuleType("__main__")
        self._module.__dict__["__file__"] = "program.py"
        sys.modules["__main__"] = self._module
        answer = self._guard(lambda: self._execute(context, program))
        ending = self._guard(self._finish)
        return answer if answer[0] != "ok" else ending

    def _finish(self) -> None:
        """What the interpreter does at the end of a script, which closes what is open, too."""
        if threading.active_count() > 1:
            self._over = True  # threads cannot be started after that
            threading._shutdown()  # type: ignore[attr-defined]
        atexit._run_exitfuncs()
        self._module.__dict__.clear()

    def call(
        self, function: str, args: list[Tagged], kwargs: dict[str, Tagged], where: dict[str, Any] | None
    ) -> list[Any]:
        """Call a function of the loaded program; see `case.Call.function` for how it is named."""
        connections: list[Any] = []

        def resolve(tag: str, content: object) -> object:
            if tag == "source":
                return eval(str(content), self._module.__dict__)  # nosec: this process is confined to do it
            if tag != "connection" or where is None:
                raise ValueError(f"no value is written as {tag!r} here")
            connections.append(client.connect(where))
            return connections[-1]

        def run() -> list[Any]:
            target = self._find(function)
            positional = [decode(item, resolve) for item in args]
            named = {name: decode(item, resolve) for name, item in kwargs.items()}
            value = target(*positional, **named)
            answer = ["value", encode(value)]
            for connection in connections:
                client.commit(connection)
            return answer

        answer = self._guard(run)
        for connection in connections:
            self._guard(connection.close)
        return answer

    def act(self, action: str, operands: list[Tagged], named: dict[str, Tagged]) -> list[Any]:
        """One step of a test that a judge's process runs: reach a name, call, take an attribute, apply an operator.

        What has no plain form stays here and goes out as a handle, `{"handle": [number, class name]}`.
        """

        def resolve(tag: str, content: Any) -> object:
            if tag != "handle":
                raise ValueError(f"no value is written as {tag!r} here")
            return self._objects[content[0]]

        def run() -> list[Any]:
            values = [decode(operand, resolve) for operand in operands]
            keywords = {name: decode(value, resolve) for name, value in named.items()}
            if action == "name":
                result = self._find(values[0])
            elif action == "call":
                result = values[0](*values[1:], **keywords)
            elif action == "iter":
                result = list(values[0])
                return ["value", {"items": [self._plain(item) for item in result]}]
            else:
                result = (getattr(operator, action, None) or getattr(builtins, action))(*values)  # nosec: confined
            return ["value", self._plain(result)]

        return self._guard(run)

    def _plain(self, value: object) -> Tagged:
        tagged = encode(value)
        if '"opaque":' not in json.dumps(tagged):
            return tagged
        self._objects.append(value)
        return {"handle": [len(self._objects) - 1, type(value).__name__]}

    def examine(self, source: str) -> list[Any]:
        """Trusted use, in a judge's process: run test code whose unknown names are the candidate's."""
        from codereal.sandbox.examiner import examine

        return examine(source)

    def tables(self, where: dict[str, Any], names: list[str]) -> list[Any]:
        """The rows of tables, None for one that is not there. After a case that leaves its process to the next one;
        else trusted use, in a process of its own.
        """

        def run() -> list[Any]:
            path = where.get("path", "")
            if not os.path.isfile(path) or any(os.path.exists(path + more) for more in ("-journal", "-wal")):
                return ["ok", client.tables(where, names)]
            key = content(path), json.dumps(names)  # most cases leave it as they found it
            if key not in self._read:
                self._read[key] = ["ok", client.tables(where, names)]
            return self._read[key]

        return self._guard(run)

    def dump(self, where: dict[str, Any] | None) -> list[Any]:
        """Trusted use, in a process of its own: what a server's database holds, and all databases of the working
        folder, as one text.
        """

        def run() -> list[Any]:
            lines = client.dump(where) if where is not None and where["dialect"] != "sqlite" else []
            for path in sorted(own_files()):
                with open(path, "rb") as file:
                    if file.read(15) != b"SQLite format 3":
                        continue
                lines += [path, *client.dump({"dialect": "sqlite", "path": path})]
            return ["ok", "\n".join(lines)]

        return self._guard(run)

    def collect(self) -> list[Any]:
        """Trusted use: all regular files of the working folder."""

        def run() -> list[Any]:
            found: dict[str, str] = {}
            for path in own_files():
                with open(path, "rb") as file:
                    found[os.path.relpath(path, ".")] = base64.b64encode(file.read()).decode("ascii")
            return ["ok", found]

        return self._guard(run)

    def _execute(self, context: str, program: str) -> list[Any]:
        for name, text in (("context.py", context), ("program.py", program)):
            if text:
                # Tracebacks and inspect.getsource read the text from here; there is no such file.
                linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)
                code = self._compiled.get(name) or compile(text, name, "exec", dont_inherit=True)
                self._compiled[name] = code
                exec(code, self._module.__dict__)  # nosec: confined
        return ["ok"]

    def _find(self, function: str) -> Any:
        found: Any = None
        for place, part in enumerate(function.split(".")):
            name = part.removesuffix("()")
            if place:
                found = getattr(found, name)
            elif name in self._module.__dict__:
                found = self._module.__dict__[name]
            elif hasattr(builtins, name):
                found = getattr(builtins, name)  # nosec: confined
            else:
                raise NameError(f"the program defines no {name!r}")
            if part.endswith("()"):
                found = found()
        return found

    def _guard(self, run: Callable[[], list[Any] | None]) -> list[Any]:
        """The answer of `run`, or words about what stopped it; what was printed is on its way."""
        try:
            answer = run() or ["ok"]
        except SystemExit as stop:
            answer = ["exit", stop.code if type(stop.code) is int else 0 if stop.code is None else 1]
        except TooDeepError as error:
            answer = ["value", {"opaque": str(error)}]
        except BaseException as error:  # noqa: BLE001 - whatever the candidate raises is an answer
            answer = ["raised", [base.__name__ for base in type(error).__mro__], _describe(error)]
        try:
            sys.stdout.flush()
            sys.stderr.flush()
        except BaseException:  # noqa: BLE001, S110 - the candidate may have closed or replaced them
            pass
        return answer


def _input_without_prompt(prompt: object = "", /) -> str:
    print(prompt, end="", file=sys.stderr)
    line = sys.stdin.readline()
    if not line:
        raise EOFError("EOF when reading a line")
    return line.removesuffix("\n")


def _describe(error: BaseException) -> str:
    """One line: class, message, and the last line of the program that is to blame."""
    try:
        message = str(error)
    except BaseException as other:  # noqa: BLE001 - its __str__ is the candidate's
        message = f"<__str__ raised {type(other).__name__}>"
    line = 0
    step = error.__traceback__
    while step is not None:
        if step.tb_frame.f_code.co_filename == "program.py":
            line = step.tb_lineno
        step = step.tb_next
    if isinstance(error, SyntaxError) and error.filename == "program.py":
        message, line = error.msg, error.lineno or 0
    where = f" (line {line})" if line else ""
    text = f"{type(error).__name__}: {message}" if message else type(error).__name__
    return text[:_WORDS].replace("\n", " ") + where


_program = Program()
