"""`codereal rules [ID]`: list the rules, or explain one."""

from __future__ import annotations

import argparse
import inspect

from codereal.errors import UsageError
from codereal.rules import MODULES, RULES

SUMMARY = "List the rules, or explain one with examples."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("rule", nargs="?", metavar="ID", help="the rule to explain")
    parser.add_argument("--markdown", action="store_true", help="all rules with their examples, as Markdown")


def run(args: argparse.Namespace) -> int:
    if args.markdown:
        print(markdown(), end="")
        return 0
    if args.rule is None:
        width = max(map(len, RULES))
        for rule in RULES.values():
            cwe = ", ".join(f"CWE-{number}" for number in rule.cwe)
            print(f"{rule.id:<{width}}  {rule.severity:<7}  {cwe:<10}  {rule.summary}")
        return 0
    if args.rule not in RULES:
        raise UsageError(f"unknown rule {args.rule!r}; `codereal rules` lists them")
    print(explain(args.rule))
    return 0


def explain(name: str) -> str:
    """The documentation of a rule: its docstring, and the first example of each kind."""
    rule = RULES[name]
    module = MODULES[name]
    cwe = ", ".join(f"CWE-{number}" for number in rule.cwe)
    parts = [f"{rule.id}  ({cwe}, {rule.severity})", inspect.getdoc(module) or rule.summary]
    for title, examples in (("Reported", module.UNSAFE), ("Not reported", module.SAFE)):
        code = "\n".join(f"    {line}" for line in examples[0].strip().splitlines())
        parts.append(f"{title}:\n\n{code}")
    return "\n\n".join(parts)


def markdown() -> str:
    """The documentation of all rules, as it stands in docs/rules.md."""
    missing = sum(len(getattr(module, "MISSING", ())) for module in MODULES.values())
    spurious = sum(len(getattr(module, "SPURIOUS", ())) for module in MODULES.values())
    parts = [
        (
            "# Rules\n\nMade by `make docs` from the rules themselves; their examples are their tests.\n\n"
            f"{len(RULES)} rules. Known misses that stand in their tests: {missing}; known false alarms: {spurious}."
        )
    ]
    for name, rule in RULES.items():
        module = MODULES[name]
        cwe = ", ".join(f"CWE-{number}" for number in rule.cwe)
        parts.append(f"## {name}\n\n{rule.severity} · {cwe} · {rule.hint}\n\n{inspect.getdoc(module)}")
        for title, examples in (("Reported", module.UNSAFE), ("Not reported", module.SAFE)):
            parts.append(f"{title}:\n\n```python\n{examples[0].strip()}\n```")
    return "\n\n".join(parts) + "\n"
