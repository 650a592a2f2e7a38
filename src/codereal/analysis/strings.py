"""Text: concatenation, formatting and the methods of `str`, with what is known of each part of the result."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from codereal.analysis import alphabet
from codereal.analysis import values as v
from codereal.analysis.ir import Instr
from codereal.analysis.values import BOTTOM, CLEAN, NO, UNKNOWN, Marks, Parts, Piece, Value

if TYPE_CHECKING:
    from codereal.analysis.interpret import Activation

MAX_TEXT = 20_000  # characters of a constant that is computed here
MAX_PARTS = 64
_FORMAT = re.compile(r"\{\{|\}\}|\{([^{}!:]*)(?:!([rsa]))?(?::((?:[^{}]|\{[^{}]*\})*))?\}")
_ESCAPED = alphabet.of("'\"\\")  # what repr() has to do something about
_DOLLAR = re.compile(r"\$(?:\$|(\w+)|\{(\w+)\})")
_PERCENT = re.compile(r"%(?:\((\w+)\))?[-#0 +]*(?:\*|\d+)?(?:\.(?:\*|\d+))?[hlL]?([%a-zA-Z])")
_NUMERIC_SPEC = re.compile(r"[<>=^]?[-+ ]?#?0?\d*[,_]?(?:\.\d+)?[bcdeEfFgGnoxX%]\Z")


def parts(act: Activation, value: Value) -> Parts:
    """The parts of `str(value)`; an object's text holds the marks of what is in it."""
    if value.refs and value.const is NO and not value.parts:
        marks = act.marks(value)
        return (Piece(alphabet.ANY, marks),) if marks else (v.UNKNOWN_PIECE,)
    return v.parts_of(value)


def concat(*texts: Parts) -> Value:
    """Texts one after the other; a very long one forgets its shape."""
    whole = tuple(part for one in texts for part in one)
    if len(whole) > MAX_PARTS:
        kept, rest = whole[: MAX_PARTS // 2], whole[MAX_PARTS // 2 :]
        return v.text((*kept, *v.join_parts(rest, ("",), True)))
    return v.text(whole)


def binary(act: Activation, op: str, left: Value, right: Value) -> Value:
    """A binary operator on anything that is not a container."""
    a, b = left.const, right.const
    known = isinstance(a, (str, type(NO))) and isinstance(b, (str, type(NO)))
    if op == "+" and known and not (_numeric(left) and _numeric(right)):
        return concat(parts(act, left), parts(act, right))
    if op == "+" and (a is NO or b is NO) and (isinstance(a, bytes) or isinstance(b, bytes)):
        # Bytes are texts of another kind.
        return concat(
            *(
                (one.const.decode("latin-1"),) if isinstance(one.const, bytes) else parts(act, one)
                for one in (left, right)
            )
        )
    if op == "%" and (isinstance(a, str) or any(isinstance(part, str) for part in left.parts)):
        return percent(act, left, right)
    if isinstance(a, (int, float)) and isinstance(b, (int, float)):
        return _arithmetic(op, a, b)
    if isinstance(a, bytes) and ((op == "+" and isinstance(b, bytes)) or (op == "*" and isinstance(b, int))):
        if isinstance(b, bytes):
            return v.constant(a + b)
        return v.constant(a * b) if len(a) * b <= MAX_TEXT else UNKNOWN
    if op == "*" and isinstance(a, str) and isinstance(b, int):
        return v.constant(a * b) if len(a) * b <= MAX_TEXT else UNKNOWN
    if op == "*" and isinstance(a, str):
        return Value(NO, (Piece(alphabet.of(a), CLEAN),), ())
    marks = act.marks(left) | act.marks(right)
    if op == "|" and not marks and left.refs and right.refs and not left.parts and not right.parts:
        # Flags of a library: either of them.
        return v.join(left, right)
    if op in ("+", "%", "*", "|", "&", "/", "-", "^", "//"):
        if op != "+" and op != "%" and _numeric(left) and _numeric(right):
            return v.marked(marks, alphabet.NUMBER) if marks else v.NUMBER
        if op == "+" and _numeric(left) and _numeric(right):
            return v.marked(marks, alphabet.NUMBER) if marks else v.NUMBER
        if op in ("-", "**", "//") or (op == "/" and (_numeric(left) or _numeric(right))):
            return v.marked(marks, alphabet.NUMBER) if marks else v.NUMBER
        if op == "*" and (_numeric(left) or _numeric(right)):
            return v.marked(marks, v.letters_of(parts(act, left)) | v.letters_of(parts(act, right)))
        return v.marked(marks) if marks else UNKNOWN
    return v.marked(marks, alphabet.NUMBER) if marks else v.NUMBER


def _numeric(value: Value) -> bool:
    if value.const is not NO:
        return isinstance(value.const, (int, float))
    return bool(value.parts) and all(
        isinstance(part, Piece) and not part.alphabet & ~alphabet.NUMBER for part in value.parts
    )


def _arithmetic(op: str, a: float, b: float) -> Value:
    if max(abs(a), abs(b)) > 1e15:
        return v.NUMBER
    try:
        if op == "+":
            return v.constant(a + b)
        if op == "-":
            return v.constant(a - b)
        if op == "*":
            return v.constant(a * b)
        if op == "/":
            return v.constant(a / b)
        if op == "//":
            return v.constant(a // b)
        if op == "%":
            return v.constant(a % b)
        if op == "**" and abs(b) <= 64 and abs(a) <= 1000:
            return v.constant(a**b)
    except ArithmeticError:
        return BOTTOM  # the program fails here
    return v.NUMBER


def formatted(act: Activation, value: Value, conversion: str, spec: str) -> Parts:
    """`{value!conversion:spec}`. A numeric format raises unless the value is a number."""
    if not conversion and not spec:
        return parts(act, value)
    if spec and _NUMERIC_SPEC.match(spec):
        marks = act.marks(value)
        return (Piece(alphabet.NUMBER | alphabet.of("%, _xXbo") | alphabet.HEX, marks),)
    whole = parts(act, value)
    if conversion in ("r", "a"):
        # repr() quotes, but with either quote: it protects no text that holds one. Line ends are escaped.
        letters = v.letters_of(whole)
        letters = alphabet.ANY if letters & _ESCAPED else letters
        return ("'", Piece(letters & ~alphabet.of("\n\r\t\v\f"), all_marks(whole)), "'")
    return whole if spec in ("", "s") else (Piece(v.letters_of(whole) | alphabet.of(" " + spec), all_marks(whole)),)


def all_marks(whole: Parts) -> Marks:
    found = CLEAN
    for piece in v.pieces(whole):
        found |= piece.marks
    return found


def joined(act: Activation, instr: Instr) -> Value:
    """An f-string."""
    data = instr.data
    assert isinstance(data, tuple)
    texts: list[Parts] = []
    for arg, (conversion, spec) in zip(instr.args, data, strict=True):
        texts.append(formatted(act, act.value(arg), conversion, spec))
    return concat(*texts)


def percent(act: Activation, left: Value, right: Value) -> Value:
    """`left % right`."""
    found = act.objects(right)
    pool: list[Value] | None = None
    mapping = None
    if found and found[0][1].kind == "tuple" and found[0][1].exact:
        obj = found[0][1]
        pool = [obj.items[at] for at in range(len(obj.items))]
    elif found and found[0][1].kind == "dict":
        mapping = found[0][1]
    elif not found or right.parts:
        pool = [right]
    else:
        pool = None
    at = 0
    spread = act.marks(right)
    result: list[Parts] = []
    for part in v.parts_of(left):
        if not isinstance(part, str):
            result.append((part,))
            continue
        last = 0
        for match in _PERCENT.finditer(part):
            result.append((part[last : match.start()],))
            last = match.end()
            if match[2] == "%":
                result.append(("%",))
                continue
            if match[1] and mapping is not None:
                value = mapping.get(match[1])
            elif pool is not None and at < len(pool):
                value = pool[at]
                at += 1
            else:
                value = v.marked(spread)
            if match[2] in "dioxXeEfFgGu":
                result.append((Piece(alphabet.NUMBER | alphabet.HEX, act.marks(value)),))
            else:
                result.append(formatted(act, value, match[2] if match[2] in "ra" else "", ""))
        result.append((part[last:],))
    return concat(*result)


def substitute_method(template: Value, keywords: dict[str, Value], spread: Marks) -> Value:
    """`string.Template(…).substitute(…)`; `spread` is what a mapping of unknown keys holds."""
    result: list[Parts] = []
    for part in v.parts_of(template):
        if not isinstance(part, str):
            result.append((part,))
            continue
        last = 0
        for match in _DOLLAR.finditer(part):
            result.append((part[last : match.start()],))
            last = match.end()
            name = match[1] or match[2]
            if not name:
                result.append(("$",))
            elif name in keywords:
                result.append(v.parts_of(keywords[name]))
            else:
                result.append((Piece(alphabet.ANY, spread),))
        result.append((part[last:],))
    return concat(*result)


def format_method(act: Activation, template: Value, args: list[Value], names: list[str]) -> Value:
    """`template.format(…)`."""
    positional = [arg for arg, name in zip(args, names, strict=True) if not name]
    keywords = {name: arg for arg, name in zip(args, names, strict=True) if name not in ("", "*", "**")}
    spread = BOTTOM
    for arg, name in zip(args, names, strict=True):
        found = act.objects(arg) if name == "**" else []
        for _, obj in found:
            keywords.update((str(key), item) for key, item in obj.items.items())
            spread = v.join(spread, obj.rest)
        if name in ("*", "**") and not found:
            spread = v.join(spread, v.marked(act.marks(arg)))
    at = 0
    result: list[Parts] = []
    every = frozenset(mark for arg in args for mark in act.marks(arg))
    for part in v.parts_of(template):
        if not isinstance(part, str):
            # A template that is not known can place any argument.
            result.append((part, Piece(alphabet.ANY, every)) if every else (part,))
            continue
        last = 0
        for match in _FORMAT.finditer(part):
            result.append((part[last : match.start()],))
            last = match.end()
            if match[0] in ("{{", "}}"):
                result.append((match[0][0],))
                continue
            field = match[1] or ""
            root = re.match(r"[^.\[]*", field)
            name = root[0] if root else ""
            value: Value | None
            if not name:
                value = positional[at] if at < len(positional) else None
                at += 1
            elif name.isdigit():
                value = positional[int(name)] if int(name) < len(positional) else None
            else:
                value = keywords.get(name)
            if value is None:
                value = UNKNOWN if spread is BOTTOM else spread
            elif name != field:
                value = v.marked(act.marks(value))
            result.append(formatted(act, value, match[2] or "", match[3] or ""))
        result.append((part[last:],))
    return concat(*result)
