"""Whether a hostile input gets through to the database: judged from what the program does, without a safe reference.

A program that treats its input as data prints, for an input that matches nothing, the same whatever the tables hold,
and changes nothing. So a program is run on the attack twice, with the task's database and with the same one emptied.
Lines that depend on the rows, changed tables and complaints about the statement's text are suspicions. They count
unless the program does the same on a control: the attack's words with nothing in them that SQL could read.
See design/040-attack-oracle.md for why, for what it misses, and for figures.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from codereal.errors import DataError
from codereal.sandbox.candidate import Candidate
from codereal.sandbox.case import Attack
from codereal.sandbox.judge import explain
from codereal.sandbox.limits import READER
from codereal.sandbox.process import Server
from codereal.sandbox.verdict import CaseResult, Outcome

if TYPE_CHECKING:
    from codereal.sandbox.slot import Job
    from codereal.sandbox.store import Store, Stores

_KEYWORDS = (
    "all alter and as asc between by case cast char create delete desc distinct drop else end except exec exists from "
    "glob group having if in inner insert intersect into is join left like limit not null offset on or order outer "
    "pragma regexp select set sleep table then union update values when where with"
)
_KEYWORD = re.compile(rf"\b(?:{'|'.join(_KEYWORDS.split())})\b", re.IGNORECASE)
_SIGN = re.compile(r"[^\w\s]")
_HOSTILE = re.compile(r"""['"`;]|--|/\*""")
# What databases say of a statement's text; no value that is bound to a placeholder makes them say so.
_COMPLAINT = re.compile(
    # SQLite
    r'near ".*?": syntax error|unrecognized token|incomplete input|one statement at a time|no such (?:column|function)'
    r"|SELECTs to the left and right of|ORDER BY term"
    # PostgreSQL
    r"|syntax error at (?:or near|end of input)|unterminated (?:quoted|bit string|/\* comment|dollar-quoted)"
    r"|(?:column|relation|function) [^\n]{1,80} does not exist|each UNION query must|UNION types .{1,80} cannot be"
    r"|ORDER BY position|cannot insert multiple commands|zero-length delimited|argument of (?:WHERE|AND|OR) must"
    # MariaDB
    r"|error in your SQL syntax|Unknown column|different number of columns",
    re.DOTALL,
)


@dataclass(slots=True)
class _Seen:
    """What one run showed: the lines it printed, what the database said about its statements, what it left behind.

    `stop` says how it ended where that was not by itself.
    """

    lines: Counter[str]
    complaint: str
    output: str
    seconds: float
    stop: tuple[Outcome, str] | None
    tables: str = ""
    dumped: bool = False


class Attacks:
    """The attacks of one job; what a run showed is kept, as attacks share their controls."""

    def __init__(self, server: Server, job: Job, stores: Stores) -> None:
        self._server, self._job, self._stores = server, job, stores
        self._seen: dict[tuple[str, tuple[str, ...]], _Seen] = {}

    def run(self, case: Attack) -> CaseResult:
        """PASS where the attack comes to nothing; FAIL, with what it did, where it gets through."""
        seen = self._observe(case.stdin, case.argv, dump=True)
        outcome, detail = seen.stop or self._judge(case, seen)
        return CaseResult(outcome, detail, case.name, round(seen.seconds, 6), seen.output)

    def _judge(self, case: Attack, seen: _Seen) -> tuple[Outcome, str]:
        if seen.complaint and not (case.control and self._observe(case.control, case.argv).complaint):
            return Outcome.FAIL, f"the database read the attack as SQL: {seen.complaint[:120]}"
        changed = seen.tables != self._before()
        revealed = self._revealed(case.stdin, case.argv)
        if revealed or changed:
            # What differs from run to run (the time, a random number) says nothing about the attack.
            again = self._run(case.stdin, case.argv, dump=changed)
            revealed &= again.lines
            changed = changed and again.tables == seen.tables
        for control in controls(case.stdin):
            if not (revealed or changed):
                return Outcome.PASS, ""
            if changed:
                other = self._observe(control, case.argv, dump=True)
                changed = neutral(other.tables) != neutral(seen.tables)
            if revealed:
                usual = {neutral(line) for line in self._revealed(control, case.argv)}
                revealed = Counter({line: n for line, n in revealed.items() if neutral(line) not in usual})
        if changed:
            return Outcome.FAIL, "the attack changed the database"
        if revealed:
            return Outcome.FAIL, f"the attack revealed what the database holds: {next(iter(revealed))[:120]!r}"
        return Outcome.PASS, ""

    def _observe(self, stdin: str, argv: tuple[str, ...], *, dump: bool = False) -> _Seen:
        """A run on the task's own database and, with `dump`, what it left there."""
        key = stdin, argv
        if key not in self._seen or (dump and not self._seen[key].dumped):
            self._seen[key] = self._run(stdin, argv, dump=dump)
        return self._seen[key]

    def _revealed(self, stdin: str, argv: tuple[str, ...]) -> Counter[str]:
        """Lines that are not printed when the tables are empty."""
        lines = self._observe(stdin, argv).lines
        return lines and lines - self._run(stdin, argv, hollow=True).lines

    def _before(self) -> str:
        """The contents of the databases before any run."""
        key = self._stores.key
        if key not in _dumped:
            while len(_dumped) >= _MOST:
                _dumped.pop(next(iter(_dumped)), None)
            with self._stores.fresh() as store:
                with Candidate(self._server, READER) as writer:
                    writer.ready()
                    answer = writer.ask("load", "", "", store.files, {})
                if answer != ["ok"]:
                    raise DataError(f"the task's files cannot be written: {explain(answer, writer.stop)[1]}")
                _dumped[key] = self._dump(store)
        return _dumped[key]

    def _run(self, stdin: str, argv: tuple[str, ...], *, hollow: bool = False, dump: bool = False) -> _Seen:
        with self._stores.fresh(hollow=hollow) as store:
            with Candidate(self._server, self._job.limits) as candidate:
                candidate.ready()
                answer = run_main(candidate, self._job, store, stdin, argv, prompts=False)
            tables = self._dump(store) if dump else ""
        printed = candidate.printed.decode("utf-8", "replace")
        raised = str(answer[2]) if answer and answer[0] == "raised" else ""
        complaint = _COMPLAINT.search("\n".join((printed, candidate.output, raised)))
        outcome, detail = explain(answer, candidate.stop)
        # A program may refuse an attack in any way that ends it: an exception, an exit. It may not hang or fall over.
        ended = outcome in (Outcome.FAIL, Outcome.EXIT) or answer == ["ok"]
        lines = Counter(line.strip() for line in printed.splitlines() if line.strip())
        stop = None if ended else (outcome, detail)
        words = complaint[0] if complaint else ""
        return _Seen(lines, words, candidate.output, candidate.seconds, stop, tables, dump)

    def _dump(self, store: Store) -> str:
        """The contents of the store's database and of all in the working folder, as the last run has left them."""
        store.settle()
        with Candidate(self._server, READER, fresh=False) as reader:
            reader.ready()
            answer = reader.ask("dump", store.where)
        match answer:
            case ["ok", str(text)]:
                return text
        return f"unreadable: {explain(answer, reader.stop)[1]}"


def run_main(
    candidate: Candidate, job: Job, store: Store, stdin: str, argv: tuple[str, ...], *, prompts: bool
) -> list[Any] | None:
    """Run the program as a script, to its end, and return how it ended."""
    answer = candidate.ask("main", job.context, job.program, store.files, store.environment, stdin, list(argv), prompts)
    candidate.drain()
    return answer


def controls(stdin: str) -> tuple[str, ...]:
    """Inputs like the attack with nothing for SQL to read: signs and keywords turned into letters, signs left out (as
    a program that cleans its input would), and all cut off from the first sign on. Lines without signs that SQL
    reads, and without its keywords, stay as they are.
    """
    hostile = [bool(_HOSTILE.search(line) or _KEYWORD.search(line)) for line in stdin.split("\n")]

    def change(how: Callable[[str], str]) -> str:
        return "\n".join(how(line) if bad else line for line, bad in zip(stdin.split("\n"), hostile, strict=True))

    return change(neutral), change(lambda line: _SIGN.sub("", line)), change(lambda line: _SIGN.split(line)[0].rstrip())


def neutral(text: str) -> str:
    """The text with letters in place of signs and of SQL's keywords."""
    return _SIGN.sub("q", _KEYWORD.sub(lambda match: "q" * len(match[0]), text))


_MOST = 512
_dumped: dict[str, str] = {}
