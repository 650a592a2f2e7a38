# `make` lists the targets. The two that matter: `make demo` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RUN ?= runs/demo
FLAGS ?=
STAMP := $(VENV)/installed-$(shell cksum requirements.lock requirements-nodeps.lock pyproject.toml 2>/dev/null | cksum | cut -d' ' -f1)

.DEFAULT_GOAL := help
.PHONY: help demo demo-short test lint types bench compiled data docs audit clean

help:  ## say what each target does
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## */  make \1\t/' | expand -t 20

$(STAMP): requirements.lock requirements-nodeps.lock pyproject.toml
	@command -v $(PYTHON) >/dev/null || { echo "make: no $(PYTHON) here: install Python 3.11 or newer, or name it: make PYTHON=/path/to/python3"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "make: $$($(PYTHON) --version) is too old: codereal needs Python 3.11 or newer (make PYTHON=python3.12)"; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { echo "make: $(PYTHON) has no venv module: install it (Debian: apt install python3-venv)"; exit 1; }
	@$(PYTHON) -c 'import shutil, sys; sys.exit(shutil.disk_usage(".").free < 4 << 30)' || { echo "make: less than 4 GB free on this disk: the environment and the model need that much"; exit 1; }
	@echo "make: installing pinned dependencies into $(VENV) (once)"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --requirement requirements.lock && \
		$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --requirement requirements-nodeps.lock || { echo "make: pip could not install the dependencies (the lines above say why); check the network and run again"; rm -f $(VENV)/installed-*; exit 1; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@rm -f $(VENV)/installed-* && touch $@

demo: $(STAMP)  ## train a small model with the hybrid reward and report (about 15 minutes on 2 cores)
	$(BIN)/codereal train ppo --recipe recipes/demo.toml --output $(RUN) $(FLAGS)

demo-short: $(STAMP)  ## the same line with a few steps, to see that every part works
	$(BIN)/codereal train ppo --recipe recipes/demo.toml --output $(RUN)-short --warmup-steps 6 --steps 2 --eval-limit 14 $(FLAGS)

test: $(STAMP)  ## run the tests
	$(BIN)/pytest -n auto $(FLAGS)

lint: $(STAMP)  ## ruff, and codereal on its own source
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/codereal check src

types: $(STAMP)  ## mypy --strict
	$(BIN)/mypy

data: $(STAMP)  ## build the built-in suite again, prove every row, write its datasheet
	$(BIN)/codereal data build --repeats 1 -o src/codereal/tasks/core
	$(BIN)/codereal data datasheet -o results/codereal-core.md

bench: $(STAMP)  ## the benchmarks, side by side with their peers (long)
	$(BIN)/python benchmarks/analysis.py --snippets
	$(BIN)/python benchmarks/pairs.py
	$(BIN)/python benchmarks/sandbox.py
	$(BIN)/python benchmarks/maintainability.py
	$(BIN)/python benchmarks/reward.py

compiled: $(STAMP)  ## compile the analysis with mypyc into build/compiled, test and time it (some minutes)
	CODEREAL_COMPILE=1 $(BIN)/python setup.py --quiet build --build-lib build/compiled --parallel 2
	PYTHONPATH=build/compiled $(BIN)/pytest -n auto tests/analysis tests/rules
	PYTHONPATH=build/compiled $(BIN)/python benchmarks/analysis.py

docs: $(STAMP)  ## make docs/rules.md from the rules
	$(BIN)/codereal rules --markdown > docs/rules.md

audit: $(STAMP)  ## what every known exploit earns under the default reward
	$(BIN)/codereal audit --limit 24

clean:  ## remove the environment and all caches in this folder (runs stay)
	rm -rf $(VENV) build dist src/*.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
