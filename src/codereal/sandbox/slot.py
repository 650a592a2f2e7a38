"""One seat in the sandbox: its fork servers, and how the cases of one job are dealt out to processes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from codereal.errors import DataError
from codereal.sandbox.attack import Attacks, run_main
from codereal.sandbox.candidate import Candidate
from codereal.sandbox.case import Assertion, Attack, Call, Case, Database, Stdio
from codereal.sandbox.codec import Tagged
from codereal.sandbox.database.client import module as client_module
from codereal.sandbox.judge import explain, judge_call, judge_output, judge_tables, judge_test
from codereal.sandbox.limits import READER, Limits
from codereal.sandbox.process import Image, Server
from codereal.sandbox.series import GIVEN_UP, Series, gives_up, load_failure, load_request
from codereal.sandbox.store import Store, Stores, served
from codereal.sandbox.verdict import CaseResult, Isolation, Outcome

_LIBRARIES = ("numpy", "pandas", "scipy", "sympy")
_SCIENTIFIC = re.compile(rf"^\s*(?:import|from)\s+(?:{'|'.join(_LIBRARIES)})\b", re.MULTILINE)
_USUAL = Limits()


@dataclass(frozen=True, slots=True)
class Job:
    """One program with its cases."""

    program: str
    cases: tuple[Case, ...]
    limits: Limits = _USUAL
    database: Database | None = None
    files: Mapping[str, bytes] | None = None
    context: str = ""
    tests: int = -1
    """How many of the cases are tests; the others, which come after them, are attacks. -1: all are tests."""


class Slot:
    """Fork servers of one level, started when first needed. Not thread-safe: `Sandbox` lends a slot to one job."""

    def __init__(self, level: Isolation) -> None:
        self.level = level
        self._servers: dict[str, Server] = {}

    def server(self, image: Image, role: str = "candidate", database: Database | None = None) -> Server:
        """The running server of an image; judges have a server of their own, as they run beside the candidate.

        So have tasks whose database another server holds: its socket is bound into the jail.
        """
        holder = served(database)
        if database is None or holder is None:
            key = f"{role}:{image}"
            if key not in self._servers:
                self._servers[key] = Server(self.level, image)
            return self._servers[key]
        kin = f"{role}:{image}:{database.dialect}:"
        key = kin + holder.folder
        if key not in self._servers:
            for other in [name for name in self._servers if name.startswith(kin)]:
                self._servers.pop(other).close()  # its database server is gone
            client = client_module(database.dialect)
            self._servers[key] = Server(self.level, image, sockets=holder.folder, client=client)
        return self._servers[key]

    def close(self) -> None:
        """End the servers; the next job starts them anew."""
        for server in self._servers.values():
            server.close()
        self._servers.clear()

    def forget(self) -> None:
        """In a forked copy of the engine: let go of the original's servers."""
        for server in self._servers.values():
            server.forget()
        self._servers.clear()

    def run(self, job: Job) -> list[CaseResult]:
        """All results, in the order of the cases. Raises SandboxError when the sandbox itself fails."""
        image = _image(f"{job.context}\n{job.program}")
        stores = Stores(self, job)
        server = self.server(image, database=job.database)
        results: dict[int, CaseResult] = {}
        attacks: Attacks | None = None
        calls: list[int] = []
        scripts: list[int] = []

        def alone(place: int) -> CaseResult:
            case = job.cases[place]
            if isinstance(case, Call):
                return self._call_alone(server, job, case, stores)
            assert isinstance(case, Stdio)
            return self._script(server, job, case, stores)

        for place, case in enumerate(job.cases):
            if isinstance(case, Call) and stores.serial:
                calls.append(place)
            elif isinstance(case, Stdio) and stores.serial and not job.limits.processes:
                scripts.append(place)
            elif gives_up(results.values(), job.limits):
                results[place] = CaseResult(Outcome.TIMEOUT, GIVEN_UP, case.name)
            elif isinstance(case, Call | Stdio):
                results[place] = alone(place)
            elif isinstance(case, Attack):
                attacks = attacks or Attacks(server, job, stores)
                results[place] = attacks.run(case)
            else:
                results[place] = self._assertion(server, job, case, stores)
        for places in (calls, scripts):
            if places:
                results |= Series(server, job, stores, alone).run(places)
        server.clean()
        return [results[place] for place in range(len(job.cases))]

    def make_files(self, program: str, limits: Limits) -> dict[str, bytes]:
        """The files that a setup program leaves in its working folder. Raises DataError when it fails."""
        import base64

        server = self.server("standard")
        with Candidate(server, limits) as candidate:
            candidate.ready()
            answer = candidate.ask("main", "", program, {}, {}, "", [], True)
            if answer not in (["ok"], ["exit", 0]):
                _, words = explain(answer, candidate.stop)
                raise DataError(f"the setup program failed: {words}")
        with Candidate(server, READER, fresh=False) as reader:
            reader.ready()
            answer = reader.ask("collect")
        server.clean()
        match answer:
            case ["ok", dict(found)]:
                return {str(path): base64.b64decode(data) for path, data in found.items()}
        _, words = explain(answer, reader.stop)
        raise DataError(f"the setup program's files cannot be read: {words}")

    def compute(self, program: str, call: Call, limits: Limits) -> Tagged:
        """What a call of a trusted program returns, as a tagged value. Raises DataError when it returns nothing."""
        image = _image(program)
        server = self.server(image)
        with Candidate(server, limits) as candidate:
            candidate.ready()
            answer = candidate.ask("load", "", program, {}, {})
            if answer == ["ok"]:
                (answer,) = candidate.ask_each([call.request(None)])
        server.clean()
        match answer:
            case ["value", value]:
                return value
        _, words = explain(answer, candidate.stop)
        raise DataError(f"the row's code {words}")

    def _call_alone(self, server: Server, job: Job, case: Call, stores: Stores) -> CaseResult:
        """A call with files or a database: a process, a working folder and a database of its own."""
        with stores.fresh() as store:
            with Candidate(server, job.limits) as candidate:
                answers = candidate.ask_each([load_request(job, store), case.request(store.where)])
                if (failed := load_failure(candidate, next(answers))) is not None:
                    return replace(failed, name=case.name)
                result = judge_call(case, next(answers), candidate)
            return self._with_tables(server, case, result, store)

    def _script(self, server: Server, job: Job, case: Stdio, stores: Stores) -> CaseResult:
        with stores.fresh() as store:
            with Candidate(server, job.limits) as candidate:
                candidate.ready()
                answer = run_main(candidate, job, store, case.stdin, case.argv, prompts=case.prompts)
                result = judge_output(case, answer, candidate)
            return self._with_tables(server, case, result, store)

    def _with_tables(self, server: Server, case: Call | Stdio, result: CaseResult, store: Store) -> CaseResult:
        """The case's tables, read in another process after the candidate's has ended."""
        if case.tables is None or result.outcome is not Outcome.PASS or store.where is None:
            return result
        store.settle()
        tables = case.tagged_tables()
        with Candidate(server, READER, fresh=False) as reader:
            reader.ready()
            outcome, detail = judge_tables(tables, reader.ask("tables", store.where, list(tables)), reader.stop)
        return replace(result, outcome=outcome, detail=detail)

    def _assertion(self, server: Server, job: Job, case: Assertion, stores: Stores) -> CaseResult:
        """Test code in a judge's process, the candidate in its own; requests of the test go from one to the other."""
        image = _image(case.source)
        judges = self.server(image, "judge")
        with (
            stores.fresh() as store,
            Candidate(server, job.limits, cases=4) as candidate,
            Candidate(judges, job.limits, cases=4) as judge,
        ):
            candidate.ready()
            judge.ready()
            if (failed := load_failure(candidate, candidate.ask(*load_request(job, store)))) is not None:
                return replace(failed, name=case.name or case.source[:120])
            seconds = 0.0
            answer = judge.ask("examine", case.source)
            while answer is not None and answer[0] == "ask":
                reply = candidate.ask("act", *answer[1:])
                seconds += candidate.seconds
                if reply is None or reply[0] not in ("value", "raised"):
                    outcome, detail = explain(reply, candidate.stop)
                    break
                answer = judge.ask("reply", *reply)
            else:
                outcome, detail = judge_test(answer, judge.stop)
        weak = answer is not None and answer[0] == "passed" and bool(answer[1])
        name = case.name or case.source[:120]
        return CaseResult(outcome, detail, name, round(seconds, 6), candidate.output, weak)


def _image(source: str) -> Image:
    """The one that holds what the source imports."""
    named = any(library in source for library in _LIBRARIES)
    return "scientific" if named and _SCIENTIFIC.search(source) else "standard"
