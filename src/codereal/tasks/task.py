"""`Task`: one typed record for a prompt and everything that judges an answer to it.

A task carries tests (does it work), attacks (does it stay safe when inputs are hostile), the solutions
that prove both (references pass, vulnerable ones fail an attack), and where it came from. It goes to and
from JSON without loss; `SCHEMA` is raised when a field changes its meaning.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from codereal.errors import DataError
from codereal.sandbox.case import Case, Database, case_from_dict
from codereal.sandbox.limits import Limits

SCHEMA = 1
QUALITIES = ("security", "maintainability")


@dataclass(frozen=True, slots=True)
class Task:
    """A prompt, its tests, its attacks and its proofs.

    `prompt` is what a chat model is asked, as text or as messages. `prefix` is code that a completion goes
    on from (empty: the response is a whole program). `context` is code that stands before the candidate.
    `setup` is a program that makes the files of the working folder. `imports` are the modules that an answer may use,
    if not all (see `codereal.tasks.imports`). `references` are programs known to be correct and safe, `vulnerable` ones
    known to be correct and unsafe.
    """

    id: str
    suite: str
    prompt: str | tuple[Mapping[str, str], ...]
    tests: tuple[Case, ...]
    entry_point: str = ""
    prefix: str = ""
    context: str = ""
    attacks: tuple[Case, ...] = ()
    database: Database | None = None
    setup: str = ""
    limits: Limits | None = None
    quality: tuple[str, ...] = ("security",)
    references: tuple[str, ...] = ()
    vulnerable: tuple[str, ...] = ()
    policy: str = ""
    imports: tuple[str, ...] = ()
    split: str = "train"
    tags: Mapping[str, str] = field(default_factory=dict)
    license: str = ""
    origin: str = ""

    def __post_init__(self) -> None:
        if not self.id:
            raise DataError("a task has no id: give every task a unique, stable one")
        if not self.tests and not self.attacks:
            raise DataError(f"task {self.id}: no tests and no attacks, so nothing could judge an answer")
        unknown = set(self.quality) - set(QUALITIES)
        if unknown:
            raise DataError(f"task {self.id}: unknown quality {sorted(unknown)[0]!r}; known: {', '.join(QUALITIES)}")

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values; fields that hold nothing are left out."""
        record: dict[str, Any] = {"schema": SCHEMA, "id": self.id, "suite": self.suite, "split": self.split}
        record["prompt"] = self.prompt if isinstance(self.prompt, str) else [dict(m) for m in self.prompt]
        record["quality"] = list(self.quality)
        for name in ("entry_point", "prefix", "context", "setup", "policy", "license", "origin"):
            if getattr(self, name):
                record[name] = getattr(self, name)
        for name in ("references", "vulnerable", "imports"):
            if getattr(self, name):
                record[name] = list(getattr(self, name))
        for name in ("tests", "attacks"):
            record[name] = [case.to_dict() for case in getattr(self, name)]
        if self.database:
            record["database"] = self.database.to_dict()
        if self.limits:
            record["limits"] = self.limits.to_dict()
        if self.tags:
            record["tags"] = dict(self.tags)
        return record

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> Task:
        """The inverse of `to_dict`; raises `DataError` with the task's id and the field that is wrong."""
        name = record.get("id", "?")
        try:
            if record.get("schema", SCHEMA) > SCHEMA:
                raise DataError(f"task {name}: schema {record['schema']} is newer than this codereal reads ({SCHEMA})")
            known = {k: v for k, v in record.items() if k != "schema"}
            unknown = set(known) - set(cls.__dataclass_fields__)
            if unknown:
                raise DataError(f"task {name}: unknown field {sorted(unknown)[0]!r}")
            if not isinstance(known["prompt"], str):
                known["prompt"] = tuple(dict(message) for message in known["prompt"])
            for key in ("tests", "attacks"):
                known[key] = tuple(case_from_dict(case) for case in known.get(key, ()))
            for key in ("references", "vulnerable", "quality", "imports"):
                if key in known:
                    known[key] = tuple(known[key])
            if known.get("database"):
                known["database"] = Database.from_dict(known["database"])
            if known.get("limits"):
                known["limits"] = Limits.from_dict(known["limits"])
            return cls(**known)
        except KeyError as error:
            raise DataError(f"task {name}: the field {error} is missing") from error
        except (TypeError, ValueError, AttributeError) as error:
            raise DataError(f"task {name}: {type(error).__name__}: {error}") from error
