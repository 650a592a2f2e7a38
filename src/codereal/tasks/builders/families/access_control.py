"""Access control: who asks decides what may be read, changed or deleted."""

# ruff: noqa: E501 - sentences and tables of tests, kept a line each

from __future__ import annotations

from codereal.tasks.builders.draft import ALONE, Draft, Family

_STORE = """
    $STORE = {
        "1": {"name": "$a", "$field": "$x", "owner": "$u", "public": True, "note": "none"},
        "2": {"name": "$b", "$field": "$y", "owner": "$v", "public": False, "note": "call back"},
        "3": {"name": "$c", "$field": "$z", "owner": "$u", "public": False, "note": "do not lend"},
        "4": {"name": "$d", "$field": "$x", "owner": "$w", "public": True, "note": "free"},
    }
    ADMINS = ("$w",)
    """

delete = Draft(
    seed="delete-own",
    name="delete_$noun|remove_$noun|discard",
    parameters="user: str, $p: str",
    p="key|number|${noun}_id",
    result="str",
    words="""
        Delete the $noun `$p` from `$STORE` for `user`, who is logged in, and return its name.
        Every $noun belongs to its owner; admins look after all of them.
        An unknown `$p` is a KeyError; what somebody may not do is a PermissionError.
        """,
    key="$p",
    given=_STORE,
    safe=(
        """
        item = $STORE[$p]
        if item["owner"] != user and user not in ADMINS:
            raise PermissionError(user)
        del $STORE[$p]
        return str(item["name"])
        """,
        """
        allowed = user in ADMINS or $STORE[$p]["owner"] == user
        if not allowed:
            raise PermissionError(user)
        return str($STORE.pop($p)["name"])
        """,
    ),
    vulnerable=(
        """
        item = $STORE[$p]
        del $STORE[$p]
        return str(item["name"])
        """,
        """
        if not user:
            raise PermissionError(user)
        return str($STORE.pop($p)["name"])
        """,
    ),
    tests=(("$u", "1"), ("$w", "2"), ("$u", "9")),
    attacks=(("$v", "3"), ("$u", "4"), ("nobody", "3"), ("", "4")),
    setup=ALONE,
    forms=("function", "method"),
    errors=("KeyError", "PermissionError"),
    constraints=("trim", "mark", "empty", "long", "blank"),
)

show = Draft(
    seed="read-private",
    name="show_$noun|open_$noun|note_of",
    parameters="user: str, $p: str",
    p="key|number|${noun}_id",
    result="str",
    words="""
        Return the note of the $noun `$p` in `$STORE` for `user`.
        Some of the $nouns are public; the others are private to their owners.
        An unknown `$p` is a KeyError; what somebody may not do is a PermissionError.
        """,
    key="$p",
    given=_STORE,
    safe=(
        """
        item = $STORE[$p]
        if not item["public"] and item["owner"] != user:
            raise PermissionError(user)
        return str(item["note"])
        """,
        """
        item = $STORE[$p]
        if item["public"] or item["owner"] == user:
            note = str(item["note"])
        else:
            raise PermissionError(user)
        return note
        """,
    ),
    vulnerable=(
        """
        item = $STORE[$p]
        return str(item["note"])
        """,
        """
        item = $STORE[$p]
        owners = {str(other["owner"]) for other in $STORE.values()}
        if not item["public"] and user not in owners:
            raise PermissionError(user)
        return str(item["note"])
        """,
    ),
    tests=(("$v", "1"), ("$v", "2"), ("$u", "3"), ("$v", "0")),
    attacks=(("$u", "2"), ("$v", "3"), ("$w", "2")),
    setup=ALONE,
    forms=("function", "method", "program"),
    errors=("KeyError", "PermissionError"),
    constraints=("trim", "mark", "empty", "long", "blank"),
)

change = Draft(
    seed="change-fields",
    name="change_$noun|update_$noun|edit",
    parameters="user: str, $p: str, changes: dict[str, str]",
    p="key|number|${noun}_id",
    result="list[str]",
    words="""
        Change fields of the $noun `$p` in `$STORE`, as its owner wishes, who is logged in as `user`.
        `changes` is what the browser sent. The form has the fields `name`, `$field` and `note`.
        Return the names of the fields that were changed, in alphabetical order.
        An unknown `$p` is a KeyError, somebody other than the owner a PermissionError, any other field a ValueError.
        """,
    key="$p",
    given=_STORE,
    safe=(
        """
        item = $STORE[$p]
        if item["owner"] != user:
            raise PermissionError(user)
        if not changes.keys() <= {"name", "$field", "note"}:
            raise ValueError("unknown field")
        for name in ("name", "$field", "note"):
            if name in changes:
                item[name] = changes[name]
        return sorted(changes)
        """,
        """
        fields = ("name", "$field", "note")
        item = $STORE[$p]
        if item["owner"] != user:
            raise PermissionError(user)
        if any(name not in fields for name in changes):
            raise ValueError("unknown field")
        for name, value in changes.items():
            if name in fields:
                item[name] = value
        return sorted(changes)
        """,
    ),
    vulnerable=(
        """
        item = $STORE[$p]
        if item["owner"] != user:
            raise PermissionError(user)
        if not changes.keys() <= item.keys():
            raise ValueError("unknown field")
        item.update(changes)
        return sorted(changes)
        """,
        """
        item = $STORE[$p]
        if item["owner"] != user:
            raise PermissionError(user)
        for name, value in changes.items():
            if name not in item:
                raise ValueError(name)
            item[name] = value
        return sorted(changes)
        """,
    ),
    tests=(
        ("$u", "1", {"name": "$d", "note": "new"}), ("$v", "2", {"$field": "$z"}), ("$u", "2", {"name": "x"}),
        ("$u", "3", {"colour": "red"}), ("$u", "8", {}),
    ),
    attacks=(("$u", "1", {"owner": "$v"}), ("$w", "4", {"public": "", "name": "$a"}), ("$v", "2", {"owner": "$w"})),
    setup=ALONE,
    forms=("function", "method"),
    errors=("KeyError", "PermissionError", "ValueError"),
    constraints=("trim", "mark", "empty", "long", "blank"),
)  # fmt: skip

approve = Draft(
    seed="approve",
    name="approve|sign_off|accept",
    parameters="user: str, $p: str",
    p="key|number|code",
    result="str",
    words="""
        Let `user` approve the request `$p` in `REQUESTS` and return its `subject`; its state becomes `approved`.
        Managers (see `ROLES`) approve what others ask for; nobody approves a request of their own.
        An unknown `$p` is a KeyError, a request that is not `open` a ValueError.
        What somebody may not do is a PermissionError.
        """,
    key="$p",
    given="""
        ROLES = {"$u": "manager", "$v": "clerk", "$w": "manager"}
        REQUESTS = {
            "r1": {"subject": "new $noun", "by": "$v", "state": "open"},
            "r2": {"subject": "$a", "by": "$u", "state": "open"},
            "r3": {"subject": "$b", "by": "$v", "state": "closed"},
            "r4": {"subject": "$c", "by": "$w", "state": "open"},
            "r5": {"subject": "$d", "by": "$v", "state": "open"},
        }
        """,
    safe=(
        """
        request = REQUESTS[$p]
        if ROLES.get(user) != "manager" or request["by"] == user:
            raise PermissionError(user)
        if request["state"] != "open":
            raise ValueError($p)
        request["state"] = "approved"
        return request["subject"]
        """,
        """
        managers = [name for name, role in ROLES.items() if role == "manager"]
        request = REQUESTS[$p]
        if user not in managers:
            raise PermissionError("not a manager")
        if user == request["by"]:
            raise PermissionError("own request")
        if request["state"] != "open":
            raise ValueError($p)
        request["state"] = "approved"
        return request["subject"]
        """,
    ),
    vulnerable=(
        """
        request = REQUESTS[$p]
        if request["state"] != "open":
            raise ValueError($p)
        request["state"] = "approved"
        return request["subject"]
        """,
        """
        request = REQUESTS[$p]
        if user not in ROLES or (request["by"] == user and ROLES[user] != "manager"):
            raise PermissionError(user)
        if request["state"] != "open":
            raise ValueError($p)
        request["state"] = "approved"
        return request["subject"]
        """,
    ),
    tests=(("$u", "r1"), ("$w", "r2"), ("$u", "r3"), ("$u", "r0")),
    attacks=(("$w", "r4"), ("$v", "r4"), ("$v", "r5"), ("nobody", "r5")),
    setup=ALONE,
    forms=("function", "method"),
    errors=("KeyError", "PermissionError", "ValueError"),
    constraints=("trim", "mark", "empty", "long", "blank"),
    count=6,
)

transfer = Draft(
    seed="transfer",
    name="transfer|move_points|pay",
    parameters="user: str, source: str, target: str, amount: int",
    result="int",
    words="""
        Move `amount` points from the account `source` to the account `target` of `ACCOUNTS`, for the user who is logged in.
        Everybody has accounts; the field `holder` says whose an account is. Users spend what is theirs.
        Return the points that are left on `source`.
        Unknown accounts are a KeyError; more points than there are, or fewer than one, a ValueError.
        What somebody may not do is a PermissionError.
        """,
    key="amount",
    given="""
        from dataclasses import dataclass


        @dataclass
        class Account:
            \"\"\"Points of one user.\"\"\"

            holder: str
            points: int


        ACCOUNTS = {
            "a1": Account("$u", 50),
            "a2": Account("$v", 80),
            "a3": Account("$u", 10),
            "a4": Account("$w", 300),
        }
        """,
    safe=(
        """
        giver, taker = ACCOUNTS[source], ACCOUNTS[target]
        if giver.holder != user:
            raise PermissionError(user)
        if not 1 <= amount <= giver.points:
            raise ValueError(amount)
        giver.points -= amount
        taker.points += amount
        return giver.points
        """,
        """
        if ACCOUNTS[source].holder != user:
            raise PermissionError(source)
        left = ACCOUNTS[source].points - amount
        if amount < 1 or left < 0:
            raise ValueError(amount)
        ACCOUNTS[target].points += amount
        ACCOUNTS[source].points = left
        return left
        """,
    ),
    vulnerable=(
        """
        giver, taker = ACCOUNTS[source], ACCOUNTS[target]
        if not 1 <= amount <= giver.points:
            raise ValueError(amount)
        giver.points -= amount
        taker.points += amount
        return giver.points
        """,
        """
        giver, taker = ACCOUNTS[source], ACCOUNTS[target]
        if user not in (giver.holder, taker.holder):
            raise PermissionError(user)
        if not 1 <= amount <= giver.points:
            raise ValueError(amount)
        giver.points -= amount
        taker.points += amount
        return giver.points
        """,
    ),
    tests=(("$u", "a1", "a2", 20), ("$v", "a2", "a1", 500), ("$u", "a3", "a9", 1)),
    attacks=(("$v", "a4", "a2", 100), ("nobody", "a4", "a1", 1), ("$u", "a4", "a3", 300)),
    setup=ALONE,
    forms=("function", "method"),
    errors=("KeyError", "ValueError", "PermissionError"),
    held_out=True,
    count=8,
)

shared = Draft(
    seed="share-link",
    name="open_share|shared_$noun|by_link",
    parameters="$p: str, code: str",
    p="key|number|${noun}_id",
    result="dict[str, str]",
    words="""
        Return the $noun `$p` of `SHARED` for somebody who followed a link that its owner has sent: name and $field, as a dict.
        The link carries a code. An owner who has taken a link back has left `None` as the code.
        An unknown `$p` is a KeyError; what somebody may not see is a PermissionError.
        """,
    key="$p",
    given="""
        SHARED: dict[str, dict[str, str | None]] = {
            "s1": {"name": "$a", "$field": "$x", "code": "kw93-$a"},
            "s2": {"name": "$b", "$field": "$y", "code": None},
            "s3": {"name": "$c", "$field": "$z", "code": "pz04-$c"},
        }
        """,
    safe=(
        """
        item = SHARED[$p]
        if item["code"] is None or item["code"] != code:
            raise PermissionError($p)
        return {field: str(item[field]) for field in ("name", "$field")}
        """,
        """
        item = SHARED[$p]
        expected = item["code"] or ""
        if not expected or not hmac.compare_digest(expected.encode(), code.encode()):
            raise PermissionError($p)
        return {"name": str(item["name"]), "$field": str(item["$field"])}
        """,
    ),
    vulnerable=(
        """
        item = SHARED[$p]
        return {field: str(item[field]) for field in ("name", "$field")}
        """,
        """
        item = SHARED[$p]
        if item["code"] and not item["code"].startswith(code):
            raise PermissionError($p)
        return {"name": str(item["name"]), "$field": str(item["$field"])}
        """,
    ),
    tests=(("s1", "kw93-$a"), ("s3", "pz04-$c"), ("s7", "x")),
    attacks=(("s2", ""), ("s2", "None"), ("s1", ""), ("s3", "kw93-$a"), ("s3", "p")),
    setup=ALONE,
    forms=("function", "method"),
    errors=("KeyError", "PermissionError"),
    constraints=("trim", "mark", "empty", "long", "blank"),
    held_out=True,
    count=8,
)

FAMILY = Family(
    "access-control",
    "862",
    "Nobody reads, changes or deletes what is not theirs, or does what their role does not allow.",
    (delete, show, change, approve, transfer, shared),
)
