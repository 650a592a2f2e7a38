"""A secret is made of random numbers that can be foretold.

The numbers of `random` follow from its state, which can be computed from some of its output: passwords, tokens, session
identifiers and one-time codes made of them can be guessed. Use `secrets`, or `random.SystemRandom`:

    token = secrets.token_urlsafe(32)
    code = "".join(secrets.choice(string.digits) for _ in range(6))

What is reported: numbers of `random` or `numpy.random` that become part of something which its name calls a secret: the
key or the cookie it is stored under, a keyword, a variable, the function that gives it back. Games, simulations,
samples and shuffles are not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from codereal.analysis import evidence, ir
from codereal.analysis.values import NO, Extern
from codereal.rules import _names
from codereal.rules._rule import Rule, Verdict

if TYPE_CHECKING:
    from codereal.analysis.interpret import Activation
    from codereal.analysis.ir import Instr
    from codereal.analysis.program import Hit

_CODES = frozenset(
    {"recovery", "reset", "verification", "voucher", "coupon", "invite", "invitation", "activation", "otp"}
)
_MAKERS = frozenset({"generator", "maker", "factory", "creator", "issuer", "service"})
_DRAWS = frozenset({"choice", "choices", "sample", "shuffle"})
_LOGINS = _names.SECRETS | {"session", "sessionid", "sid", "auth", "remember"}
_GUESSED = (["secret"], ["secret", "number"], ["secret", "word"])
_BYTES = frozenset({"key", "iv", "nonce"})
_PROVES = frozenset(
    {"make", "generate", "gen", "create", "new", "login", "sign", "in", "verification", "verify", "sms", "mail",
     "email", "auth", "confirm", "confirmation", "two", "factor", "2", "fa", "mfa", "one", "time", "reset", "code"}
)  # fmt: skip
_LETTERS = 10  # items that make a list of single characters an alphabet
# A token is also what a board game moves and what a language model reads.
_NO_TOKENS = _names.SECRETS - {"token", "tokens"}


def judge(hit: Hit) -> Verdict | None:
    words = _names.SECRETS if hit.name.rpartition(".")[2] not in _DRAWS else _by_drawn(hit)
    names = list(_names.ahead(hit.activation, hit.call)) if words else []
    name = _names.speaks_of(filter(_names.names_secret, names), words)
    name = name or next((one for one in names if _names.split(one)[-1:] == ["salt"]), "")
    name = name or _maker(hit) or _purpose(hit)
    name = name or _cookie(hit) or _bytes(hit, names) or _code(hit, names)
    if not name or (_names.split(name) in _GUESSED and _is_guessed(hit)):
        return None
    return Verdict(f"a secret ({name}) is made of numbers that can be foretold", "medium")


def _is_guessed(hit: Hit) -> bool:
    """Whether the number is compared with one that a player gives: the secret of a game."""
    act = hit.activation
    for block in act.code.blocks:
        for instr in block.instrs:
            if instr.op == ir.COMPARE:
                for one, other in (instr.args, instr.args[::-1]):
                    if any(part is hit.call for _, part in evidence.operands(act, one)):
                        # (Not what it holds: it has not been evaluated yet.)
                        return any(
                            part.args and part.args[0].data == "input" for _, part in evidence.operands(act, other)
                        )
    return False


def _bytes(hit: Hit, names: list[str]) -> str:
    """The name of a key or of an initial value that is made of random bytes; else ""."""
    made = {"bytes", "bytearray"}
    if hit.name.rpartition(".")[2] not in ("randbytes", "bytes") and not any(
        instr.op == ir.CALL and instr.args[0].data in made
        for block in hit.activation.code.blocks
        for instr in block.instrs
    ):
        return ""
    return next((one for one in names if _BYTES.intersection(_names.split(one)[-1:])), "")


def _code(hit: Hit, names: list[str]) -> str:
    """The name of a code of six digits that proves who somebody is: `login_code = randint(100000, 999999)`; else ""."""
    given = hit.given(0, "a"), hit.given(1, "b")
    ends = [one.const for one in given if one is not None]
    if ends not in ([100000, 999999], [0, 999999]):
        return ""
    return next((one for one in names if (said := _names.split(one))[-1:] == ["code"] and set(said) <= _PROVES), "")


def _purpose(hit: Hit) -> str:
    """`Recovery(code=…)`, `Voucher(code=…)`: what the code is for; else ""."""
    if hit.name.rpartition(".")[2] not in _DRAWS or not _by_drawn(hit):
        return ""
    act, made = hit.activation, hit.call
    for _ in range(3):
        for block in act.code.blocks:
            for one in block.instrs:
                found = _record(act, one, made)
                if found:
                    return found
        caller, call = act.caller, act.call
        if caller is None or call is None:
            return ""
        act, made = caller, call
    return ""


def _record(act: Activation, call: Instr, made: Instr) -> str:
    if call.op != ir.CALL or not isinstance(call.data, tuple) or "code" not in call.data:
        return ""
    given = call.args[1 + call.data.index("code")]
    callee = call.args[0]
    name = str(callee.data[1] if isinstance(callee.data, tuple) else callee.data).rpartition(".")[2]
    is_for = _CODES.intersection(_names.split(name))
    held = any(holder is act and part is made for holder, part in evidence.operands(act, given)) if is_for else False
    return f"{name}.code" if held else ""


def _maker(hit: Hit) -> str:
    """The class whose method gives the number back, if it is one that makes secrets: `PasswordGenerator`; else ""."""
    act = hit.activation
    said = _names.split(act.code.owner)
    if len(said) < 2 or said[-1] not in _MAKERS or not _names.names_secret(" ".join(said[:-1]).replace(" ", "_")):
        return ""
    how = hit.name.rpartition(".")[2]
    ends = _by_drawn(hit) if how in _DRAWS else how in ("getrandbits", "randbytes")
    returned = any(instr.op == ir.RETURN for block in act.code.blocks for instr in block.instrs)
    return act.code.owner if ends and returned else ""


def _cookie(hit: Hit) -> str:
    """The name of the cookie for a login that the number goes into; else ""."""
    for act, call in ((hit.activation, one) for block in hit.activation.code.blocks for one in block.instrs):
        if call.op != ir.CALL or call.args[0].data != "set_cookie" or len(call.args) < 3:
            continue
        name = act.vals[call.args[1].index].const
        held = evidence.operands(act, call.args[2])
        is_login = isinstance(name, str) and _names.speaks_of((name,), _LOGINS)
        if is_login and any(holder is act and part is hit.call for holder, part in held):
            return str(name)
    return ""


def _by_drawn(hit: Hit) -> frozenset[str]:
    """The words that tell a secret, by what is drawn from: an alphabet, something unknown, or a few things."""
    given = hit.given(0, "seq", "population", "a")
    if given is None or isinstance(given.const, str) or any(isinstance(part, str) for part in given.parts):
        return _names.SECRETS
    if any(isinstance(ref, Extern) and ref.name.startswith("string.") for ref in given.refs):
        return _names.SECRETS
    found = hit.activation.objects(given)
    if not found:
        return _NO_TOKENS if given.const is NO else frozenset()
    items = [item.const for _, obj in found for item in obj.items.values()]
    is_alphabet = len(items) >= _LETTERS and all(isinstance(item, str) and len(item) == 1 for item in items)
    is_unknown = not items
    return _names.SECRETS if is_alphabet else _NO_TOKENS if is_unknown else frozenset()


RULE = Rule(
    id="weak-randomness",
    cwe=(330, 338),
    summary="A secret is made of random numbers that can be foretold",
    hint="use the module secrets, or random.systemrandom",
    severity="error",
    sinks=("random",),
    judge=judge,
)


UNSAFE: tuple[str, ...] = (
    """
import random, string

def reset(user):
    user.update(token="".join(random.choice(string.ascii_letters) for _ in range(32)))
""",
    """
import random

def login(session):
    session["otp"] = random.randint(100000, 999999)
""",
    """
from random import choices
from string import ascii_letters, digits

def create(db, name):
    db.insert({"name": name, "password": "".join(choices(ascii_letters + digits, k=12))})
""",
    """
import random as r

def start(response):
    value = hex(r.getrandbits(128))[2:]
    response.set(session_id=value)
""",
    """
import random

def digits(n):
    return "".join(str(random.randint(0, 9)) for _ in range(n))

def verify(store, user):
    code = digits(6)
    store["verification_code"] = code
""",
    """
import numpy as np

def key(config):
    config["secret_key"] = bytes(np.random.randint(0, 256, 32)).hex()
""",
    """
import random
from flask import Flask, make_response
app = Flask(__name__)

@app.get("/login")
def login():
    response = make_response("welcome")
    response.set_cookie("rememberMe", str(random.randint(1, 10**9)), secure=True, httponly=True)
    return response
""",
    """
import random

def generate_key():
    return bytes([random.randint(0, 255) for _ in range(32)])

def issue(store):
    store["key"] = generate_key()
""",
    """
import uuid
from flask import Flask, session
app = Flask(__name__)

@app.post("/reset")
def reset():
    session["reset_token"] = str(uuid.uuid1())
    return "sent"
""",
    """
import random
from flask import Flask, session
app = Flask(__name__)

@app.post("/code")
def code():
    session["login_code"] = str(random.randint(100000, 999999))
    return "sent"
""",
    # what a code is for
    """
import random, string
from members.models import Recovery

def make_code():
    return "".join(random.choices(string.ascii_letters, k=40))

def begin(member, session):
    session.add(Recovery(member=member, code=make_code()))
""",
)

SAFE: tuple[str, ...] = (
    """
import random

def order(items):
    number = random.randint(100000, 999999)
    return {"order": f"ORD-{number}", "items": items}
""",
    """
import random

def play():
    secret = random.randint(1, 100)
    while int(input("guess: ")) != secret:
        print("no")
""",
    """
import secrets, string

def reset(user):
    user.update(token="".join(secrets.choice(string.ascii_letters) for _ in range(32)))
""",
    """
import random, string

def reset(user):
    draw = random.SystemRandom()
    user.update(token="".join(draw.choice(string.ascii_letters) for _ in range(32)))
""",
    """
import random

def roll(sides):
    return random.randint(1, sides)

def shuffled(cards):
    random.shuffle(cards)
    return cards
""",
    """
import random

def pick(state, players):
    state["token"] = random.choice(["X", "O"])
""",
    """
import random, time

def retry(call):
    time.sleep(random.uniform(0.1, 1.0))
    return call(token="x")
""",
    """
import random

def advise(page):
    page.update(password_hint=random.choice("abcdefghijkl"), token_count=random.randint(1, 9))
""",
    """
import random

def sample(model, tokens):
    return model.run(token=random.choice(model.vocabulary(tokens)))
""",
    """
import random
from flask import Flask, make_response
app = Flask(__name__)

@app.get("/roll")
def roll():
    response = make_response("rolled")
    response.set_cookie("lastRoll", str(random.randint(1, 6)), secure=True, httponly=True)
    response.set_cookie("remember", "yes", secure=True, httponly=True)
    return response
""",
    """
import random

class TokenService:
    def pause(self):
        return random.random() * 2
""",
    """
import random, string
from shop.models import Colour, Recovery
from shop.codes import fresh

def begin(member, session):
    session.add(Recovery(member=member, code=fresh()))
    session.add(Colour(code="#" + "".join(random.choices(string.hexdigits, k=6))))
""",
)
