"""What the reference does with an argument list: expected values are made by running it, in the sandbox."""

from __future__ import annotations

from dataclasses import dataclass

from codereal.errors import DataError
from codereal.sandbox.case import Call
from codereal.sandbox.codec import decode, opaque
from codereal.sandbox.limits import Limits
from codereal.sandbox.run import default_sandbox

_OBSERVER = """

def observe_(target, arguments):
    try:
        return ("value", globals()[target](*arguments))
    except Exception as error:
        return ("raised", type(error).__name__)
"""


@dataclass(frozen=True, slots=True)
class Outcome:
    """A value, or the name of an exception."""

    value: object = None
    raised: str = ""


def outcome(program: str, function: str, arguments: tuple[object, ...], *, setup: str, limits: Limits) -> Outcome:
    """Call the function of a program in a process and folder of its own, after its setup program has run there.

    Raises DataError when the program does not load, or returns what has no plain form.
    """
    prepared = f"exec({setup!r}, {{'__name__': 'setup'}})\n" if setup else ""
    call = Call("observe_", (function, list(arguments)), expected=None)
    tagged = default_sandbox().compute(f"{prepared}{program}{_OBSERVER}", call, limits)
    if (strange := opaque(tagged)) is not None:
        raise DataError(f"{function} returns a {strange}, which has no plain form")
    kind, content = decode(tagged)
    return Outcome(value=content) if kind == "value" else Outcome(raised=content)
