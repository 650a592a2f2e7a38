"""Text that the program holds is run as code, where no analysis reads it.

`exec("…")`, `eval(base64.b64decode(…))` and `compile` of a text keep what they do from reviewers and from tools: a
scanner sees a constant, not the statement in it. There is hardly ever a need for it: write the code itself, look a
function up in a dict, or use `getattr` for a name that varies. It is a note, since such code need not be wrong; a
reward takes it as code that could not be judged.

It is looked for when it is asked for by name (`--select hidden-code`), and by the reward.

What is reported: `exec`, `eval` and their kin with a text that the program made of its own constants, decoded or not.
What is not: a syntax tree that was parsed and looked at before, and user input, which is CWE-95 and an error.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from codereal.analysis.values import NO, Extern
from codereal.rules._rule import Rule, Verdict

if TYPE_CHECKING:
    from codereal.analysis.program import Hit

_RUN = frozenset({"eval", "exec"})


def judge(hit: Hit) -> Verdict | None:
    name = hit.name.rpartition(".")[2]
    value = hit.value
    act = hit.activation
    # What a check has shown to be harmless came from outside all the same, and was not hidden by the program.
    if name not in _RUN or act.marks(value) or act.marks(act.vals[hit.argument.index]):
        return None
    if value.const is not NO:
        is_text = isinstance(value.const, (str, bytes))
        return Verdict(f"{name} runs a text that no analysis reads", "high") if is_text else None
    compiled = any(
        isinstance(ref, Extern) and not ref.name.startswith(("base64.", "codecs.", "zlib.")) for ref in value.refs
    )
    if compiled and not value.parts:
        return None
    return Verdict(f"{name} runs what no analysis reads", "medium")


RULE = Rule(
    id="hidden-code",
    cwe=(506,),
    summary="Text that the program holds is run as code, where no analysis reads it",
    hint="write the code itself, or look a function up in a dict",
    severity="note",
    sinks=("code",),
    judge=judge,
    is_asked_for=True,
)


UNSAFE: tuple[str, ...] = (
    """
exec("import os; os.system('id')")
""",
    """
import base64
exec(base64.b64decode("cHJpbnQoMSk="))
""",
    """
def run():
    source = "pri" + "nt(1)"
    eval(source)
""",
    """
import zlib, base64
PACKED = "eJwrKMrMK9EwBAAJ4AJH"
exec(zlib.decompress(base64.b64decode(PACKED)).decode())
""",
    """
import builtins
getattr(builtins, "ex" + "ec")("print(1)")
""",
)

SAFE: tuple[str, ...] = (
    """
import ast
print(ast.literal_eval("[1, 2]"))
""",
    """
TABLE = {"add": lambda a, b: a + b}
print(TABLE["add"](1, 2))
""",
    """
import re
PATTERN = re.compile("a+")
""",
    """
import ast
def run(text):
    tree = ast.parse(text, mode="eval")
    return tree
""",
    """
import math
print(getattr(math, "sqrt")(4))
""",
    """
def total(text):
    if not set(text) <= set("0123456789+ "):
        raise ValueError(text)
    return eval(text)
""",
)
