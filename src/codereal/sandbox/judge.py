"""What an answer of the candidate's process is worth, case by case; runs where the candidate is not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from codereal.sandbox.candidate import Candidate, Stop
from codereal.sandbox.case import Call, Stdio
from codereal.sandbox.codec import Tagged, encode
from codereal.sandbox.compare import same, show
from codereal.sandbox.verdict import CaseResult, Outcome

# What malformed claims can raise where they are read; a claim that cannot be read is a wrong one.
_MALFORMED = (TypeError, ValueError, LookupError, AttributeError, ArithmeticError, RecursionError, MemoryError)

_PASS = (Outcome.PASS, "")


def judge_call(case: Call, answer: list[Any] | None, candidate: Candidate) -> CaseResult:
    """The result of a call, not counting its tables."""
    outcome, detail = _call(case, answer, candidate.stop)
    return CaseResult(outcome, detail, case.name or _title(case), round(candidate.seconds, 6), candidate.output)


def judge_output(case: Stdio, answer: list[Any] | None, candidate: Candidate) -> CaseResult:
    """The result of a program that was run as a script and has ended, not counting its tables."""
    outcome, detail = _output(case, answer, candidate)
    return CaseResult(outcome, detail, case.name, round(candidate.seconds, 6), candidate.output)


def judge_tables(expected: Mapping[str, Tagged], answer: list[Any] | None, stop: Stop | None) -> tuple[Outcome, str]:
    """Whether the database holds what it should after the candidate's end."""
    match answer:
        case ["ok", None]:
            return Outcome.FAIL, "the database file is gone"
        case ["ok", dict(found)]:
            for table, wanted in expected.items():
                claimed = found.get(table)
                if claimed is None:
                    return Outcome.FAIL, f"table {table} is gone"
                # As sets keep their duplicates in tagged form, this compares multisets. Mostly the order is the same.
                if wanted != claimed and not same({"set": wanted}, {"set": claimed}, "equal"):
                    return Outcome.FAIL, f"table {table}: expected {show(wanted)}, found {show(claimed)}"
            return _PASS
        case ["raised", _, str(words)]:
            return Outcome.FAIL, f"the database cannot be read: {words}"
        case ["large", _]:
            return Outcome.OUTPUT_LIMIT, "the tables have become too large to read"
    return Outcome.FAIL, f"the database cannot be read: {stop.detail if stop else 'no answer'}"


def judge_test(answer: list[Any] | None, stop: Stop | None) -> tuple[Outcome, str]:
    """What a judge's process reports of a test; its report is believed, as the candidate has no part in it."""
    match answer:
        case ["passed", _]:
            return _PASS
        case ["failed", str(words)]:
            return Outcome.FAIL, words
        case ["raised", _, str(words)]:
            return Outcome.FAIL, f"the test raised {words}"
    if stop is not None and stop.outcome is Outcome.TIMEOUT:
        return Outcome.TIMEOUT, f"the test {stop.detail}"
    return Outcome.FAIL, f"the test {stop.detail if stop else 'gave no answer'}"


def explain(answer: list[Any] | None, stop: Stop | None) -> tuple[Outcome, str]:
    """An answer that is no value: how the candidate left or failed."""
    match answer:
        case None if stop is not None:
            return stop.outcome, stop.detail
        case ["raised", ["MemoryError", *_], str(words)]:
            return Outcome.OOM, f"raised {words}"
        case ["raised", [str(), *_], str(words)]:
            return Outcome.FAIL, f"raised {words}"
        case ["exit", int(code)]:
            return Outcome.EXIT, f"called exit with code {code}"
        case ["large", _]:
            return Outcome.OUTPUT_LIMIT, "returned too large a value"
    return Outcome.FAIL, "answered with something that is no value"


def _call(case: Call, answer: list[Any] | None, stop: Stop | None) -> tuple[Outcome, str]:
    match answer:
        case ["value", claimed]:
            if case.raises is not None:
                return Outcome.FAIL, f"expected {case.raises}, got {_shown(claimed)}"
            if case.expected is ...:
                return _PASS
            return _compare(case, claimed)
        case ["raised", [*names], str(words)] if case.raises is not None:
            short = case.raises.rsplit(".", 1)[-1]
            return _PASS if short in names else (Outcome.FAIL, f"expected {case.raises}, raised {words}")
        case ["exit", int()] if case.raises in ("SystemExit", "BaseException"):
            return _PASS
        case ["raised", [str(), *_], str()] | ["exit", int()] if case.or_raises:
            return _PASS
    outcome, detail = explain(answer, stop)
    if outcome is Outcome.FAIL and case.expected is not ...:
        detail = f"expected {show(case.tagged_expected())}, {detail}"
    return outcome, detail


def _compare(case: Call, claimed: Tagged) -> tuple[Outcome, str]:
    expected = case.tagged_expected()
    try:
        if same(expected, claimed, case.match, case.tolerance):
            return _PASS
    except _MALFORMED:
        return Outcome.FAIL, f"expected {show(expected)}, got something that is no value"
    if isinstance(claimed, dict) and isinstance(kind := claimed.get("opaque"), str):
        return Outcome.FAIL, f"returned a value of type {show(kind, 80)[1:-1]} that has no plain form"
    return Outcome.FAIL, f"expected {show(expected)}, got {_shown(claimed)}"


def _output(case: Stdio, answer: list[Any] | None, candidate: Candidate) -> tuple[Outcome, str]:
    stop = candidate.stop
    match answer:
        case ["ok"] | ["exit", 0]:
            # Whatever ends the process after that (a crash in a late thread, too much output) still counts.
            if stop is not None and stop != Stop(Outcome.EXIT, "ended the process with exit code 0"):
                return stop.outcome, stop.detail
        case None if stop is not None and stop.outcome is Outcome.EXIT and stop.detail.endswith(" 0"):
            pass  # os._exit(0): only what was printed counts, and that is compared
        case ["raised", [str(), *_], str()] | ["exit", int()] if case.or_raises and not candidate.printed.strip():
            return _PASS
        case _:
            return explain(answer, stop)
    printed = candidate.printed.decode("utf-8", "replace")
    if case.agrees(printed):
        return _PASS
    return Outcome.FAIL, f"expected output {show(case.stdout)}, got {show(printed)}"


def _shown(claimed: Tagged) -> str:
    try:
        return show(claimed)
    except _MALFORMED:
        return "something that is no value"


def _title(case: Call) -> str:
    arguments = [show(encode(value), 40) for value in case.args]
    arguments += [f"{name}={show(encode(value), 40)}" for name, value in case.kwargs.items()]
    return f"{case.function}({', '.join(arguments)})"[:120]
