"""The grammar: which edits, forms, words and worlds each draft is expanded by, and how that becomes a task.

A candidate's erased tree (see `codereal.tasks.overlap`) must be new in the whole suite, whatever its split, so no task
repeats another's shape. What is left proves itself in `build`.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import combinations, product

from codereal.sandbox.case import Assertion, Call, Case, Stdio
from codereal.sandbox.limits import Limits
from codereal.tasks.builders.domains import TEST, TRAIN, Domain
from codereal.tasks.builders.draft import Draft, Family
from codereal.tasks.builders.edits import PLAIN, constrain, constraint_sets, constraints, operate, operators
from codereal.tasks.builders.forms import is_line, is_program, module, printed, stdin
from codereal.tasks.builders.outcome import Outcome, outcome
from codereal.tasks.builders.untyped import untyped
from codereal.tasks.builders.wording import prompt
from codereal.tasks.overlap import skeleton
from codereal.tasks.task import Task

SUITE = "codereal-core"
_CLASSES = ("Desk", "Service", "Manager", "Keeper", "Office")
_VARIABLES = ("found", "result", "answer", "value", "outcome", "what_is_left")


@dataclass(frozen=True, slots=True)
class Candidate:
    """Edited drafts (two of them: a merged task) in a form, and the names of the edits."""

    drafts: tuple[Draft, ...]
    form: str
    constraints: tuple[str, ...] = ()
    operator: str = PLAIN

    @property
    def names(self) -> tuple[str, ...]:
        """The form and the edits, by which candidates are told apart; two constraints count as one more edit."""
        return self.form, self.operator, *(self.constraints or (PLAIN,))


def expand(family: Family, seen: set[str]) -> Iterator[Task]:
    """The tasks of a family, in a fixed order; `seen` holds the shapes there are already, and gets theirs."""
    for split, held_out, worlds in (("train", False, TRAIN), ("test", True, TEST)):
        drafts = [draft for draft in family.drafts if draft.held_out == held_out]
        number = 0
        for draft in drafts:
            yield from _tasks(family, split, _single(draft), draft.count, worlds, seen, draft.seed, number)
            number += draft.count
        pairs = [(a, b) for a, b in combinations(drafts, 2) if "method" in a.forms and "method" in b.forms]
        for first, second in random.Random(f"{family.name} pairs").sample(pairs, min(family.pairs, len(pairs))):
            seed = f"{first.seed}+{second.seed}"
            merged = [Candidate((first, second), form) for form in ("method", "function")]
            yield from _tasks(family, split, merged, 1, worlds, seen, seed, number)
            number += 1


def _single(draft: Draft) -> list[Candidate]:
    """All ways to edit one draft, the plain function first, then in an order drawn once."""
    bare = draft.fill({})  # without its margins
    forms = [form for form in draft.forms if form != "program" or is_program(bare)]
    edits = product(constraint_sets(bare), [None, *operators(bare)], forms)
    out = [Candidate((draft,), form, tuple(c.name for c in cs), o.name if o else PLAIN) for cs, o, form in edits]
    first, rest = out[0], out[1:]
    random.Random(draft.seed).shuffle(rest)
    # Edits that were used least come first, so that none crowds out the others.
    used: dict[str, int] = {}
    ordered = [first]
    while rest:
        rest.sort(key=lambda one: sum(used.get(name, 0) for name in one.names))
        one = rest.pop(0)
        for name in one.names:
            used[name] = used.get(name, 0) + 1
        ordered.append(one)
    return ordered


def _tasks(
    family: Family, split: str, candidates: list[Candidate], count: int, worlds: tuple[Domain, ...], seen: set[str],
    seed: str, number: int,
) -> Iterator[Task]:  # fmt: skip
    made = 0
    for candidate in candidates:
        if made == count:
            return
        draw = random.Random(f"{family.name} {seed} {made}")
        world = worlds[(number + made) % len(worlds)]
        made_ready = ready(candidate, world, draw)
        if made_ready is None:
            continue
        kind = world.noun.capitalize() + draw.choice(_CLASSES)
        references, vulnerable = _programs(made_ready, candidate.form, kind)
        shape = skeleton(references[0])
        if shape in seen:
            continue
        seen.add(shape)
        yield _task(family, split, candidate, made_ready, kind, references, vulnerable, draw, seed, made, world)
        made += 1


def ready(candidate: Candidate, world: Domain, draw: random.Random) -> list[Draft] | None:
    """The candidate's drafts with all words in place and all edits made; None when two have one name."""
    out = []
    for draft in candidate.drafts:
        words = world.words
        words["p"] = draw.choice(draft.fill(words).p.split("|"))
        words["f"] = draw.choice(draft.fill(words).name.split("|"))
        filled = replace(draft.fill(words), name=words["f"])
        if candidate.constraints:
            fit = {one.name: one for one in constraints(filled)}
            filled = constrain(filled, [fit[name] for name in candidate.constraints])
        if candidate.operator != PLAIN:
            edit = next(o for o in operators(filled) if o.name == candidate.operator)
            used = set(re.findall(r"\w+", f"{filled.parameters} {' '.join((*filled.safe, *filled.vulnerable))}"))
            filled = operate(filled, edit, draw.choice([name for name in _VARIABLES if name not in used]))
        out.append(filled)
    return out if len({draft.name for draft in out}) == len(out) else None


def _programs(drafts: list[Draft], form: str, kind: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """References and vulnerable programs. Of two drafts, each vulnerable program is unsafe in one function only."""
    if len(drafts) == 1:
        [draft] = drafts
        return tuple(module(drafts, [b], form, kind) for b in draft.safe), tuple(
            module(drafts, [b], form, kind) for b in draft.vulnerable
        )
    first, second = drafts
    good = [first.safe[0], second.safe[-1]]
    bad = [[b, good[1]] for b in first.vulnerable[:1]] + [[good[0], b] for b in second.vulnerable[:1]]
    return (module(drafts, good, form, kind),), tuple(module(drafts, bodies, form, kind) for bodies in bad)


def _task(
    family: Family, split: str, candidate: Candidate, drafts: list[Draft], kind: str, references: tuple[str, ...],
    vulnerable: tuple[str, ...], draw: random.Random, seed: str, place: int, world: Domain,
) -> Task:  # fmt: skip
    form = candidate.form
    context = context_of(drafts)
    setup = "\n".join(dict.fromkeys(draft.setup for draft in drafts if draft.setup))
    settings = {name: value for draft in drafts for name, value in draft.limits.items()}
    limits = Limits.from_dict(settings) if settings else None
    tests: list[Case] = []
    attacks: list[Case] = []
    for draft in drafts:
        function = f"{kind}().{draft.name}" if form == "method" else draft.name
        plain = context + module([draft], [draft.safe[0]], "function")
        for name, cases, out in (("test", draft.tests, tests), ("attack", draft.attacks, attacks)):
            for arguments in cases:
                if form == "program" and not all(map(is_line, arguments)):
                    continue
                result = outcome(plain, draft.name, arguments, setup=setup, limits=limits or Limits())
                out.append(_case(form, function, arguments, result, name))
        for name, sources, out in (("test", draft.checks, tests), ("attack", draft.probes, attacks)):
            out += [Assertion(source.replace(draft.name, function), name) for source in sources]
    if not family.name.startswith("maintain"):
        wrong = vulnerable
    else:
        wrong = tuple(untyped(program) for program in references[:1])
    edits = {"constraint": "+".join(candidate.constraints) or PLAIN, "operator": candidate.operator}
    return Task(
        id=f"core-{family.name}-{split}-{seed}-{place:02}-{form}",
        suite=SUITE,
        split=split,
        prompt=prompt(drafts, form, kind, draw),
        entry_point="" if form == "program" else f"{kind}.{drafts[0].name}" if form == "method" else drafts[0].name,
        context=context,
        setup=setup,
        tests=tuple(tests),
        attacks=tuple(attacks),
        limits=limits,
        quality=family.quality,
        references=references,
        vulnerable=wrong,
        policy=family.policy,
        tags={
            "family": family.name, "cwe": family.cwe, "seed": seed, "schema": world.noun, "form": form,
            "difficulty": difficulty(references[0], candidate), **{k: v for k, v in edits.items() if v != PLAIN},
        },
        license="Apache-2.0",
        origin="codereal",
    )  # fmt: skip


def context_of(drafts: list[Draft]) -> str:
    given = "\n\n".join(dict.fromkeys(draft.given for draft in drafts if draft.given))
    return f"{given}\n\n\n" if given else ""


def _case(form: str, function: str, arguments: tuple[object, ...], result: Outcome, name: str) -> Case:
    hostile = name == "attack"
    if form == "program":
        text = "error\n" if result.raised else printed(result.value)
        return Stdio(stdin(arguments), text, match="lines", or_raises=hostile, name=name)
    if result.raised:
        return Call(function, arguments, raises="Exception" if hostile else result.raised, name=name)
    return Call(function, arguments, expected=result.value, or_raises=hostile, name=name)


def difficulty(program: str, candidate: Candidate) -> str:
    """An estimate from the length of the reference, its branches, and the edits."""
    lines = [line for line in program.splitlines() if line.strip() and not line.startswith(("import ", "from "))]
    branches = sum(line.lstrip().startswith(("if ", "for ", "while ", "try", "except", "elif ")) for line in lines)
    edits = len(candidate.constraints) + (candidate.operator != PLAIN) + 3 * (len(candidate.drafts) - 1)
    weight = len(lines) + branches + edits
    return "easy" if weight <= 10 else "medium" if weight <= 18 else "hard"
