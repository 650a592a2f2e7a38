"""Views: at which address and for which methods a framework calls a function, and what else guards it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from codereal.analysis import evidence, ir
from codereal.analysis import tree as t
from codereal.analysis.values import Extern
from codereal.rules import _names
from codereal.rules._syntax import last_name

if TYPE_CHECKING:
    from codereal.analysis.entries import Entry
    from codereal.analysis.interpret import Activation
    from codereal.analysis.ir import Instr

_VERBS = frozenset({"get", "post", "put", "patch", "delete"})
ROUTES = _VERBS | {"route", "api_route", "view", "websocket"}
# Decorators that say nothing of who asks, and those that say that somebody has to be known.
NEUTRAL = frozenset(
    {
        "require_POST",
        "require_GET",
        "require_http_methods",
        "require_safe",
        "csrf_exempt",
        "csrf_protect",
        "never_cache",
    }
)
LOGINS = frozenset({"login_required", "jwt_required", "authenticated", "login_required_ajax"})
# Names under which frameworks and their extensions keep who asks, or what he proves it with.
WHO = frozenset(
    {
        "session", "current_user", "g", "authorization", "get_current_user", "current_identity", "get_jwt_identity",
        "get_jwt", "verify_jwt_in_request", "get_secure_cookie", "get_signed_cookie", "identity", "principal", "auth",
        "remote_addr", "headers", "cookies", "META", "COOKIES", "user", "credentials", "before_request",
    }
)  # fmt: skip
_PROOFS = _names.SECRETS | {"signature", "authorization", "otp"}
_DENIED = frozenset({401, 403})
_DENIALS = frozenset(
    {
        "PermissionError", "PermissionDenied", "HttpResponseForbidden", "HTTPForbidden", "HTTPUnauthorized",
        "Forbidden",
        "Unauthorized", "unauthorized", "HTTP_403_FORBIDDEN", "HTTP_401_UNAUTHORIZED", "FORBIDDEN", "UNAUTHORIZED",
    }
)  # fmt: skip


class Route(NamedTuple):
    """An address, the methods it is for (none: the framework's default), and the other decorators' last names."""

    address: str
    methods: frozenset[str]
    others: tuple[str, ...]


def of(entry: Entry) -> Route | None:
    """How a view is reached; None for what no decorator makes a view."""
    node = entry.activation.code.node
    address, methods, others, found = "", set[str](), [], False
    names = decorators(entry)
    for one, name in zip(node.decorators if isinstance(node, t.Function) else (), names, strict=True):
        call = one if isinstance(one, t.Call) else None
        func = call.func if call is not None else one
        if call is not None and isinstance(func, t.Attribute) and name in ROUTES:
            found = True
            first = call.args[0] if call.args else None
            if isinstance(first, t.Constant) and isinstance(first.value, str):
                address = _prefix(entry, func.obj) + first.value
            methods |= {name} if name in _VERBS else set()
            for keyword, value in zip(call.names, call.args, strict=True):
                if keyword == "methods" and isinstance(value, t.Collection):
                    methods |= {str(item.value).lower() for item in value.items if isinstance(item, t.Constant)}
                elif keyword == "dependencies":
                    others.append(keyword)
        elif name not in NEUTRAL:
            others.append(name)
    return Route(address, frozenset(methods), tuple(others)) if found else None


def _prefix(entry: Entry, router: t.Node) -> str:
    """The address below which a group of views stands: `Blueprint("admin", __name__, url_prefix="/admin")`."""
    if not isinstance(router, t.Name):
        return ""
    for one in entry.activation.program.body:
        if not isinstance(one, t.Assign) or not isinstance(one.value, t.Call):
            continue
        if not any(isinstance(to, t.Name) and to.name == router.name for to in one.targets):
            continue
        for keyword, value in zip(one.value.names, one.value.args, strict=True):
            if keyword in ("url_prefix", "prefix") and isinstance(value, t.Constant) and isinstance(value.value, str):
                return value.value
    return ""


def decorators(entry: Entry) -> list[str]:
    """The last names of a function's decorators, as their modules call them."""
    node = entry.activation.code.node
    if not isinstance(node, t.Function) or not node.decorators:
        return []
    imported = {
        bound: name
        for one in entry.activation.program.body
        if isinstance(one, t.Import)
        for _, name, bound in one.names
        if name
    }
    found = []
    for decorator in node.decorators:
        name = last_name(decorator)
        found.append(imported.get(name, name))
    return found


def names(act: Activation, instr: Instr) -> set[str]:
    """What an instruction names: an attribute, a variable, and the last name of the library's thing that it holds."""
    if instr.op not in (ir.ATTR, ir.NAME, ir.LOAD, ir.IMPORT):
        return set()
    data = instr.data[1] if isinstance(instr.data, tuple) else instr.data
    held = {ref.name.rpartition(".")[2] for ref in act.vals[instr.index].refs if isinstance(ref, Extern)}
    return held | {str(data).rpartition(".")[2]}


def asks_who(entry: Entry, logins: bool = False) -> bool:
    """Whether a view reads anything that tells who asks, is given it, or leaves the question to other code.

    With `logins`, to ask whether there is a login at all does not count.
    """
    for act in evidence.activations(entry.activation):
        if any(is_given(param) for param in act.code.params):
            return True
        for block in act.code.blocks:
            for instr in block.instrs:
                if names(act, instr) & WHO and not _is_store(instr) and not (logins and _only_there(act, instr)):
                    return True
                if instr.op == ir.CONST and isinstance(instr.data, str) and _is_proof(instr.data):
                    return True
                if instr.op == ir.CALL and len(instr.args) == 1 and _is_bare(act, instr):
                    # A call that is given nothing and gives nothing: it may well refuse.
                    return True
    return False


def _only_there(act: Activation, instr: Instr) -> bool:
    """`if "user_id" not in session`, `if not session.get("user_id")`: whether somebody is logged in."""
    conditions = {block.condition.index for block in act.code.blocks if block.condition is not None}
    users = [one for block in act.code.blocks for one in block.instrs if instr in one.args]
    for one in users:
        if one.op == ir.COMPARE and one.data in ("in", "not in") and one.index in conditions:
            continue
        if one.op == ir.UNARY and one.index in conditions:
            continue
        if (one.op == ir.ATTR and one.data == "get") or (one.op == ir.CALL and one.args[0] is instr):
            if not _only_there(act, one):
                return False
            continue
        return False
    return bool(users) or instr.index in conditions


def _is_store(instr: Instr) -> bool:
    """`db.session`: the session of a database, unless it is a request's."""
    return instr.op == ir.ATTR and instr.data == "session" and instr.args[0].op != ir.PARAM


def is_given(param: Instr) -> bool:
    """`user = Depends(current_user)`: what a framework puts in."""
    default = getattr(param.data, "default", None)
    return isinstance(default, t.Call) or "Depends" in getattr(param.data, "annotation", "")


def _is_proof(key: str) -> bool:
    """A key under which a token, a signature or a password comes in."""
    return len(key) < 40 and bool(_names.speaks_of((key,), _PROOFS))


def _is_bare(act: Activation, call: Instr) -> bool:
    """`check_login()` as a statement, of the text or of another file."""
    if call.args[0].op not in (ir.NAME, ir.LOAD, ir.IMPORT, ir.CLOSURE):
        return False
    used = {arg.index for block in act.code.blocks for one in block.instrs for arg in one.args}
    conditions = {block.condition.index for block in act.code.blocks if block.condition is not None}
    return call.index not in used or call.index in conditions


def denies(act: Activation, blocks: set[int]) -> bool:
    """Whether one of these blocks answers that somebody may not."""
    return any(
        (instr.op == ir.CONST and instr.data in _DENIED) or names(act, instr) & _DENIALS
        for block in act.code.blocks
        if block.index in blocks
        for instr in block.instrs
    )


def instructions(act: Activation) -> Iterator[Instr]:
    """What was evaluated of one activation."""
    for block in act.code.blocks:
        if block.index in act.rounds:
            yield from block.instrs
