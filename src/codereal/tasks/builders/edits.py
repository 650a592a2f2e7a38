"""The edits of the grammar: each makes another problem of a draft, with its words, solutions and tests.

A constraint speaks of one parameter before the body begins, an operator of what is returned at its end.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from codereal.tasks.builders.draft import Draft, refuses

PLAIN = "plain"
Arguments = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Constraint:
    """Lines before the body and a sentence about them; `{x}` is the parameter, `{n}` a number that suits the tests.

    `more` makes arguments for further tests from one of the draft's own; `error` is what they end with.
    """

    name: str
    kind: str
    lines: str
    words: str
    more: Callable[[object, int], object]
    error: str = ""


@dataclass(frozen=True, slots=True)
class Operator:
    """What becomes of a result: `{x}` of one type to an expression of another."""

    name: str
    kind: str
    result: str
    expression: str
    words: str


CONSTRAINTS = (
    Constraint("trim", "str", "{x} = {x}.strip()", "Spaces around `{x}` do not count.", lambda v, n: f"  {v} "),
    Constraint("long", "str", "if len({x}) > {n}:\n    raise ValueError(\"{x} is too long\")",
               "If `{x}` has more than {n} characters, raise ValueError.", lambda v, n: "q" * (n + 1), "ValueError"),
    Constraint("empty", "str", "if not {x}:\n    raise ValueError(\"{x} is empty\")",
               "An empty `{x}` is a ValueError.", lambda v, n: "", "ValueError"),
    Constraint("mark", "str", "{x} = {x}.removeprefix(\"#\")",
               "People often put a # before `{x}`: leave it out if it is there.", lambda v, n: f"#{v}"),
    Constraint("usual", "str", "{x} = {x} or {v!r}", "An empty `{x}` stands for {v!r}.", lambda v, n: ""),
    Constraint("blank", "str", "if {x}.isspace():\n    raise ValueError(\"{x} is blank\")",
               "A `{x}` of nothing but spaces is a ValueError.", lambda v, n: "   ", "ValueError"),
    Constraint("some", "list", "if not {x}:\n    raise ValueError(\"no {x}\")",
               "If `{x}` is empty, raise ValueError.", lambda v, n: [], "ValueError"),
    Constraint("many", "list", "if len({x}) > {n}:\n    raise ValueError(\"too many {x}\")",
               "More than {n} elements in `{x}` are a ValueError.", lambda v, n: _repeated(v, n + 1), "ValueError"),
    Constraint("first", "list", "{x} = {x}[:{n}]", "Only the first {n} elements of `{x}` count.",
               lambda v, n: _repeated(v, n + 2)),
    Constraint("positive", "int", "if {x} < 0:\n    raise ValueError(\"{x} is negative\")",
               "A negative `{x}` is a ValueError.", lambda v, n: -1, "ValueError"),
    Constraint("capped", "int", "{x} = min({x}, {n})", "If `{x}` is greater than {n}, it counts as {n}.",
               lambda v, n: n + 1),
)  # fmt: skip

OPERATORS = (
    Operator("upper", "str", "str", "{x}.upper()", "Return it in capital letters."),
    Operator("characters", "str", "int", "len({x})", "Return only how many characters that text has."),
    Operator("lines", "str", "list[str]", "{x}.splitlines()", "Return it as a list of its lines."),
    Operator("words", "str", "int", "len({x}.split())", "Return only how many words that text has."),
    Operator("backwards", "str", "str", "{x}[::-1]", "Return it with its characters in reverse order."),
    Operator("boxed", "str", "str", 'f"[{{{x}}}]"', "Return it in square brackets."),
    Operator("count", "list", "int", "len({x})", "Return only how many there are."),
    Operator("joined", "list[str]", "str", '", ".join({x})', "Return them as one text, with `, ` between them."),
    Operator("reversed", "list", "=", "{x}[::-1]", "Return the list in reverse order."),
    Operator("sorted", "list[str]", "list[str]", "sorted({x})", "Return the list in alphabetical order."),
    Operator("longest", "list[str]", "str", 'max({x}, key=len, default="")',
             "Return only the longest of them (the first of equals), an empty text if there are none."),
    Operator("numbered", "list[str]", "list[str]", '[f"{{n}}. {{text}}" for n, text in enumerate({x}, 1)]',
             "Number them: the first becomes `1. ` and its text, and so on."),
    Operator("yes-no", "bool", "str", '"yes" if {x} else "no"', "Return `yes` for True and `no` for False."),
    Operator("not", "bool", "bool", "not {x}", "Return the opposite of that: True where it is not so."),
    Operator("bit", "bool", "int", "1 if {x} else 0", "Return 1 for True and 0 for False."),
    Operator("any", "int", "bool", "{x} > 0", "Return only whether that number is greater than zero."),
    Operator("padded", "int", "str", 'f"{{{x}:04}}"', "Return the number as text with at least four digits."),
    Operator("keys", "dict[str", "list[str]", "sorted({x})", "Return only its keys, in alphabetical order."),
    Operator("pairs", "dict[str", "int", "len({x})", "Return only how many keys it has."),
    Operator("whole", "float", "int", "round({x})", "Return it rounded to a whole number."),
    Operator("hex", "bytes", "str", "{x}.hex()", "Return the bytes in hexadecimal form."),
    Operator("size", "bytes", "int", "len({x})", "Return only how many bytes there are."),
)  # fmt: skip


def constraints(draft: Draft) -> list[Constraint]:
    """Those that fit the draft's key."""
    kind = dict(draft.arguments).get(draft.key, "")
    fit = [c for c in CONSTRAINTS if kind.split("[")[0] == c.kind and (draft.tests or (draft.call and c.error))]
    return fit if draft.constraints is None else [c for c in fit if c.name in draft.constraints]


def operators(draft: Draft) -> list[Operator]:
    """Those that fit the draft's result: every body must end in one `return` of one line."""
    if draft.operators is False or not all(map(_returns_once, (*draft.safe, *draft.vulnerable))):
        return []
    allowed = draft.operators
    return [o for o in OPERATORS if draft.result.startswith(o.kind) and (allowed is True or o.name in allowed)]


# Two that contradict each other, or leave open which of them comes first.
_CLASHES = "trim/blank trim/usual empty/usual usual/blank some/first many/first"
_APART = {tuple(pair.split("/")) for pair in _CLASHES.split()}


def constraint_sets(draft: Draft) -> list[tuple[Constraint, ...]]:
    """None, one, or two constraints that go together."""
    single = constraints(draft)
    pairs = [(a, b) for a, b in combinations(single, 2) if not {(a.name, b.name), (b.name, a.name)} & _APART]
    return [(), *((one,) for one in single), *pairs]


def constrain(draft: Draft, edits: Sequence[Constraint]) -> Draft:
    """The draft with the constraints' lines before its bodies, in their order, and with tests of each."""
    place = [name for name, _ in draft.arguments].index(draft.key)
    first = draft.tests[0] if draft.tests else draft.call
    values = [arguments[place] for arguments in (*draft.tests, *draft.attacks, draft.call) if arguments]
    lines, words, tests, checks, errors = "", draft.words, list(draft.tests), list(draft.checks), list(draft.errors)
    for edit in edits:
        number = _suitable(values, edit)
        holes = {"x": draft.key, "n": number, "v": first[place]}
        lines += edit.lines.format(**holes) + "\n"
        words += "\n" + edit.words.format(**holes)
        extra = (*first[:place], edit.more(first[place], number), *first[place + 1 :])
        if draft.tests:
            tests.append(extra)
        else:
            checks.append(refuses(", ".join(map(repr, extra)), edit.error).replace("$f", draft.name))
        errors += [edit.error] if edit.error and edit.error not in errors else []

    def guarded(body: str) -> str:
        before, mark, rest = body.rpartition("---\n")
        return f"{before}{mark}{lines}{rest}"

    return replace(
        draft,
        words=words,
        safe=tuple(map(guarded, draft.safe)),
        vulnerable=tuple(map(guarded, draft.vulnerable)),
        tests=tuple(tests),
        checks=tuple(checks),
        errors=tuple(errors),
    )


def operate(draft: Draft, edit: Operator, variable: str = "found") -> Draft:
    """The draft with another result."""

    def changed(body: str) -> str:
        before, _, expression = body.rstrip("\n").rpartition("return ")
        if expression.isidentifier():
            return f"{before}return {edit.expression.format(x=expression)}"
        return f"{before}{variable} = {expression}\nreturn {edit.expression.format(x=variable)}"

    return replace(
        draft,
        words=f"{draft.words}\n{edit.words}",
        result=draft.result if edit.result == "=" else edit.result,
        safe=tuple(map(changed, draft.safe)),
        vulnerable=tuple(map(changed, draft.vulnerable)),
    )


def _returns_once(body: str) -> bool:
    lines = body.rpartition("---\n")[2].rstrip("\n").split("\n")
    returns = [line for line in lines if line.lstrip().startswith(("return", "yield"))]
    return returns == [lines[-1]] and lines[-1].startswith("return ")


def _suitable(values: list[object], edit: Constraint) -> int:
    """A bound that no test and no attack of the draft runs into."""
    if edit.kind == "int":
        return max([value for value in values if isinstance(value, int)], default=0) + 10
    longest = max([len(value) for value in values if isinstance(value, str | list)], default=0)
    return (longest // 10 + 2) * 10 if edit.kind == "str" else longest + 2


def _repeated(value: object, count: int) -> list[object]:
    assert isinstance(value, list)
    return [value[place % len(value)] for place in range(count)] if value else []
