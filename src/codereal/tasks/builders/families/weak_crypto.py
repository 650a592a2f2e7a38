"""Weak cryptography: how passwords are kept, how secrets are drawn, how signatures are compared."""

# ruff: noqa: E501 - sentences and tables of tests, kept a line each

from __future__ import annotations

from codereal.sandbox.case import Source
from codereal.tasks.builders.draft import Draft, Family, refuses

# Drawn twice from the same state of `random`, a secret must differ.
_FORETOLD = """
try:
    random.seed(7)
    one = $f({0})
    random.seed(7)
    two = $f({0})
except NameError:
    one, two = 1, 2
assert one != two
"""


def _drawn(arguments: str) -> str:
    return _FORETOLD.format(arguments).lstrip()


def _distinct(arguments: str, *lines: str) -> str:
    """Test code: twenty results differ, and each is as it should be."""
    body = "".join(f"    {line}\n" for line in lines)
    return f"seen = [$f({arguments}) for _ in range(20)]\nassert len(set(seen)) > 15\nfor out in seen:\n{body}"


password = Draft(
    seed="password-record",
    name="new_record|make_record|enrol",
    parameters="$p: str",
    p="password|passphrase",
    result="str",
    words="""
        Return the record that is kept of a user's password; it goes into a file that others may get to see.
        A second function `matches($p: str, record: str) -> bool` says whether a record was made of that password.
        Records are text without line ends.
        """,
    safe=(
        """
        def matches($p: str, record: str) -> bool:
            \"\"\"Whether the record was made of this password.\"\"\"
            salt, _, digest = record.partition(":")
            found = hashlib.scrypt($p.encode(), salt=bytes.fromhex(salt), n=2**13, r=8, p=1)
            return hmac.compare_digest(found.hex(), digest)
        ---
        salt = os.urandom(16)
        digest = hashlib.scrypt($p.encode(), salt=salt, n=2**13, r=8, p=1)
        return f"{salt.hex()}:{digest.hex()}"
        """,
        """
        ROUNDS = 60_000


        def _digest(text: str, salt: str) -> str:
            \"\"\"The slow digest of a text.\"\"\"
            return hashlib.pbkdf2_hmac("sha256", text.encode(), salt.encode(), ROUNDS).hex()


        def matches($p: str, record: str) -> bool:
            \"\"\"Whether the record was made of this password.\"\"\"
            salt, digest = record.split("/", 1)
            return secrets.compare_digest(_digest($p, salt), digest)
        ---
        salt = secrets.token_hex(16)
        return f"{salt}/{_digest($p, salt)}"
        """,
    ),
    vulnerable=(
        """
        def matches($p: str, record: str) -> bool:
            \"\"\"Whether the record was made of this password.\"\"\"
            return hashlib.md5($p.encode()).hexdigest() == record
        ---
        return hashlib.md5($p.encode()).hexdigest()
        """,
        """
        def matches($p: str, record: str) -> bool:
            \"\"\"Whether the record was made of this password.\"\"\"
            return hashlib.sha1(b"$nouns" + $p.encode()).hexdigest() == record
        ---
        digest = hashlib.sha1(b"$nouns" + $p.encode())
        return digest.hexdigest()
        """,
        """
        def matches($p: str, record: str) -> bool:
            \"\"\"Whether the record was made of this password.\"\"\"
            return record == hashlib.pbkdf2_hmac("sha256", $p.encode(), b"$nouns", 1000).hex()
        ---
        return hashlib.pbkdf2_hmac("sha256", $p.encode(), b"$nouns", 1000).hex()
        """,
    ),
    checks=(
        "record = $f('Xq7-$a-$b')\nassert matches('Xq7-$a-$b', record) and '\\n' not in record\n",
        "record = $f('Xq7-$a-$b')\nassert not matches('Xq7-$a-$c', record)\nassert 'Xq7-$a' not in record\n",
        "one, two = $f('first-$c'), $f('second-$c')\nassert matches('first-$c', one) and not matches('first-$c', two)\n",
    ),
    probes=("assert $f('Xq7-$a-$b') != $f('Xq7-$a-$b')\n",),
    forms=("function",),
    operators=False,
    call=("Xq7-$a",),
    constraints=("long", "empty", "blank"),
    errors=(),
    count=6,
)

token = Draft(
    seed="prefixed-token",
    name="reset_token|new_token|make_token",
    parameters="$p: str, length: int",
    p="prefix|kind|label",
    result="str",
    words="""
        Return a new token, by which a user who forgot the password is let in once.
        It is `$p`, an underscore and `length` letters and digits. A `length` below 1 is a ValueError.
        """,
    safe=(
        """
        if length < 1:
            raise ValueError(length)
        signs = string.ascii_letters + string.digits
        token = "".join(secrets.choice(signs) for _ in range(length))
        return f"{$p}_{token}"
        """,
        """
        if length < 1:
            raise ValueError(length)
        draw = random.SystemRandom()
        return $p + "_" + "".join(draw.choices(string.ascii_letters + string.digits, k=length))
        """,
    ),
    vulnerable=(
        """
        if length < 1:
            raise ValueError(length)
        signs = string.ascii_letters + string.digits
        token = "".join(random.choice(signs) for _ in range(length))
        return f"{$p}_{token}"
        """,
        """
        if length < 1:
            raise ValueError(length)
        return $p + "_" + "".join(random.choices(string.ascii_letters + string.digits, k=length))
        """,
    ),
    checks=(
        _distinct(
            "'$a', 12",
            "start, _, rest = out.partition('_')",
            "assert start == '$a' and len(rest) == 12 and rest.isalnum()",
        ),
        _distinct("'$b', 30", "assert len(out) == len('$b_') + 30".replace("$b_", "${b}_"), "assert out.isascii()"),
        "try:\n    $f('$a', 0)\nexcept ValueError:\n    pass\nelse:\n    raise AssertionError('not refused')\n",
    ),
    probes=(_drawn("'$a', 16"), _drawn("'$b', 24")),
    call=("$a", 9),
    forms=("function", "method"),
    operators=False,
    constraints=("long", "empty", "blank"),
    count=8,
)

link = Draft(
    seed="reset-link",
    name="reset_link|recovery_link|login_link",
    parameters="$p: str",
    p="user|name|account",
    result="str",
    words="""
        Return a link by which `$p` can choose a new password, to be sent by mail.
        It is `https://$host/reset?user=…&token=…`, with the user's name, which is a plain word, and a token.
        The token is new each time and consists of 32 hexadecimal digits.
        """,
    safe=(
        """
        token = secrets.token_hex(16)
        return f"https://$host/reset?user={quote($p)}&token={token}"
        """,
        """
        query = urlencode({"user": $p, "token": os.urandom(16).hex()})
        return "https://$host/reset?" + query
        """,
    ),
    vulnerable=(
        """
        token = "%032x" % random.getrandbits(128)
        return f"https://$host/reset?user={quote($p)}&token={token}"
        """,
        """
        token = "".join(random.choices("0123456789abcdef", k=32))
        return "https://$host/reset?" + urlencode({"user": $p, "token": token})
        """,
    ),
    checks=(
        _distinct("'$u'", "start, _, token = out.rpartition('=')", "assert start == 'https://$host/reset?user=$u&token'",
                  "assert len(token) == 32 and set(token) <= set('0123456789abcdef')"),
        "assert 'user=$v&' in $f('$v')\n",
    ),
    probes=(_drawn("'$u'"), _drawn("'$v'")),
    call=("$u",),
    forms=("function", "method"),
    operators=False,
    constraints=("long", "empty", "blank"),
    errors=(),
    count=8,
)  # fmt: skip

code = Draft(
    seed="login-code",
    name="send_code|login_code|fresh_code",
    parameters="$p: str, pending: dict[str, str]",
    p="user|phone|account",
    result="str",
    words="""
        Make a login code for `$p`, which is sent to the user's phone: six digits, the first may be 0.
        Put it into `pending` under the user's name, in place of an older one, and return it.
        If `pending` holds 100 users already and `$p` is none of them, raise OverflowError.
        """,
    safe=(
        """
        if len(pending) >= 100 and $p not in pending:
            raise OverflowError("too many codes")
        code = f"{secrets.randbelow(10**6):06}"
        pending[$p] = code
        return code
        """,
        """
        if $p not in pending and len(pending) >= 100:
            raise OverflowError("too many codes")
        pending[$p] = "".join(secrets.choice(string.digits) for _ in range(6))
        return pending[$p]
        """,
    ),
    vulnerable=(
        """
        if len(pending) >= 100 and $p not in pending:
            raise OverflowError("too many codes")
        code = f"{random.randrange(10**6):06}"
        pending[$p] = code
        return code
        """,
        """
        if $p not in pending and len(pending) >= 100:
            raise OverflowError("too many codes")
        pending[$p] = "".join(str(random.randint(0, 9)) for _ in range(6))
        return pending[$p]
        """,
    ),
    checks=(
        _distinct("'$u', {}", "assert len(out) == 6 and out.isdigit()"),
        "assert $f('$v', {'$v': 'old'}) != 'old'\n",
        "full = {str(n): '' for n in range(100)}\nassert len($f('7', full)) == 6\n"
        + refuses("'$w', full", "OverflowError"),
    ),
    probes=(_drawn("'$u', {}"), _drawn("'$v', {'$w': '1'}")),
    call=("$u", {}),
    forms=("function", "method"),
    operators=False,
    constraints=("long", "empty", "blank"),
    errors=("OverflowError",),
    count=8,
)

session = Draft(
    seed="session-id",
    name="start_session|open_session|log_in",
    parameters="$p: str, sessions: dict[str, str]",
    p="user|name|account",
    result="str",
    words="""
        Start a session for the user `$p`: put a new session id into `sessions`, with the user as its value, and return it.
        An id has at least 20 characters, none of them a space, and is not in `sessions` yet.
        """,
    safe=(
        """
        session_id = secrets.token_urlsafe(24)
        while session_id in sessions:
            session_id = secrets.token_urlsafe(24)
        sessions[session_id] = $p
        return session_id
        """,
        """
        session_id = os.urandom(20).hex()
        sessions[session_id] = $p
        return session_id
        """,
    ),
    vulnerable=(
        """
        session_id = str(random.randint(10**23, 10**24))
        while session_id in sessions:
            session_id = str(random.randint(10**23, 10**24))
        sessions[session_id] = $p
        return session_id
        """,
        """
        session_id = "".join(random.choice(string.hexdigits) for _ in range(32))
        sessions[session_id] = $p
        return session_id
        """,
    ),
    checks=(
        _distinct("'$u', {}", "assert len(out) >= 20 and ' ' not in out"),
        "assert isinstance($f('$u', {'old': '$v'}), str)\n",
    ),
    probes=(_drawn("'$u', {}"), _drawn("'$v', {'old': '$w'}")),
    call=("$u", {}),
    forms=("function", "method"),
    operators=False,
    constraints=("long", "empty", "blank"),
    held_out=True,
    errors=(),
    count=8,
)

_SIGNED = "__import__('hmac').new(KEY, b'{}', 'sha256').hexdigest()"

genuine = Draft(
    seed="signature",
    name="is_genuine|is_signed|accepts",
    parameters="$p: str, signature: str",
    p="message|body|payload",
    result="bool",
    words="""
        Say whether `signature` is the HMAC of the message `$p` with `KEY` and SHA-256, in hexadecimal digits.
        Messages come from the network; capital letters in the signature are as good as small ones.
        """,
    given="""
        import os

        KEY = os.environ.get("WEBHOOK_KEY", "for tests").encode()
        """,
    safe=(
        """
        wanted = hmac.new(KEY, $p.encode(), hashlib.sha256).hexdigest()
        return hmac.compare_digest(wanted.encode(), signature.lower().encode())
        """,
        """
        wanted = hmac.digest(KEY, $p.encode(), "sha256").hex()
        given = signature.lower()
        return given.isascii() and secrets.compare_digest(wanted, given)
        """,
    ),
    vulnerable=(
        """
        wanted = hmac.new(KEY, $p.encode(), hashlib.sha256).hexdigest()
        return signature.lower() == wanted
        """,
        """
        wanted = hmac.new(KEY, $p.encode(), hashlib.sha256).hexdigest()
        return all(one == two for one, two in zip(wanted, signature.lower()))
        """,
    ),
    tests=(
        ("$a sold", Source(_SIGNED.format("$a sold"))),
        ("$b", Source(_SIGNED.format("$b") + ".upper()")),
        ("$c", Source(_SIGNED.format("$d"))),
        ("$c", "f" * 64),
    ),
    attacks=(("$a", ""), ("$b sold", Source(_SIGNED.format("$b sold") + "[:1]"))),
    forms=("function", "method"),
    constraints=("trim", "long", "empty", "blank"),
    held_out=True,
    errors=(),
    count=8,
)

FAMILY = Family(
    "weak-crypto",
    "327",
    "Passwords are kept by slow, salted digests; secrets are drawn so that nobody can foretell them; signatures are compared whole and in constant time.",
    (password, token, link, code, session, genuine),
)
