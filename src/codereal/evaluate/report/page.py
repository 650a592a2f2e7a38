"""Write `report.html` of a run: the table, the curves, programs before and after, every finding with its path."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Any

from jinja2 import Environment, StrictUndefined

from codereal.evaluate.metrics import METRICS, Row
from codereal.evaluate.report.plots import plots
from codereal.train.folder import RunFolder

_EXAMPLES = 6


def write_report(folder: RunFolder, rows: Sequence[Row]) -> None:
    """Write the report of the run in `folder`, whose table has `rows`."""
    config = folder.read_json(folder.path / "config.json")
    settings = config["settings"]
    source = files("codereal.evaluate.report").joinpath("page.html").read_text(encoding="utf-8")
    # Responses are hostile text: everything is escaped but the curves, which this package draws.
    page = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True).from_string(source)
    text = page.render(
        title=f"PPO with the hybrid reward on {settings['suite']}",
        lead=_lead(rows, settings),
        metrics=METRICS,
        rows=rows,
        plots=plots(folder.metrics()),
        share=round(100 * settings["unsafe_share"]) if settings["warmup_steps"] else 0,
        examples=_examples(folder),
        about=_about(config),
    )
    folder.write(folder.path / "report.html", text)


def _lead(rows: Sequence[Row], settings: Mapping[str, Any]) -> str:
    named = {row.name: row for row in rows}
    if "start" not in named or "after PPO" not in named:
        return "The run has not finished."
    before, after = named["start"].func_qual, named["after PPO"].func_qual
    how = "the 95% intervals are disjoint" if before.apart(after) else "the 95% intervals overlap"
    model = str(settings["model"]).rstrip("/").rsplit("/", 1)[-1]
    return (
        f"{model}, seed {settings['seed']}, α = {settings['alpha']}: Func-Qual on held-out tasks went from "
        f"{before.value:.3f} to {after.value:.3f} ({how})."
    )


def _examples(folder: RunFolder) -> list[dict[str, Any]]:
    """Tasks with an answer before and after: first those that were mended, then those that still fail."""
    sides = {}
    for name in ("start", "final"):
        file = folder.path / "evaluations" / f"{name}.jsonl"
        sides[name] = {record["task"]: record for record in folder.read_rows(file)} if file.exists() else {}
    shared = [task for task in sides["start"] if task in sides["final"]]

    def passed(side: str, task: str) -> bool:
        record = sides[side][task]
        return bool(record["passed_function"] and record["passed_quality"])

    mended = [task for task in shared if not passed("start", task) and passed("final", task)]
    failing = [task for task in shared if not passed("final", task)]
    # Those whose start worked and was unsafe show best what the reward is for.
    mended.sort(key=lambda task: not (sides["start"][task]["passed_function"] and sides["start"][task]["findings"]))
    chosen = _spread(mended[: 4 * _EXAMPLES], _EXAMPLES - 2) + failing[:2]
    return [
        {"task": task, "sides": [_side("before", sides["start"][task]), _side("after", sides["final"][task])]}
        for task in chosen
    ]


def _spread(items: list[str], count: int) -> list[str]:
    return items if len(items) <= count else [items[place * len(items) // count] for place in range(count)]


def _side(name: str, record: Mapping[str, Any]) -> dict[str, Any]:
    sinks = {finding["line"] for finding in record["findings"]}
    path = {step["line"] for finding in record["findings"] for step in finding["flow"]}
    lines = [
        {
            "number": number,
            "text": text or " ",
            "kind": "sink" if number in sinks else "source" if number in path else "",
        }
        for number, text in enumerate(record["program"].splitlines(), 1)
    ]
    return {**record, "name": name, "lines": lines}


def _about(config: Mapping[str, Any]) -> list[tuple[str, str]]:
    about = [("command", config["command"]), ("rule set", config["ruleset"]), ("started", config["started"])]
    about += [(name, str(value)) for name, value in config["versions"].items()]
    about += [(name, str(value)) for name, value in config["machine"].items()]
    return about + [(name, str(value)) for name, value in config["settings"].items()]
