"""`codereal data write`: have a language model write tasks like those of a suite, and keep what proves itself."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from codereal.errors import ResourceError, UsageError

if TYPE_CHECKING:
    from codereal.tasks.builders.llm.endpoint import Price


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The endpoint, and how much is asked of it."""
    group = parser.add_argument_group("write", "tasks from a model; the seeds are those of --suite")
    group.add_argument("--url", help="an OpenAI-compatible endpoint, such as http://localhost:8000/v1 (OPENAI_API_KEY)")
    group.add_argument("--model", default="default", help="the model's name there (default: default)")
    group.add_argument("--count", type=int, default=100, metavar="N", help="answers to ask for (default: 100)")
    group.add_argument("--budget", type=int, default=0, metavar="TOKENS", help="stop asking after so many (0: never)")
    group.add_argument("--price", metavar="IN,OUT", help="of a million tokens, to show the cost")
    group.add_argument("--temperature", type=float, default=0.8, help="of the model (default: 0.8)")
    group.add_argument("--max-tokens", type=int, default=1500, metavar="N", help="of an answer (default: 1500)")
    group.add_argument("--prompts", metavar="FOLDER", help="write.md and system.md of your own")
    group.add_argument("--seed", type=int, default=0)


def run(args: argparse.Namespace) -> int:
    """Write; answers are kept in FILE.answers.jsonl, from which an interrupted run goes on."""
    from codereal.tasks.builders.llm.endpoint import Endpoint
    from codereal.tasks.builders.llm.expand import PROMPTS, Settings, Tally, expand
    from codereal.tasks.load import load_tasks

    if not args.url or not args.output:
        raise UsageError("data write needs --url of an endpoint and -o FILE.jsonl")
    settings = Settings(
        count=args.count,
        suite=Path(args.output).name.split(".")[0],
        budget=args.budget,
        price=_price(args.price),
        temperature=args.temperature,
        max_tokens=args.max_tokens,
        seed=args.seed,
        prompts=Path(args.prompts) if args.prompts else PROMPTS,
    )
    seeds = load_tasks(args.suite, split=args.split, path=args.data, limit=args.limit)
    output, tally = Path(args.output), Tally()

    def show(state: Tally) -> None:
        if not args.quiet and sys.stderr.isatty():
            print(f"\r\033[K{str(state).splitlines()[0]}", end="", file=sys.stderr, flush=True)

    try:
        with output.open("w", encoding="utf-8") as file, Endpoint(args.url, args.model) as endpoint:
            log = output.with_name(output.name + ".answers.jsonl")
            for task in expand(endpoint, seeds, settings, log, tally, show):
                file.write(json.dumps(task.to_dict(), ensure_ascii=False) + "\n")
                file.flush()
    except OSError as error:
        raise ResourceError(f"cannot write {output}: {error.strerror}") from error
    print(f"\r{tally}" if sys.stderr.isatty() else tally, file=sys.stderr)
    return 0


def _price(text: str | None) -> Price:
    from codereal.tasks.builders.llm.endpoint import Price

    if text is None:
        return Price()
    try:
        prompt, completion = map(float, text.split(","))
    except ValueError as error:
        raise UsageError(f"--price takes two numbers, IN,OUT, not {text!r}") from error
    return Price(prompt, completion)
