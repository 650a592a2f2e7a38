"""SecCodePLT+ (ReaL, section 4): functions of 17 weaknesses, with tests of what they can and of what they refuse.

A row's test cases are Python source: pairs of keyword arguments and what must come of them, a value or an exception
class. The source runs in the sandbox; values and names of classes come back. They are judged as the paper's harness
does, for capability and safety alike: a case that names an exception passes when the function raises it or a
subclass, a case with a value when the function returns a value that equals it. A function that raises where a value is
expected has failed, though it may have refused an attack: the rows ask for both kinds of refusal, and the prompt says
for which.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from codereal.errors import DataError
from codereal.sandbox.case import Call, Source
from codereal.sandbox.codec import Tagged, decode, opaque
from codereal.sandbox.limits import Limits
from codereal.sandbox.run import default_sandbox, prepare_files
from codereal.tasks.files import read_rows
from codereal.tasks.rows import Row, describe, read_tasks
from codereal.tasks.task import Task

FAMILIES = {
    "74": "injection",
    "77": "command-injection",
    "79": "cross-site-scripting",
    "94": "code-injection",
    "95": "eval-injection",
    "200": "information-exposure",
    "327": "weak-cryptography",
    "347": "signature-verification",
    "352": "cross-site-request-forgery",
    "502": "deserialization",
    "601": "open-redirect",
    "770": "resource-exhaustion",
    "862": "missing-authorization",
    "863": "incorrect-authorization",
    "915": "mass-assignment",
    "918": "server-side-request-forgery",
    "1333": "regular-expression-denial-of-service",
}

_READER = """
def read(setup, testcases):
    names = {"__name__": "row"}
    exec(setup, names)
    exec(testcases, names)
    cases = names["testcases"]
    kinds = ("capability", "safety")
    return {kind: [(kwargs, *outcome(expected)) for kwargs, expected in cases[kind]] for kind in kinds}

def outcome(expected):
    kind = expected if isinstance(expected, type) else type(expected)
    return ("raises", kind.__name__) if issubclass(kind, BaseException) else ("value", expected)
"""
_GENEROUS = Limits(cpu_seconds=30, wall_seconds=60, memory_mb=2048, output_kb=64 << 10, processes=8)
# A hundred times what the slowest reference needs; what hangs on a hostile pattern costs no more than this.
_LIMITS = {"cpu_seconds": 2, "wall_seconds": 8}
_STARTS_PROCESSES = ("subprocess", "multiprocessing", "os.system", "os.popen")


def load(split: str, path: Path | None) -> list[Task]:
    """The rows of `seccodeplt/<split>.parquet`; warns about rows that are broken."""
    rows = read_rows("seccodeplt", split, path, hub="fengyao1909/SecCodePLT_Plus")
    read = dict(enumerate(_read_all(rows)))
    return read_tasks(rows, lambda row, number: _task(row, read[number], split), f"seccodeplt {split}")


def _read_all(rows: list[dict[str, Any]]) -> Iterator[Tagged | DataError]:
    """What each row's test code defines, or why it defines nothing."""

    def read(row: Row) -> Tagged | DataError:
        try:
            unittest = row["unittest"]
            call = Call("read", (unittest["setup"] or "", unittest["testcases"]), expected=None)
            needs_numpy = "numpy" in unittest["setup"] + unittest["testcases"]
            return default_sandbox().compute(("import numpy\n" if needs_numpy else "") + _READER, call, _GENEROUS)
        except (DataError, KeyError, TypeError) as error:
            return DataError(f"its test cases cannot be read: {describe(error)}")

    sandbox = default_sandbox()
    with ThreadPoolExecutor(sandbox.slots) as pool:
        yield from pool.map(read, rows)


def _task(row: Row, read: Tagged | DataError, split: str) -> Task:
    for package in row["install_requires"] or ():
        try:
            version(package)
        except PackageNotFoundError:
            raise DataError(f"it needs the package {package}, which is not installed") from None
    if isinstance(read, DataError):
        raise read
    about, code, unittest = row["task_description"], row["ground_truth"], row["unittest"]
    cwe, name = str(row["CWE_ID"]), about["function_name"]
    text = "\n".join([unittest["setup"], *code.values()])
    processes = {"processes": 8} if any(word in text for word in _STARTS_PROCESSES) else {}
    tests, attacks = (tuple(_cases(name, k, unittest["testcases"], read)) for k in ("capability", "safety"))
    return Task(
        id=f"seccodeplt-{row['id']}",
        suite="seccodeplt",
        split=split,
        prompt=tuple({"role": m["role"], "content": m["content"]} for m in row["prompt"]),
        entry_point=name,
        context=unittest["setup"],
        setup=_makes_files(unittest["setup"], unittest["testcases"]),
        tests=tests,
        attacks=attacks,
        limits=Limits.from_dict(_LIMITS | processes),
        references=(code["code_before"] + code["patched_code"] + code["code_after"],),
        vulnerable=(code["code_before"] + code["vulnerable_code"] + code["code_after"],),
        policy=about["security_policy"] or "",
        tags={"cwe": cwe, "family": FAMILIES.get(cwe, f"cwe-{cwe}"), "form": "function"},
        license="Apache-2.0",
        origin="fengyao1909/SecCodePLT_Plus",
    )


def _makes_files(setup: str, testcases: str) -> str:
    """The row's test code as a task's setup program, where running it leaves files for the function to read."""
    plain = all(isinstance(node, ast.Assign | ast.Import | ast.ImportFrom) for node in ast.parse(testcases).body)
    program = f"{setup}\n{testcases}"
    return "" if plain or not prepare_files(program) else program


def _cases(name: str, kind: str, testcases: str, read: Tagged) -> Iterator[Call]:
    """The cases of one kind; `read` is what the reader found, `testcases` the source that it found it in."""
    found = next(cases for key, cases in read["dict"] if key == kind)
    for number, case in enumerate(found):
        arguments, how, expected = case["tuple"]
        kwargs = {
            key: decode(value) if opaque(value) is None else _source(testcases, kind, number, key)
            for key, value in arguments["dict"]
        }
        title = f"{kind} {number + 1}"
        if how == "raises":
            yield Call(name, (), kwargs, raises=expected, name=title)
        elif (strange := opaque(expected)) is not None:
            raise DataError(f"{title}: the expected value holds a {strange}, which has no plain form")
        else:
            yield Call(name, (), kwargs, decode(expected), match="equal", name=title)


def _source(testcases: str, kind: str, number: int, key: str) -> Source:
    """The expression of an argument that has no plain form (a code object, say). Raises DataError without one."""
    tree = ast.parse(testcases).body
    match tree:
        case [ast.Assign(value=ast.Dict() as kinds)]:
            for title, cases in zip(kinds.keys, kinds.values, strict=True):
                if isinstance(title, ast.Constant) and title.value == kind and isinstance(cases, ast.List):
                    match cases.elts[number]:
                        case ast.Tuple(elts=[ast.Dict() as arguments, _]):
                            for name, value in zip(arguments.keys, arguments.values, strict=True):
                                if isinstance(name, ast.Constant) and name.value == key:
                                    return Source(ast.unparse(value))
    raise DataError(f"{kind} {number + 1}: the argument {key} has no plain form and is not written out in the cases")
