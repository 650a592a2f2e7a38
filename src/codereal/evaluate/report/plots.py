"""The curves of a training run as SVG."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any

_PLOTS = (
    (
        "Reward and its parts",
        {"reward": "reward", "function": "Function", "quality": "Quality", "func_qual": "Func-Qual"},
    ),
    ("KL to the reference (nats a response)", {"kl": "KL"}),
    ("Entropy (nats a token)", {"entropy": "entropy"}),
    ("Critic: explained variance", {"explained_variance": "explained variance"}),
    ("Length (tokens)", {"length": "mean length"}),
    ("Shares", {"cut_off": "cut at the limit", "distinct": "distinct programs", "clipped": "clipped ratios"}),
)


def plots(metrics: Sequence[Mapping[str, Any]]) -> list[str]:
    """One SVG a plot; none for a run without steps."""
    if not metrics:
        return []
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams["svg.hashsalt"] = "codereal"  # the same run gives the same file
    return [_plot(title, lines, metrics) for title, lines in _PLOTS]


def _plot(title: str, lines: Mapping[str, str], metrics: Sequence[Mapping[str, Any]]) -> str:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5, 2.8), layout="constrained")
    axes = figure.add_subplot()
    for key, label in lines.items():
        points = [(row["step"], row[key]) for row in metrics if key in row]
        axes.plot([x for x, _ in points], [y for _, y in points], label=label, linewidth=1.6, marker=".", markersize=4)
    axes.set_title(title, fontsize=10, loc="left")
    axes.set_xlabel("step", fontsize=9)
    axes.tick_params(labelsize=8)
    axes.grid(alpha=0.25)
    axes.spines[["top", "right"]].set_visible(False)
    if len(lines) > 1:
        axes.set_ylim(-0.02, 1.02)
        axes.legend(fontsize=8, frameon=False)
    stream = io.StringIO()
    figure.savefig(stream, format="svg", metadata={"Date": None})
    text = stream.getvalue()
    return text[text.index("<svg") :]
