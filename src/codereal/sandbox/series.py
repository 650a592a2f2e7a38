"""Many cases of a job in one process, as if each had a process and a working folder of its own.

A process costs more than most cases do. So calls, or runs of a script, take turns in one, and the working folder is put
back between them. What one case leaves to the next (a variable, an open file, a thread) could make the next fail, or
let a program tell by counting what is asked of it. Hence:

- Where some cases are attacks, the order follows from the program's text, and each is run several times, so that a
  program which works for so many calls and then refuses has to guess an arrangement out of `_ARRANGEMENTS` and more.
- Where tests (or attacks) fail, and none of them as the first in its process, one is run again in a process of its own.
  If it passes there, what the program does depends on what came before, and every case of the job gets a process of
  its own; else its failure stands, as do the others: whether all pass is as if each had run alone, and none passes that
  would not, but of a program that fails anyhow more cases may fail for what came before.
- A program that keeps files open or threads running when a case is over gets a process for each case, too.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from math import comb
from typing import TYPE_CHECKING, Any

from codereal.sandbox.candidate import Candidate, Stop
from codereal.sandbox.case import Call, Stdio
from codereal.sandbox.codec import Tagged
from codereal.sandbox.judge import explain, judge_call, judge_output, judge_tables
from codereal.sandbox.limits import READER, Limits
from codereal.sandbox.process import Server
from codereal.sandbox.store import Store, Stores
from codereal.sandbox.verdict import CaseResult, Outcome

if TYPE_CHECKING:
    from codereal.sandbox.slot import Job

Alone = Callable[[int], CaseResult]
"""Runs the case at a place of the job in a process of its own."""

_ARRANGEMENTS = 32
_KEPT = ".kept"


@dataclass(slots=True)
class _Turn:
    """One run of the case at a place of the job: `first` in its process, so that nothing can have come in its way;
    `ended` where it brought the process to an end.
    """

    place: int
    attack: bool
    result: CaseResult
    first: bool
    ended: bool = False


class Series:
    """The cases at some places of a job, all calls or all scripts. Not for stores on a database server, where each
    case has a database of its own, nor for scripts and files of programs that may start processes, which could go on.
    """

    def __init__(self, server: Server, job: Job, stores: Stores, alone: Alone) -> None:
        self._server, self._job, self._stores, self._alone = server, job, stores, alone

    def run(self, places: Sequence[int]) -> dict[int, CaseResult]:
        """The results by place."""
        turns = self._turns(self._order(places))
        if turns is None:
            return self._each_alone(places)
        found: dict[int, CaseResult] = {}
        for turn in turns:
            if turn.place not in found or found[turn.place].outcome is Outcome.PASS:
                found[turn.place] = turn.result
        for group in (False, True):
            failed = [turn for turn in turns if turn.attack is group and turn.result.outcome is not Outcome.PASS]
            if failed and not any(turn.first or turn.result.outcome is Outcome.TIMEOUT for turn in failed):
                place = min(turn.place for turn in failed)
                again = self._alone(place)
                if again.outcome is Outcome.PASS:
                    return {place: again} | self._each_alone([other for other in places if other != place])
                found[place] = again
        return found

    def _order(self, places: Sequence[int]) -> list[int]:
        attacks = sum(map(self._is_attack, places))
        if not 0 < attacks < len(places):
            return list(places)  # nothing to tell apart
        copies = 1
        while comb(copies * len(places), copies * attacks) < _ARRANGEMENTS:
            copies += 1
        order = list(places) * copies
        random.Random(self._job.program.encode("utf-8", "surrogatepass")).shuffle(order)
        return order

    def _each_alone(self, places: Sequence[int]) -> dict[int, CaseResult]:
        found: dict[int, CaseResult] = {}
        for place in places:
            if gives_up(found.values(), self._job.limits):
                found[place] = CaseResult(Outcome.TIMEOUT, GIVEN_UP, self._job.cases[place].name)
            else:
                found[place] = self._alone(place)
        return found

    def _turns(self, order: list[int]) -> list[_Turn] | None:
        """One after the other; a fresh process goes on after a case that ended it. None where the program cannot be
        run like this. Tests do not suffer for attacks that end the process: each kind has restarts of its own.
        """
        limits, done = self._job.limits, list[_Turn]()
        while order:
            there = self._one_process(order)
            if there is None:
                return None
            done += there
            order = order[len(there) :]
            last = there[-1]
            if not order or last.result.outcome is Outcome.PASS:
                continue
            ends = [turn.result.outcome for turn in done if turn.ended and turn.attack is last.attack]
            if len(ends) > limits.restarts or ends.count(Outcome.TIMEOUT) >= limits.timeouts:
                words = f"not run: the program was stopped {len(ends)} times ({last.result.detail})"
                left = [place for place in order if self._is_attack(place) is last.attack]
                order = [place for place in order if place not in left]
                done += [self._turn(place, CaseResult(last.result.outcome, words), first=True) for place in left]
        return done

    def _is_attack(self, place: int) -> bool:
        return 0 <= self._job.tests <= place

    def _turn(self, place: int, result: CaseResult, *, first: bool, ended: bool = False) -> _Turn:
        name = result.name or self._job.cases[place].name
        return _Turn(place, self._is_attack(place), replace(result, name=name), first, ended)

    def _one_process(self, order: list[int]) -> list[_Turn] | None:
        """The turns up to the one that ended the process; None where a case has left something that lasts."""
        with self._stores.fresh() as store:
            with Candidate(self._server, self._job.limits, cases=len(order)) as candidate:
                run = self._calls if isinstance(self._job.cases[order[0]], Call) else self._scripts
                turns = run(candidate, store, order)
            if turns:
                self._read_tables(turns, store)
        return turns

    def _calls(self, candidate: Candidate, store: Store, order: list[int]) -> list[_Turn] | None:
        cases = [case for place in order if isinstance(case := self._job.cases[place], Call)]
        requests: list[tuple[Any, ...]] = [load_request(self._job, store)]
        for number, case in enumerate(cases):
            if number and store.files:
                requests.append(("restore", _kept(store, number - 1, cases[number - 1])))
            requests.append(("call", *case.tagged_call().values(), store.where))
        answers = candidate.ask_each(requests)
        if (failed := load_failure(candidate, next(answers))) is not None:
            return [self._turn(place, failed, first=True) for place in order]
        turns: list[_Turn] = []
        for number, (place, case) in enumerate(zip(order, cases, strict=True)):
            if number and store.files and next(answers) != ["ok"]:
                return None
            answer = next(answers)
            result = judge_call(case, answer, candidate)
            turns.append(self._turn(place, result, first=number == 0, ended=answer is None))
            if answer is None:
                break
        return turns

    def _scripts(self, candidate: Candidate, store: Store, order: list[int]) -> list[_Turn] | None:
        cases = [case for place in order if isinstance(case := self._job.cases[place], Stdio)]
        candidate.ready()
        turns: list[_Turn] = []
        for number, (place, case) in enumerate(zip(order, cases, strict=True)):
            if number == 0:
                program = (self._job.context, self._job.program, store.files, store.environment)
                answer = candidate.ask("main", *program, case.stdin, list(case.argv), case.prompts)
            else:
                candidate.forget_output()
                kept = _kept(store, number - 1, cases[number - 1])
                answer = candidate.ask("again", kept, case.stdin, list(case.argv), case.prompts)
                if answer == ["held"]:
                    return None
            candidate.take_output()
            result = judge_output(case, answer, candidate)
            turns.append(self._turn(place, result, first=number == 0, ended=candidate.stop is not None))
            if candidate.stop is not None:
                return None if result.outcome is Outcome.PASS else turns
        candidate.drain()
        if candidate.stop != Stop(Outcome.EXIT, "ended the process with exit code 0"):
            return None  # something went on behind the last case's back
        return turns

    def _read_tables(self, turns: list[_Turn], store: Store) -> None:
        """Hold the databases that the turns have left against what is expected."""
        asked: list[tuple[_Turn, dict[str, Any], dict[str, Tagged]]] = []
        for number, turn in enumerate(turns):
            case = self._job.cases[turn.place]
            if not isinstance(case, Call | Stdio) or turn.result.outcome is not Outcome.PASS or store.where is None:
                continue
            if case.tables is not None:
                path, kept = _kept(store, number, case)
                where = store.where | {"path": path if turn is turns[-1] else kept}
                asked.append((turn, where, case.tagged_tables()))
        found = read_tables(self._server, [(where, tables) for _, where, tables in asked]) if asked else []
        for (turn, _, _), (outcome, detail) in zip(asked, found, strict=True):
            turn.result = replace(turn.result, outcome=outcome, detail=detail)


def read_tables(server: Server, asked: list[tuple[dict[str, Any], dict[str, Tagged]]]) -> list[tuple[Outcome, str]]:
    """Whether databases hold what is expected: read in a process of its own, after the candidate's has ended."""
    with Candidate(server, READER, cases=len(asked), fresh=False) as reader:
        request = ("tables", [(where, list(tables)) for where, tables in asked])
        reader.ready()
        answer = reader.ask(*request)
        match answer:
            case ["ok", [*answers]] if len(answers) == len(asked):
                found: list[tuple[Outcome, str]] = []
                for (_, tables), one in zip(asked, answers, strict=True):
                    same = answers[one[1]] if one[0] == "same" else one
                    found.append(judge_tables(tables, same, reader.stop))
                return found
        return [judge_tables(tables, answer, reader.stop) for _, tables in asked]


def _kept(store: Store, number: int, case: Call | Stdio) -> list[str]:
    """Where a case's database is, and where it is kept for reading."""
    return [] if store.where is None or case.tables is None else [store.where["path"], f"{_KEPT}/{number}"]


GIVEN_UP = "not run: earlier cases ran out of time"


def gives_up(results: Iterable[CaseResult], limits: Limits) -> bool:
    """Whether so many cases ran out of time that the others need not be run: one endless program idles all others."""
    return sum(result.outcome is Outcome.TIMEOUT for result in results) >= limits.timeouts


def load_request(job: Job, store: Store) -> tuple[Any, ...]:
    """Run the program's top level."""
    return "load", job.context, job.program, store.files, store.environment


def load_failure(candidate: Candidate, answer: list[Any] | None) -> CaseResult | None:
    """What all cases come to where the top level does not end well; None where it does."""
    if answer == ["ok"]:
        return None
    outcome, detail = explain(answer, candidate.stop)
    return CaseResult(outcome, detail, seconds=round(candidate.seconds, 6), output=candidate.output)
