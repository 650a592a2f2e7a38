"""A check stands there, and there is a way past it.

A signature that is compared only if one was sent is not needed at all: whoever forges a message leaves it out. The same
holds where both sides of a comparison are empty when nothing was sent and nothing was stored, where the error of a
signature that is wrong is caught and forgotten, where a coroutine is asked without being awaited, which is always true,
and where an assertion decides who may do something, for `python -O` leaves assertions out. Let the check fail closed:

    if not signature or not hmac.compare_digest(expected, signature):
        abort(403)

What is reported: `if given and not is_valid(given): refuse`, with a value of a request and a comparison of digests;
`compare_digest(a.get("token", ""), b.get("token", ""))` of which nobody asks whether there is anything; a handler for
wrong signatures that goes on; coroutine functions of the text in a condition without `await`; `assert user.is_admin`
outside tests. What is not: optional values that are only looked at, and checks that another branch makes up for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from codereal.analysis import tree as t
from codereal.rules import _names
from codereal.rules._rule import Rule, Spot, Verdict
from codereal.rules._syntax import last_name, nodes, statements

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from codereal.analysis.source import Tree

_SIGNED, _WHO, _FORGED = (347, 345), (863, 862), (352, 287)
_READS = frozenset({"get", "get_header", "getlist", "pop"})
_ASKS = frozenset({"verify", "valid", "check", "compare", "is", "validate"})
_PROOFS = frozenset({"signature", "hmac", "digest", "mac"})
_WRONG = frozenset(
    {"InvalidSignature", "BadSignature", "BadSignatureError", "InvalidSignatureError", "VerificationError"}
)
_LEAVES = frozenset({"abort", "exit", "fail", "deny", "forbid"})
_LOGS = frozenset({"debug", "info", "warning", "warn", "error", "exception", "critical", "log", "print"})
_ROLES = frozenset({"admin", "superuser", "staff", "permission", "permissions", "perm", "perms", "authorized"})


def scan(tree: Tree) -> Iterator[Spot]:
    said = _said(tree)
    if not said:
        return
    seen: set[tuple[int, ...]] = set()
    for spot in _found(tree, said):
        # (What stands in an inner function stands in the outer one, too.)
        if spot.pos not in seen:
            seen.add(spot.pos)
            yield spot


def _found(tree: Tree, said: set[str]) -> Iterator[Spot]:
    functions = [one for one in statements(tree.body) if isinstance(one, t.Function)]
    if "async def" in said:
        yield from _not_awaited(functions)
    if "assert" in said and "test" not in said:
        yield from _asserted(functions)
    if "except" in said:
        yield from _forgotten(functions, _bound(tree, _WRONG))
    if "compare" in said:
        digests = _bound(tree, frozenset({"compare_digest"}))
        leaves = _bound(tree, _LEAVES)
        proofs = {one.name for one in functions if _calls(one.body, digests)} | digests
        for function in functions:
            yield from _optional(function, proofs, leaves)
            yield from _both_empty(function, digests)


def _said(tree: Tree) -> set[str]:
    """Which of the words stand in the text without which there is nothing to look for."""
    text = tree.text
    found = set()
    if "async def " in text:
        found.add("async def")
    if "compare_digest" in text:
        found.add("compare")
    if "VerificationError" in text or (
        "Signature" in text and any("except" in line and "Signature" in line for line in tree.lines)
    ):
        found.add("except")
    if "assert " in text and any(line.lstrip().startswith("assert ") for line in tree.lines):
        found.add("assert")
    if found and ("pytest" in text or "unittest" in text):
        found.add("test")
    return found


def _bound(tree: Tree, names: frozenset[str]) -> set[str]:
    """These names, and what they were imported as."""
    imports = [one for one in tree.body if isinstance(one, t.Import)]
    return set(names) | {bound for one in imports for _, name, bound in one.names if name in names}


def _calls(body: Iterable[object], names: set[str]) -> list[t.Call]:
    return [one for one in nodes(body) if isinstance(one, t.Call) and last_name(one) in names]


# --- a coroutine that nobody waits for ------------------------------------------------------------


def _not_awaited(functions: list[t.Function]) -> Iterator[Spot]:
    """`if not is_owner(user):` of `async def is_owner`: a coroutine, and so always true."""
    waits = {one.name for one in functions if one.is_async and not _yields(one)} - {
        one.name for one in functions if not one.is_async
    }
    for function in functions if waits else ():
        for one in statements(function.body):
            for call in _asked(one.test) if isinstance(one, (t.If, t.While)) else ():
                func = call.func
                own = isinstance(func, t.Name) or (isinstance(func, t.Attribute) and isinstance(func.obj, t.Name))
                if own and last_name(call) in waits and call.pos[0] > 0 and _is_own(func, function):
                    words = f"{last_name(call)} is not awaited, and a coroutine is always true"
                    yield Spot(call.pos, Verdict(words, "high", None, _WHO), "sink: the condition")


def _is_own(func: t.Node, function: t.Function) -> bool:
    """Whether a name is that of a function of the text: by itself, or of the object whose method this is."""
    if isinstance(func, t.Name):
        return func.name not in {one.name for one in function.parameters}
    first = function.parameters[0].name if function.parameters else ""
    return isinstance(func, t.Attribute) and isinstance(func.obj, t.Name) and func.obj.name == first == "self"


def _yields(function: t.Function) -> bool:
    return any(isinstance(one, t.Yield) for one in nodes(function.body))


def _asked(test: t.Node) -> Iterator[t.Call]:
    """The calls whose answers a condition weighs as they are."""
    if isinstance(test, t.Call):
        yield test
    elif isinstance(test, t.Unary) and test.op == "not":
        yield from _asked(test.operand)
    elif isinstance(test, t.Boolean):
        for value in test.values:
            yield from _asked(value)


# --- an assertion ---------------------------------------------------------------------------------


def _asserted(functions: list[t.Function]) -> Iterator[Spot]:
    for function in functions:
        if function.name.startswith(("test", "_test", "check_types")):
            continue
        for one in statements(function.body):
            if isinstance(one, t.Assert) and one.pos[0] > 0 and _is_role(one.test):
                words = "an assertion decides who may do this, and assertions can be left out"
                yield Spot(one.pos, Verdict(words, "medium", None, (863, 617)), "sink: the assertion")


def _is_role(test: t.Node) -> bool:
    """`user.is_admin`, `user.has_perm("edit")`, `user.role == "admin"`."""
    if isinstance(test, t.Unary) and test.op == "not":
        return False
    if isinstance(test, t.Boolean):
        return any(map(_is_role, test.values))
    if isinstance(test, t.Compare):
        is_text = isinstance(test.rights[0], t.Constant) and isinstance(test.rights[0].value, str)
        return test.ops == ["=="] and is_text and _last(test.left) == "role"
    node = test.func if isinstance(test, t.Call) else test
    if not isinstance(node, t.Attribute):
        return False
    said = _names.split(node.attr)
    return said[:1] in (["is"], ["has"], ["can"]) and bool(_ROLES.intersection(said))


def _last(node: t.Node) -> str:
    return node.attr if isinstance(node, t.Attribute) else ""


# --- the error of a wrong signature ---------------------------------------------------------------


def _forgotten(functions: list[t.Function], wrong: set[str]) -> Iterator[Spot]:
    """`try: key.verify(signature, data)`, `except InvalidSignature: log`, and on it goes."""
    for function in functions:
        for one in statements(function.body):
            if not isinstance(one, t.Try) or not one.body or one.orelse:
                continue
            last = one.body[-1]
            if not isinstance(last, t.Expression) or not isinstance(last.value, t.Call) or one is function.body[-1]:
                continue
            if "verify" not in _names.split(last_name(last.value)):
                continue
            for handler in one.handlers:
                if _catches(handler) & wrong and all(map(_is_idle, handler.body)) and handler.pos[0] > 0:
                    words = "the error of a wrong signature is caught, and all goes on"
                    yield Spot(last.value.pos, Verdict(words, "high", None, _SIGNED), "sink: the check")


def _catches(handler: t.Handler) -> set[str]:
    kinds = handler.type.items if isinstance(handler.type, t.Collection) else [handler.type]
    return {last_name(kind) for kind in kinds if isinstance(kind, (t.Name, t.Attribute))}


def _is_idle(statement: t.Node) -> bool:
    """`pass`, `continue` left out, and what only writes to a log."""
    if isinstance(statement, t.Jump):
        return statement.kind == "pass"
    value = statement.value if isinstance(statement, t.Expression) else None
    return isinstance(value, t.Constant) or (isinstance(value, t.Call) and last_name(value) in _LOGS)


# --- a signature that need not be sent ------------------------------------------------------------


def _optional(function: t.Function, proofs: set[str], leaves: set[str]) -> Iterator[Spot]:
    """`if given and not is_valid(given): refuse`, where nobody refuses if nothing is given."""
    body = list(statements(function.body))
    given = {
        to.name
        for one in body
        if isinstance(one, t.Assign)
        for to in one.targets
        if isinstance(to, t.Name) and _is_read(one.value)
    }
    if not given:
        return
    tests = [one for one in body if isinstance(one, t.If)]
    for one in tests:
        name, wrong, refuses = _parted(one, leaves)
        if name not in given or wrong is None or one.pos[0] < 1 or one.orelse or not refuses:
            continue
        if last_name(wrong) not in proofs and not _is_proof(last_name(wrong)):
            continue
        if not any(isinstance(part, t.Name) and part.name == name for part in nodes(wrong.args)):
            continue
        if not any(_names_it(other, name) for other in tests if other not in (one, *one.body)):
            words = f"whether the signature is right is asked only if there is one ({name})"
            yield Spot(one.test.pos, Verdict(words, "high", None, _SIGNED), "sink: the condition")


def _is_read(value: t.Node | None) -> bool:
    """`name = request.headers.get("X-Signature")`, without a default that is something."""
    if not isinstance(value, t.Call) or not isinstance(value.func, t.Attribute):
        return False
    defaults = [one.value for one in value.args[1:2] if isinstance(one, t.Constant)]
    return value.func.attr in _READS and all(not one for one in defaults) and len(value.args) in (1, 2)


def _parted(one: t.If, leaves: set[str]) -> tuple[str, t.Call | None, bool]:
    """What has to be there, the check of it that must not fail, and whether the branch refuses."""
    if isinstance(one.test, t.Boolean) and one.test.is_and and len(one.test.values) == 2:
        first, second = one.test.values
        return _present(first), _failed(second), _refuses(one.body, leaves)
    inner = one.body[0] if len(one.body) == 1 else None
    if isinstance(inner, t.If) and not inner.orelse:
        return _present(one.test), _failed(inner.test), _refuses(inner.body, leaves)
    return "", None, False


def _present(test: t.Node) -> str:
    if isinstance(test, t.Name):
        return test.name
    if isinstance(test, t.Compare) and isinstance(test.left, t.Name) and test.ops in (["is not"], ["!="]):
        return test.left.name if isinstance(test.rights[0], t.Constant) and not test.rights[0].value else ""
    return ""


def _failed(test: t.Node) -> t.Call | None:
    is_not = isinstance(test, t.Unary) and test.op == "not"
    inner = test.operand if isinstance(test, t.Unary) else None
    return inner if is_not and isinstance(inner, t.Call) else None


def _refuses(body: list[t.Node], leaves: set[str]) -> bool:
    last = body[-1]
    if isinstance(last, (t.Raise, t.Return)):
        return True
    return isinstance(last, t.Expression) and isinstance(last.value, t.Call) and last_name(last.value) in leaves


def _names_it(one: t.If, name: str) -> bool:
    """Whether a condition asks for a name, whatever it does then."""
    return any(isinstance(part, t.Name) and part.name == name for part in nodes([one.test]))


def _is_proof(name: str) -> bool:
    said = set(_names.split(name))
    return bool(said & _ASKS) and bool(said & _PROOFS)


# --- nothing is like nothing ----------------------------------------------------------------------


def _both_empty(function: t.Function, digests: set[str]) -> Iterator[Spot]:
    """`compare_digest(request.form.get("token", ""), session.get("token", ""))`."""
    for call in _calls(function.body, digests):
        if len(call.args) != 2 or call.pos[0] < 1:
            continue
        bound: dict[str, t.Node | None] = {}
        for one in statements(function.body):
            if isinstance(one, t.Assign) and len(one.targets) == 1 and isinstance(one.targets[0], t.Name):
                name = one.targets[0].name
                bound[name] = None if name in bound else one.value
        sides = [_empty(arg, bound) for arg in call.args]
        if not all(sides):
            continue
        names = {one.name for arg in call.args for one in nodes([arg]) if isinstance(one, t.Name)} & bound.keys()
        tested = [one.test for one in statements(function.body) if isinstance(one, (t.If, t.While, t.Assert))]
        weighed = {part.name for test in tested for part in _weighed(test) if isinstance(part, t.Name)}
        if not names & weighed and not any(isinstance(one, t.Boolean) for one in _around(function, call)):
            words = "nothing is like nothing: both sides of the comparison may be empty"
            yield Spot(call.pos, Verdict(words, "high", None, _FORGED), "sink: the comparison")


def _empty(side: t.Node | None, bound: dict[str, t.Node | None]) -> bool:
    """Whether a side is an empty text where nothing was sent or kept."""
    if isinstance(side, t.Name):
        return side.name in bound and not isinstance(bound[side.name], t.Name) and _empty(bound[side.name], bound)
    if not isinstance(side, t.Call) or not isinstance(side.func, t.Attribute):
        return False
    if side.func.attr in ("encode", "strip", "lower"):
        return _empty(side.func.obj, bound)
    default = side.args[1] if len(side.args) == 2 else None
    return side.func.attr in _READS and isinstance(default, t.Constant) and default.value in ("", b"")


def _weighed(test: t.Node) -> Iterator[t.Node]:
    """The operands of a condition, without those of the calls in it."""
    pending = [test]
    while pending:
        one = pending.pop()
        yield one
        if isinstance(one, t.Boolean):
            pending.extend(one.values)
        elif isinstance(one, t.Unary):
            pending.append(one.operand)
        elif isinstance(one, t.Compare):
            pending.extend((one.left, *one.rights))
        elif isinstance(one, t.Call) and last_name(one) in ("len", "bool", "all", "any"):
            pending.extend(one.args)


def _around(function: t.Function, call: t.Call) -> list[t.Node]:
    """The conditions with `and` and `or` that hold the call."""
    return [
        one for one in nodes(function.body) if isinstance(one, t.Boolean) and any(part is call for part in nodes([one]))
    ]


RULE = Rule(
    id="skipped-check",
    cwe=(347, 345, 863),
    summary="A check stands there, and there is a way past it",
    hint="refuse what was not checked: no signature, an empty token, an answer that nobody waited for",
    severity="error",
    scan=scan,
)


UNSAFE: tuple[str, ...] = (
    """
import hashlib, hmac
from flask import Flask, abort, request
app = Flask(__name__)

@app.post("/hook")
def hook():
    given = request.headers.get("X-Signature")
    expected = hmac.new(KEY, request.get_data(), hashlib.sha256).hexdigest()
    if given and not hmac.compare_digest(expected, given):
        abort(403)
    return take(request.get_json())
""",
    """
import hashlib, hmac
from flask import Blueprint, abort, request
hooks = Blueprint("hooks", __name__)

def is_right(body, given):
    return hmac.compare_digest(hmac.new(KEY, body, hashlib.sha256).hexdigest(), given)

def signed(view):
    def inner(*args, **kwargs):
        given = request.headers.get("X-Signature", "")
        if given:
            if not is_right(request.get_data(), given):
                abort(403)
        return view(*args, **kwargs)

    return inner
""",
    """
import hmac
from flask import Flask, abort, request, session
app = Flask(__name__)

@app.post("/mail")
def change():
    sent = request.form.get("csrf_token", "")
    known = session.get("csrf_token", "")
    if not hmac.compare_digest(sent.encode(), known.encode()):
        abort(403)
    users.set_mail(request.form["mail"])
    return ""
""",
    """
from cryptography.exceptions import InvalidSignature

def install(key, package, signature, target):
    try:
        key.verify(signature, package)
    except InvalidSignature:
        logger.warning("the signature is wrong")
    with open(target, "wb") as stream:
        stream.write(package)
""",
    """
class Projects:
    async def may_edit(self, user, number):
        return await self.rights.has(user.id, "edit", number)

    async def rename(self, user, number, name):
        if not self.may_edit(user, number):
            raise PermissionError(number)
        await self.store.rename(number, name)
""",
    """
async def is_moderator(update, context):
    member = await context.bot.get_chat_member(update.chat.id, update.user.id)
    return member.status == "creator"

async def ban(update, context):
    if is_moderator(update, context) and update.target:
        await context.bot.ban(update.target)
""",
    """
def purge(user, folder):
    assert user.is_admin, "administrators only"
    for path in folder.iterdir():
        path.unlink()
""",
    """
def publish(user, article):
    assert user.has_permission("publish")
    article.state = "published"
    article.save()
""",
)

SAFE: tuple[str, ...] = (
    """
import hashlib, hmac
from flask import Flask, abort, request
app = Flask(__name__)

@app.post("/hook")
def hook():
    given = request.headers.get("X-Signature")
    expected = hmac.new(KEY, request.get_data(), hashlib.sha256).hexdigest()
    if not given or not hmac.compare_digest(expected, given):
        abort(403)
    return take(request.get_json())
""",
    # refused elsewhere
    """
import hashlib, hmac
from flask import Flask, abort, request
app = Flask(__name__)

@app.post("/hook")
def hook():
    given = request.headers.get("X-Signature")
    if not given and not app.debug:
        abort(401)
    expected = hmac.new(KEY, request.get_data(), hashlib.sha256).hexdigest()
    if given and not hmac.compare_digest(expected, given):
        abort(403)
    return take(request.get_json())
""",
    # taken only if it is right
    """
import hashlib, hmac
from flask import Flask, request
app = Flask(__name__)

@app.post("/hook")
def hook():
    given = request.headers.get("X-Signature")
    expected = hmac.new(KEY, request.get_data(), hashlib.sha256).hexdigest()
    if given and hmac.compare_digest(expected, given):
        return take(request.get_json())
    return "", 403
""",
    """
import hmac
from flask import Flask, abort, request, session
app = Flask(__name__)

@app.post("/mail")
def change():
    sent = request.form.get("csrf_token", "")
    known = session.get("csrf_token", "")
    if not known or not hmac.compare_digest(sent.encode(), known.encode()):
        abort(403)
    users.set_mail(request.form["mail"])
    return ""
""",
    """
from cryptography.exceptions import InvalidSignature

def is_right(key, package, signature):
    try:
        key.verify(signature, package)
    except InvalidSignature:
        logger.warning("the signature is wrong")
        return False
    return True
""",
    """
from cryptography.exceptions import InvalidSignature

def first_right(keys, package, signature):
    for key in keys:
        try:
            key.verify(signature, package)
            return key
        except InvalidSignature:
            pass
    return None
""",
    """
class Projects:
    async def may_edit(self, user, number):
        return await self.rights.has(user.id, "edit", number)

    async def rename(self, user, number, name):
        if not await self.may_edit(user, number):
            raise PermissionError(number)
        await self.store.rename(number, name)
""",
    # an object of another kind that has a method of the same name
    """
class Cache:
    async def ready(self):
        return await self.client.ping()

async def start(task):
    if task.ready():
        return task.result()
    return None
""",
    """
import pytest

def check_rights(user):
    assert user.is_admin
""",
    """
def admin_of(site):
    assert site.admin is not None
    return site.admin.name
""",
)
