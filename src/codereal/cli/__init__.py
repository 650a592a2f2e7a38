"""The `codereal` command: one module of this package per verb.

A verb module has `SUMMARY: str`, `add_arguments(parser)` and `run(args) -> int` (the exit code). It is
imported only when its verb is used, so that `codereal check` starts without torch.
"""

from __future__ import annotations

import argparse
import os
import sys
import traceback
from importlib import import_module

from codereal.errors import CoderealError

# verb → one line for `codereal --help`; the module `codereal.cli.<verb>` holds the rest.
VERBS = {
    "check": "find security and maintainability defects in Python files",
    "rules": "list the rules, or explain one",
    "score": "score responses to tasks with the hybrid reward",
    "audit": "run every known exploit against a reward",
    "eval": "measure a model, or responses, on a suite",
    "data": "list, build, validate and export tasks",
    "judge": "have people review tasks, or compare answers, on a local page",
    "train": "train a model with the hybrid reward",
    "report": "write the report of a run",
    "doctor": "say what this machine gives",
}


def main(argv: list[str] | None = None) -> int:
    """Run one verb; returns the exit code (0 clean, 1 findings or below a threshold, 2 usage or our error)."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    parser = _parser()
    if arguments and arguments[0] in VERBS:
        verb = arguments[0]
        module = import_module(f"codereal.cli.{verb}")
        parser = argparse.ArgumentParser(prog=f"codereal {verb}", description=module.SUMMARY)
        parser.add_argument("-v", "--verbose", action="store_true", help="show tracebacks and details")
        parser.add_argument("-q", "--quiet", action="store_true", help="no progress on stderr")
        module.add_arguments(parser)
        args = parser.parse_args(arguments[1:])
        return _run(module.run, args)
    parser.parse_args(arguments)
    parser.print_help()
    return 2


def _run(run: object, args: argparse.Namespace) -> int:
    try:
        code = int(run(args))  # type: ignore[operator]
        sys.stdout.flush()
        return code
    except CoderealError as error:
        if args.verbose:
            traceback.print_exc()
        print(f"codereal: {error}", file=sys.stderr)
    except BrokenPipeError:
        # Whoever read our output has seen enough (`| head`). What is still buffered must not fail at the exit again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except KeyboardInterrupt:
        print("codereal: interrupted", file=sys.stderr)
        return 130
    except Exception as error:  # noqa: BLE001 - the last boundary: one line for the user, the rest with -v
        if args.verbose:
            traceback.print_exc()
        print(f"codereal: internal error: {type(error).__name__}: {error} (run again with -v)", file=sys.stderr)
    return 2


def _parser() -> argparse.ArgumentParser:
    from codereal import __version__

    width = max(map(len, VERBS))
    verbs = "\n".join(f"  {verb:<{width}}  {words}" for verb, words in VERBS.items())
    parser = argparse.ArgumentParser(
        prog="codereal",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description=f"{__doc__ and 'A reward for code models that cannot be cheated.'}\n\nverbs:\n{verbs}",
        epilog="codereal VERB --help explains a verb.",
    )
    parser.add_argument("--version", action="version", version=f"codereal {__version__}")
    parser.add_argument("verb", nargs="?", choices=VERBS, metavar="VERB", help="one of the verbs above")
    return parser
