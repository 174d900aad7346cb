# `make help` lists what there is. Everything runs in .venv, made here from the pinned lists in requirements/.
PYTHON ?= python3.11
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip --disable-pip-version-check

.DEFAULT_GOAL := help
.PHONY: help run test lint eval demo bench lock clean

help:  ## show this list
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 10

run: $(VENV)/.runtime  ## set up, then run the monitor with the search page on 127.0.0.1:8765
	@exec $(BIN)/zhiwen run

test: $(VENV)/.dev  ## set up, then run all tests
	@$(BIN)/python -m pytest $(ARGS)

lint: $(VENV)/.dev  ## formatting, types and architecture rules
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy && $(BIN)/mypy deploy/kibana/*.py && $(BIN)/lint-imports

demo: $(VENV)/.runtime  ## crawl a local newsroom twice and show what became of each page
	@exec $(BIN)/zhiwen demo

eval: $(VENV)/.dev  ## score `zhiwen analyse` on ../shared/eval, where that is present
	@$(BIN)/python benchmarks/evaluate.py $(ARGS)

bench: $(VENV)/.dev  ## pages a second beside trafilatura, in one run
	@$(BIN)/python benchmarks/speed.py $(ARGS)

lock: $(VENV)/.dev  ## compile the pinned lists again after a change to pyproject.toml
	@$(PIP) install -q uv
	@$(BIN)/uv pip compile -q --no-header --python-version 3.11 pyproject.toml -c requirements/constraints.txt -o requirements/runtime.txt
	@$(BIN)/uv pip compile -q --no-header --python-version 3.11 pyproject.toml requirements/dev.in -c requirements/runtime.txt -o requirements/dev.txt

clean:  ## remove the environment and caches (never var/, where the data lives)
	rm -rf $(VENV) build .pytest_cache .mypy_cache .ruff_cache *.egg-info

$(VENV)/bin/python:
	@command -v $(PYTHON) >/dev/null || { echo "zhiwen needs Python 3.11: install it, or name one with 'make PYTHON=/path/to/python3.11 ...'" >&2; exit 1; }
	@echo "[1/3] creating $(VENV) with $$($(PYTHON) --version)"
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.runtime: requirements/runtime.txt pyproject.toml | $(VENV)/bin/python
	@echo "[2/3] installing $$(grep -c == requirements/runtime.txt) pinned packages (a minute or two on a new machine)"
	@$(PIP) install --progress-bar on --no-deps -r requirements/runtime.txt
	@echo "[3/3] installing zhiwen itself"
	@$(PIP) install -q --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: requirements/dev.txt requirements/elasticsearch9.txt pyproject.toml $(VENV)/.runtime
	@echo "[+] installing what tests and checks need"
	@$(PIP) install --progress-bar on --no-deps -r requirements/dev.txt
	@$(PIP) install -q --upgrade --no-deps --target $(VENV)/elasticsearch9 -r requirements/elasticsearch9.txt
	@touch $@
