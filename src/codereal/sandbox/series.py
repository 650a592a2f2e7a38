"""Many cases of a job in one process, as if each had a process and a working folder of its own.

A process costs more than most cases do. So calls, or runs of a script, take turns in one, and the working folder is put
back between them. What one case leaves to the next (a variable, an open file, a thread) could make the next fail, or
let a program tell by counting what is asked of it. Hence:

- Where some cases are attacks, the order follows from the program's text, and all are run as often as it takes for a
  program which works for so many calls and then refuses to have to guess one arrangement of `_ARRANGEMENTS` and more.
- Where tests (or attacks) fail, and none of them as the first in its process, one is run again in a process of its own
  (or as if it were, in the same one: see `contained`). If it passes there, what the program does depends on what came
  before, and every case of the job gets a process of its own; else its failure stands, as do the others: whether all
  pass is as if each had run alone, and none passes that would not, but of a program that fails anyhow more cases may
  fail for what came before.
- A program that keeps files open or threads running when a case is over gets a process for each case, too.

Databases in files are read where the program runs, before they are put back. That is a claim, as their files would be:
a program can write into its own database whatever it could say of it.
"""

from __future__ import annotations

import functools
import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from math import comb
from typing import TYPE_CHECKING, Any

from codereal.sandbox.candidate import Candidate, Request, Stop
from codereal.sandbox.case import Call, Stdio
from codereal.sandbox.contained import is_contained
from codereal.sandbox.judge import explain, judge_call, judge_output, judge_tables
from codereal.sandbox.limits import Limits
from codereal.sandbox.process import Server
from codereal.sandbox.store import Store, Stores
from codereal.sandbox.verdict import CaseResult, Outcome

if TYPE_CHECKING:
    from codereal.sandbox.slot import Job

Alone = Callable[[int], CaseResult]
"""Runs the case at a place of the job in a process of its own."""

_ARRANGEMENTS = 32


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
        for place in self._doubtful(turns):
            found[place] = self._alone(place)
            if found[place].outcome is Outcome.PASS:
                return self._each_alone(places)
        return found

    def _order(self, places: Sequence[int]) -> list[int]:
        attacks = sum(map(self._is_attack, places))
        if not 0 < attacks < len(places):
            return list(places)  # nothing to tell apart
        copies = 1  # the same for all, or what is repeated would tell
        while comb(copies * len(places), copies * attacks) < _ARRANGEMENTS:
            copies += 1
        order = list(places) * copies
        random.Random(self._job.program.encode("utf-8", "surrogatepass")).shuffle(order)
        return order

    def _each_alone(self, places: Sequence[int]) -> dict[int, CaseResult]:
        """Each as often as it would have its turn, or a program that tosses a coin had a better chance here."""
        found: dict[int, CaseResult] = {}
        for place in self._order(places):
            if place in found and found[place].outcome is not Outcome.PASS:
                continue
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
        with (
            self._stores.fresh() as store,
            Candidate(self._server, self._job.limits, cases=len(order) + 2) as candidate,
        ):
            run = self._calls if isinstance(self._job.cases[order[0]], Call) else self._scripts
            return run(candidate, store, order)

    def _calls(self, candidate: Candidate, store: Store, order: list[int]) -> list[_Turn] | None:
        load = load_request(self._job, store)
        requests: list[Request] = [load]
        for number, place in enumerate(order):
            requests += [("restore",)] if number and store.files else []
            requests += self._call(place, store)
        answers = candidate.ask_each(requests)
        if (failed := load_failure(candidate, next(answers))) is not None:
            return [self._turn(place, failed, first=True) for place in order]
        turns: list[_Turn] = []
        for number, place in enumerate(order):
            if number and store.files and next(answers) != ["ok"]:
                return None
            turns.append(self._judge_call(place, answers, candidate, first=number == 0))
            if turns[-1].ended:
                return turns
        doubtful = self._doubtful(turns)
        for again in doubtful if doubtful and self._is_contained else ():
            # What is loaded anew begins like a process of its own.
            answers = candidate.ask_each([("restore",), load, *self._call(again, store)])
            if next(answers) == next(answers) == ["ok"]:
                turns.append(self._judge_call(again, answers, candidate, first=True))
        return turns

    def _call(self, place: int, store: Store) -> list[Request]:
        """The requests of a case."""
        case = self._job.cases[place]
        assert isinstance(case, Call)
        call = case.request(store.where)
        return [call, ("tables", store.where, self._tables)] if self._tables else [call]

    def _judge_call(
        self, place: int, answers: Iterator[list[Any] | None], candidate: Candidate, *, first: bool
    ) -> _Turn:
        case = self._job.cases[place]
        assert isinstance(case, Call)
        answer = next(answers)
        result = judge_call(case, answer, candidate)
        if self._tables:
            result = _with_tables(result, case, next(answers), candidate)
        return self._turn(place, result, first=first, ended=answer is None)

    def _scripts(self, candidate: Candidate, store: Store, order: list[int]) -> list[_Turn] | None:
        candidate.ready()
        turns: list[_Turn] = []
        for number, place in enumerate(order):
            case = self._job.cases[place]
            assert isinstance(case, Stdio)
            if number == 0:
                program = (self._job.context, self._job.program, store.files, store.environment)
                answer = candidate.ask("main", *program, case.stdin, list(case.argv), case.prompts)
            else:
                candidate.forget_output()
                answer = candidate.ask("again", case.stdin, list(case.argv), case.prompts)
                if answer == ["held"]:
                    return None
            candidate.take_output()
            result = judge_output(case, answer, candidate)
            ended = candidate.stop is not None
            if self._tables and not ended:
                result = _with_tables(result, case, candidate.ask("tables", store.where, self._tables), candidate)
            # A script is run anew each time.
            first = number == 0 or (result.outcome is not Outcome.PASS and self._is_contained)
            turns.append(self._turn(place, result, first=first, ended=ended))
            if ended:
                return None if result.outcome is Outcome.PASS else turns
        candidate.drain()
        if candidate.stop != Stop(Outcome.EXIT, "ended the process with exit code 0"):
            return None  # something went on behind the last case's back
        return turns

    @functools.cached_property
    def _tables(self) -> list[str]:
        """Of all cases, so that what is asked for tells none of them from the others."""
        return sorted(
            {table for case in self._job.cases if isinstance(case, Call | Stdio) for table in case.tables or ()}
        )

    @functools.cached_property
    def _is_contained(self) -> bool:
        return is_contained(f"{self._job.context}\n{self._job.program}")

    @staticmethod
    def _doubtful(turns: list[_Turn]) -> list[int]:
        """Places to try again, of tests and of attacks: those fail, and never as the first in a process."""
        found: list[int] = []
        for group in (False, True):
            failed = [turn for turn in turns if turn.attack is group and turn.result.outcome is not Outcome.PASS]
            if failed and not any(turn.first or turn.result.outcome is Outcome.TIMEOUT for turn in failed):
                found.append(min(turn.place for turn in failed))
        return found


def _with_tables(result: CaseResult, case: Call | Stdio, answer: list[Any] | None, candidate: Candidate) -> CaseResult:
    """The result with the tables that the case expects."""
    if case.tables is None or result.outcome is not Outcome.PASS:
        return result
    outcome, detail = judge_tables(case.tagged_tables(), answer, candidate.stop)
    return replace(result, outcome=outcome, detail=detail)


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
