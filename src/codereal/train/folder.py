"""`RunFolder`: everything a run leaves behind, written so that an interruption never leaves a half of anything.

config.json      settings, versions, rule-set hash, command
metrics.jsonl    one line a step
rollouts/        one file a step: every response with its reward terms
evaluations/     one file an evaluation: every response with its score
checkpoint/      the last whole step (weights, optimizers)
warm/ model/     Hugging Face checkpoints: after the warm-up, after the last step
report.html      the report;  table.md  its table
"""

from __future__ import annotations

import json
import os
import pickle
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch

from codereal.cache import disk_error
from codereal.errors import DataError, UsageError


class RunFolder:
    """A run's folder; raises `ResourceError` when the disk gives out, `DataError` when a file in it is broken."""

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        try:
            for part in ("rollouts", "evaluations"):
                (self.path / part).mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise disk_error(error, self.path) from error

    def begin(self, settings: Mapping[str, Any], about: Mapping[str, Any]) -> None:
        """Note the settings, or check that a run to be resumed had the same (`UsageError` names the difference)."""
        file = self.path / "config.json"
        if file.exists():
            old = self.read_json(file)["settings"]
            for name, value in settings.items():
                if old.get(name) != value:
                    raise UsageError(
                        f"{self.path} holds a run with {name} = {old.get(name)!r}, not {value!r}: "
                        f"choose another folder with -o, or remove that one"
                    )
            return
        self.write(file, json.dumps({"settings": dict(settings), **about}, indent=1) + "\n")

    def write(self, file: Path, text: str) -> None:
        """Write a file whole or not at all."""
        draft = file.with_name(f".{file.name}.part")
        try:
            with draft.open("w", encoding="utf-8") as stream:
                stream.write(text)
                stream.flush()
                os.fsync(stream.fileno())
            draft.replace(file)
        except OSError as error:
            draft.unlink(missing_ok=True)
            raise disk_error(error, file) from error

    def write_rows(self, file: Path, rows: Sequence[Mapping[str, Any]]) -> None:
        """Write a JSONL file whole or not at all."""
        self.write(file, "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))

    @staticmethod
    def read_json(file: Path) -> Any:
        """The JSON value in a file; raises `DataError` naming the file."""
        try:
            return json.loads(file.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise DataError(f"{file} cannot be read: {error}") from error

    @staticmethod
    def read_rows(file: Path) -> list[dict[str, Any]]:
        """The rows of a JSONL file; raises `DataError` naming file and line."""
        rows = []
        try:
            lines = file.read_text(encoding="utf-8").splitlines()
        except OSError as error:
            raise DataError(f"{file} cannot be read: {error.strerror}") from error
        for number, line in enumerate(lines, 1):
            try:
                rows.append(json.loads(line))
            except ValueError as error:
                raise DataError(f"{file}, line {number}: {error}") from error
        return rows

    def metrics(self) -> list[dict[str, Any]]:
        """The metrics of all whole steps."""
        file = self.path / "metrics.jsonl"
        return self.read_rows(file) if file.exists() else []

    def save_step(
        self, step: int, parts: Mapping[str, Any], metrics: Mapping[str, Any], rollouts: Sequence[Mapping[str, Any]]
    ) -> None:
        """Keep a whole step; the checkpoint is replaced last, so it never speaks of rows that are not there."""
        self.write_rows(self.path / "rollouts" / f"step-{step:05}.jsonl", rollouts)
        rows = [row for row in self.metrics() if row["step"] < step]
        self.write_rows(self.path / "metrics.jsonl", [*rows, {"step": step, **metrics}])
        draft = self.path / ".checkpoint.part"
        try:
            torch.save({"step": step, **{name: part.state_dict() for name, part in parts.items()}}, draft)
            draft.replace(self.path / "checkpoint.pt")
        except (OSError, RuntimeError) as error:
            draft.unlink(missing_ok=True)
            raise disk_error(error if isinstance(error, OSError) else OSError(28, str(error)), draft) from error

    def load_step(self, parts: Mapping[str, Any]) -> int:
        """Load the last whole step into `parts`; returns its number (0: a fresh run)."""
        file = self.path / "checkpoint.pt"
        if not file.exists():
            return 0
        try:
            kept = torch.load(file, map_location="cpu", weights_only=True)
            for name, part in parts.items():
                part.load_state_dict(kept[name])
        except (OSError, RuntimeError, KeyError, ValueError, EOFError, pickle.UnpicklingError) as error:
            reason = str(error).splitlines()[0] if str(error) else type(error).__name__
            raise DataError(f"{file} cannot be read ({reason}): remove it to start the training anew") from error
        return int(kept["step"])

    def save_model(self, name: str, network: Any) -> Path:
        """Keep the whole model as a Hugging Face checkpoint under `name`, whole or not at all."""
        target, draft = self.path / name, self.path / f".{name}.part"
        shutil.rmtree(draft, ignore_errors=True)  # nosec: names are the trainer's own
        try:
            network.model.save_pretrained(draft)
            network.tokenizer.save_pretrained(draft)
            draft.rename(target)  # nosec: names are the trainer's own
        except OSError as error:
            shutil.rmtree(draft, ignore_errors=True)  # nosec: names are the trainer's own
            raise disk_error(error, target) from error
        return target
