"""What the documentation says of the code is true."""

from __future__ import annotations

import re
from pathlib import Path

from codereal.cli import VERBS
from codereal.cli.rules import markdown
from codereal.reward.presets import PRESETS
from codereal.reward.score import TERMS
from codereal.rules import RULES

ROOT = Path(__file__).parent.parent


def test_the_rules_page_is_made_from_the_rules() -> None:
    page = (ROOT / "docs" / "rules.md").read_text("utf-8")
    assert page == markdown(), "run make docs"
    assert all(f"## {name}\n" in page for name in RULES)


def test_terms_and_presets_are_documented() -> None:
    page = (ROOT / "docs" / "reward.md").read_text("utf-8")
    assert all(f"`{name}`" in page for name in (*TERMS, *PRESETS))


def test_every_make_target_of_the_readme_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    for page in ("README.md", "CONTRIBUTING.md"):
        text = (ROOT / page).read_text("utf-8")
        used = {word for words in re.findall(r"\bmake ((?:[a-z-]+ ?)+)", text) for word in words.split()}
        named = {
            word for line in re.findall(r"^ {4}make(.*)$", text, re.MULTILINE) for word in line.split("#")[0].split()
        }
        assert named <= targets, used


def test_every_verb_of_the_readme_exists() -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    assert set(re.findall(r"^ {4}(?:\$ )?codereal ([a-z]+)", text, re.MULTILINE)) <= set(VERBS)


def test_links_lead_somewhere() -> None:
    for page in (*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")):
        text = re.sub(r"```.*?```", "", page.read_text("utf-8"), flags=re.DOTALL)
        for target in re.findall(
            r"\]\((?!https?:)([^)#]+)", re.sub(r"`[^`\n]*`|^ {4}.*$", "", text, flags=re.MULTILINE)
        ):
            assert (page.parent / target).exists(), f"{page.name}: {target}"
