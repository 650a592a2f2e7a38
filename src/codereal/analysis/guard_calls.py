"""Conditions that are calls: what a test, a match or a function of the text shows of its arguments."""

from __future__ import annotations

import builtins
import re
import sys
from typing import TYPE_CHECKING

from codereal.analysis import alphabet, guards, ir, loops, paths, pattern
from codereal.analysis import values as v
from codereal.analysis.heap import Bound
from codereal.analysis.ir import Instr
from codereal.analysis.values import Extern, Value

if TYPE_CHECKING:
    from codereal.analysis.interpret import Activation

_URL = re.compile(r"[a-zA-Z][\w+.-]*://[^/]+/|/[^/\\]")  # a prefix that fixes the host, or a path of this host
_MAX_WAY = 6
_LINES = frozenset({"re.M", "re.MULTILINE"})
_HOST = re.compile(r"(?:[a-zA-Z][\w+.-]*:)?//[\w.-]+\Z|[\w-]+(?:\.[\w-]+)+\Z")  # a host that more may follow


def learn(act: Activation, call: Instr, polarity: bool, depth: int) -> list[tuple[Instr, Value]]:
    outcomes = act.outcomes.get(call.index)
    if outcomes:
        return _learn_outcome(act, call, polarity)
    callee = call.args[0]
    shown = _shown_by_model(act, call, callee, polarity)
    if shown:
        return shown
    if callee.op == ir.ATTR and polarity:
        letters = act.program.library.tests.get(str(callee.data))
        if letters is not None and not _is_thing(act, callee.args[0]):
            return guards.limited(act, callee.args[0], letters)
    args = call.args[1:]
    if callee.op == ir.ATTR and callee.data == "get" and polarity and len(args) == 1:
        # `TABLE.get(name)` has found something: the name is a key of the table.
        table = act.value(callee.args[0])
        held = guards.contents(act, table) if not act.marks(table) else None
        if held is not None and held[1]:
            letters = alphabet.of("".join(str(one) for one in held[0]))
            return guards.narrowed(act, args[0], Value(v.NO, (v.Piece(letters, v.CLEAN),), ()))
    if callee.op == ir.ATTR and callee.data in ("issubset", "issuperset") and polarity and len(args) == 1:
        inner, outer = callee.args[0], args[0]
        return guards.learn_subset(act, *((inner, outer) if callee.data == "issubset" else (outer, inner)))
    for ref in act.value(callee).refs:
        name = ref.name if isinstance(ref, Extern) else ""
        if act.program.library.regexes.get(name) == "match" and polarity:
            return _learn_match(act, name, args)
        if name in ("any", "all") and len(args) == 1 and polarity is (name == "all"):
            return _learn_each(act, args[0], polarity)
        if name == "any" and len(args) == 1:
            return _learn_some(act, args[0], depth)
        if name == "isinstance" and len(args) == 2:
            node = guards.node_facts(act, args[0], act.value(args[1]), polarity)
            if node:
                return node
        if name == "isinstance" and len(args) == 2 and polarity:
            classes = [one.name for one in act.value(args[1]).refs if isinstance(one, Extern)]
            if classes and all(one in ("int", "float", "bool") for one in classes):
                return guards.limited(act, args[0], alphabet.NUMBER)
            if classes and all(one in ("str", "bytes") for one in classes):
                return guards.cleared_alone(act, args[0], ("structure",))
        if name == "bool" and len(args) == 1:
            return guards.learn(act, args[0], polarity, depth + 1)
        if isinstance(ref, Bound) and polarity and ref.name in ("match", "fullmatch", "search") and len(args) == 1:
            # A method of a compiled pattern.
            return _learn_compiled(act, ref, args[0])
    return []


def _shown_by_model(act: Activation, call: Instr, callee: Instr, polarity: bool) -> list[tuple[Instr, Value]]:
    """Tests that say something of a path or a URL as a whole, or of all that an unknown check is given."""
    library = act.program.library
    if callee.op == ir.ATTR:
        guard = library.method_guards.get(str(callee.data))
        if guard is not None and polarity is not guard.fails:
            shown = not guard.needs or guards.meets(act, callee.args[0], guard.needs)
            return guards.clearing(act, callee.args[0], guard.clears) if shown else []
        if callee.data in ("startswith", "endswith") and len(call.args) == 2:
            return _shown_by_affix(act, callee, call.args[1], polarity)
    for ref in act.value(callee).refs:
        if not isinstance(ref, Extern):
            continue
        guard = next((found for one in library.find(ref.name) if (found := library.call_guards.get(one))), None)
        kinds = guard.clears if guard is not None else ("*",) if _is_unknown(act, ref, callee) else ()
        if kinds and polarity is not (guard is not None and guard.fails):
            return [fact for arg in call.args[1:] for fact in guards.clearing(act, arg, kinds)]
    return []


def _is_unknown(act: Activation, ref: Extern, callee: Instr) -> bool:
    """A function of a file that is not here, or of no known library: a check from elsewhere."""
    root, dot, _ = ref.name.partition(".")
    if ref.is_instance or ref.name.endswith("()"):
        return False
    if not dot:
        return callee.op == ir.NAME and not hasattr(builtins, ref.name)
    return (not root or root not in sys.stdlib_module_names) and root not in act.program.library.roots


def _shown_by_affix(act: Activation, callee: Instr, affix: Instr, polarity: bool) -> list[tuple[Instr, Value]]:
    """`path.startswith(BASE)`, `url.startswith("https://host/")`, `host.endswith(".example.com")`."""
    whole, known = callee.args[0], act.value(affix)
    if act.marks(known) and (callee.data == "endswith" or not guards.is_chosen_here(act, known, whole)):
        return []
    chosen = _alternatives(act, affix)
    text = chosen[0] if chosen else ""
    if not polarity or chosen in (["/"], ["\\"]):
        return starts_with(act, whole, chosen, polarity) if callee.data == "startswith" else []
    part = guards.part_of(act, whole)
    if callee.data == "endswith":
        if part is not None and all(one.startswith(".") for one in chosen):
            # Without the dot "evilexample.com" ends so too.
            return guards.clearing(act, whole, part.clears)
        return guards.clearing(act, whole, ("url-looked-at",)) if part is not None else []
    is_url = bool(chosen) and all(_URL.match(one) for one in chosen)
    if is_url and not text.startswith("/"):
        return guards.clearing(act, whole, ("url-host",))
    if text in ("http", "https", "http:", "https:", "http://", "https://", "ftp://"):
        return guards.clearing(act, whole, ("url-scheme",))
    if chosen and all(_HOST.match(one) for one in chosen):
        return guards.clearing(act, whole, ("url-looked-at",))
    # A prefix that the program chose: the path cannot leave it once `..` is gone.
    is_resolved = guards.meets(act, whole, "path-resolved") and not _is_open_ended(act, affix)
    kinds = ("path", "path-root") if is_resolved else ("path-root",)
    return guards.clearing(act, whole, (*kinds, "url-host") if is_url else kinds)


def starts_with(act: Activation, whole: Instr, chosen: list[str], polarity: bool) -> list[tuple[Instr, Value]]:
    """What it shows of a text that it starts with a slash, or with none of these."""
    if polarity:
        # A path of this host, unless the next character is a slash too.
        kinds: tuple[str, ...] = ("path-rooted",)
        return guards.clearing(act, whole, (*kinds, "url-host") if guards.meets(act, whole, "url-no-host") else kinds)
    if chosen[:1] in (["_"], ["__"]) and whole.op == ir.ATTR and whole.data in act.program.library.node_names:
        # An attribute in a syntax tree that is not one of the language's own.
        return guards.cleared_alone(act, whole.args[0], ("code-attribute",))
    kinds = ("path-root",) if {"/", "\\"}.intersection(chosen) else ()
    if "//" in chosen:
        kinds += ("url-no-host", "url-host") if guards.meets(act, whole, "path-rooted") else ("url-no-host",)
    return guards.clearing(act, whole, kinds) if kinds else []


def _is_open_ended(act: Activation, affix: Instr) -> bool:
    """Whether a folder ends without a separator for certain: "/srv/data" is the beginning of "/srv/data-old" too."""
    parts = act.value(affix).parts
    if parts and isinstance(parts[-1], str):
        return not parts[-1].endswith(("/", "\\"))
    holder, made = _maker(act, affix)
    if made.op != ir.CALL:
        return False
    library = act.program.library
    names = guards.names_of(holder.vals[made.args[0].index])
    if any(library.paths.get(name) == "resolve" for name in names):
        return True
    return names == ["str"] and any(
        isinstance(ref, Extern) and paths.is_path(act, ref)
        for arg in made.args[1:]
        for ref in holder.vals[arg.index].refs
    )


def _maker(act: Activation, instr: Instr) -> tuple[Activation, Instr]:
    """The instruction that made a value, through parameters and variables of the module that are bound once."""
    module = act.program.module
    for _ in range(_MAX_WAY):
        if instr.op == ir.PARAM and (given := act.given(instr)) is not None:
            act, instr = given
        elif instr.op == ir.LOAD and module is not None and isinstance(instr.data, tuple) and not instr.data[0]:
            stores = [
                one
                for block in module.code.blocks
                for one in block.instrs
                if one.op == ir.STORE and one.data == instr.data
            ]
            if len(stores) != 1:
                break
            act, instr = module, stores[0].args[0]
        else:
            break
    return act, instr


def _alternatives(act: Activation, affix: Instr) -> list[str]:
    """The texts of which `affix` is one, where they are known: a literal, a tuple of them, an element of a loop."""
    value = act.value(affix)
    if isinstance(value.const, str):
        return [value.const]
    held = guards.contents(act, act.value(affix.args[0]) if affix.op == ir.ELEMENT else value)
    if held is None or not held[1] or not all(isinstance(one, str) for one in held[0]):
        head = value.parts[0] if value.parts else None
        return [head] if isinstance(head, str) else []
    return [str(one) for one in held[0]]


def _is_thing(act: Activation, instr: Instr) -> bool:
    value = act.value(instr)
    return bool(value.refs) and not value.parts


def _learn_outcome(act: Activation, call: Instr, polarity: bool) -> list[tuple[Instr, Value]]:
    """What a function of the text shows of its arguments when its result is true (or false)."""
    facts: dict[int, tuple[Instr, Value]] | None = None
    for outcome, binding in act.bindings(call):
        known = guards.truth(act, outcome.value)
        if known is not None and known is not polarity:
            continue
        one: dict[int, tuple[Instr, Value]] = {}
        for at, value in (outcome.facts_true if polarity else outcome.facts_false).items():
            instr = binding[at] if at < len(binding) else None
            if instr is not None:
                one[instr.index] = (instr, value)
        facts = one if facts is None else {k: (i, v.join(x, one[k][1])) for k, (i, x) in facts.items() if k in one}
    _learn_cleared(act, call, polarity)
    return list(facts.values()) if facts else []


def _learn_cleared(act: Activation, call: Instr, polarity: bool) -> None:
    """Checks of origins that every way out with this truth has passed."""
    cleared = None
    for outcome in act.outcomes.get(call.index, ()):
        known = guards.truth(act, outcome.value)
        if known is None or known is polarity:
            cleared = outcome.cleared if cleared is None else cleared & outcome.cleared
    if cleared:
        act.state.cleared |= cleared


def _learn_match(act: Activation, name: str, args: list[Instr]) -> list[tuple[Instr, Value]]:
    if len(args) < 2:
        return []
    regex = act.value(args[0]).const
    if not isinstance(regex, str):
        return []
    flags = act.value(args[2]) if len(args) > 2 else None
    return _covered(act, regex, name.rpartition(".")[2], args[1], flags)


def _covered(act: Activation, regex: str, how: str, subject: Instr, flags: Value | None) -> list[tuple[Instr, Value]]:
    if how == "search" and not pattern.anchored(regex):
        return []
    if how != "fullmatch" and flags is not None and _LINES.intersection(guards.names_of(flags)):
        # `$` is the end of a line then, not of the text.
        return []
    letters = pattern.matched(regex, how == "fullmatch")
    if pattern.rooted(regex):
        return _both(guards.limited(act, subject, letters), guards.clearing(act, subject, ("url-host",)))
    if flags is not None:
        letters |= alphabet.lower(letters) | alphabet.upper(letters)
    return guards.limited(act, subject, letters) if letters != alphabet.ANY else []


def _both(limits: list[tuple[Instr, Value]], clears: list[tuple[Instr, Value]]) -> list[tuple[Instr, Value]]:
    """What is known of the letters of values and of what they are harmless for."""
    known = {instr.index: value for instr, value in limits}
    both = [
        (instr, value if (found := known.get(instr.index)) is None else _with_letters(value, found))
        for instr, value in clears
    ]
    return both or limits


def _with_letters(value: Value, limited: Value) -> Value:
    letters = v.letters_of(v.parts_of(limited))
    return v.Value(
        value.const,
        tuple(
            v.Piece(part.alphabet & letters, part.marks, part.doubled) if isinstance(part, v.Piece) else part
            for part in value.parts
        ),
        value.refs,
    )


def _learn_compiled(act: Activation, method: Bound, subject: Instr) -> list[tuple[Instr, Value]]:
    for _, obj in act.objects(method.receiver):
        regex = obj.items.get("pattern")
        if regex is not None and isinstance(regex.const, str):
            flags = obj.items.get("flags")
            if flags is not None and not _LINES.intersection(guards.names_of(flags)):
                flags = None
            return _covered(act, regex.const, method.name, subject, flags)
    return []


def _learn_each(act: Activation, gathered: Instr, polarity: bool) -> list[tuple[Instr, Value]]:
    """`all(c.isalnum() for c in x)`, `not any(c in BAD for c in x)`, `not any(c in x for c in BAD)`."""
    collect = next((arg for arg in gathered.args if arg.op == ir.COLLECT and len(arg.args) == 2), None)
    if collect is None:
        return []
    test = collect.args[1]
    for instr in act.code.blocks[collect.block].instrs + [
        i for b in act.code.blocks for i in b.instrs if i.op == ir.ELEMENT
    ]:
        if instr.op != ir.ELEMENT:
            continue
        if guards.part_of(act, instr.args[0]) is not None:
            # `all(name in ALLOWED for name in code.co_names)` speaks of the code.
            continue
        letters = _letters_if(act, test, instr, polarity)
        if not polarity and ".." in _compared(act, test, instr):
            # `not any(part == ".." for part in path.parts)`
            clears = guards.clearing(act, instr.args[0], guards.rejected(".."))
            return _both(guards.limited(act, instr.args[0], letters), clears)
        if letters != alphabet.ANY:
            return guards.limited(act, instr.args[0], letters)
        if test.op == ir.COMPARE and test.data == "in" and not polarity and test.args[0] is instr:
            bad = act.value(instr.args[0])
            held = guards.contents(act, bad)
            singles = (
                bad.const
                if isinstance(bad.const, str)
                else "".join(str(one) for one in (held[0] if held else ()) if len(str(one)) == 1)
            )
            if singles:
                return guards.without(act, test.args[1], alphabet.of(singles))
    return _learn_every(act, test, polarity)


def _compared(act: Activation, test: Instr, element: Instr, depth: int = _MAX_WAY) -> list[object]:
    """The texts of which `element` is one if the test holds: `part == ".."`, `part in (".", "..")`."""
    if test.op == ir.PHI:
        # (A flag of a loop is made of itself.)
        return [const for arg in test.args for const in _compared(act, arg, element, depth - 1)] if depth else []
    if test.op != ir.COMPARE or test.args[0] is not element or test.data not in ("==", "in"):
        return []
    other = act.value(test.args[1])
    if test.data == "==":
        return [other.const]
    held = guards.contents(act, other)
    return held[0] if held is not None else []


def _learn_every(act: Activation, test: Instr, polarity: bool) -> list[tuple[Instr, Value]]:
    """`all(isinstance(node, ALLOWED) for node in ast.walk(tree))`: what the test shows of one, it shows of each."""
    for instr, value in guards.learn(act, test, polarity, 2):
        if instr.op == ir.ELEMENT:
            found = loops.each(act, instr.args[0], act.value(instr), value)
            if found:
                return found
    return []


def _learn_some(act: Activation, gathered: Instr, depth: int) -> list[tuple[Instr, Value]]:
    """`any(host.endswith(one) for one in ALLOWED)`: the test held for one element at least."""
    collect = next((arg for arg in gathered.args if arg.op == ir.COLLECT and len(arg.args) == 2), None)
    if collect is None or depth > 2:
        return []
    test = collect.args[1]
    if test.op != ir.PHI:
        return guards.learn(act, test, True, depth + 1)
    # `a or b`: only what both show.
    common: dict[int, tuple[Instr, Value]] | None = None
    for arg in test.args:
        one = {instr.index: (instr, value) for instr, value in guards.learn(act, arg, True, depth + 1)}
        common = one if common is None else {k: (i, v.join(x, one[k][1])) for k, (i, x) in common.items() if k in one}
    return list(common.values()) if common else []


def _letters_if(act: Activation, test: Instr, element: Instr, polarity: bool, depth: int = _MAX_WAY) -> int:
    """The characters that `element` may be if `test` is true (or false)."""
    if not depth:
        # (A flag of a loop is made of itself.)
        return alphabet.ANY
    if test.op == ir.PHI:
        letters = 0
        for arg in test.args:
            letters |= _letters_if(act, arg, element, polarity, depth - 1)
        return letters if test.args else alphabet.ANY
    if test.op == ir.UNARY and test.data == "not":
        return _letters_if(act, test.args[0], element, not polarity, depth - 1)
    if test.op == ir.COMPARE and test.args[0] is element and test.data in ("in", "not in", "==", "!="):
        holds = polarity is (test.data in ("in", "=="))
        container = act.value(test.args[1])
        held = guards.contents(act, container)
        if isinstance(container.const, str):
            letters = alphabet.of(container.const)
        elif held is not None and held[1]:
            letters = alphabet.of("".join(str(one) for one in held[0]))
        else:
            return alphabet.ANY
        return letters if holds else alphabet.ANY & ~letters
    if test.op == ir.CALL and polarity:
        callee = test.args[0]
        if callee.op == ir.ATTR and callee.args[0] is element:
            return act.program.library.tests.get(str(callee.data), alphabet.ANY)
    return alphabet.ANY
