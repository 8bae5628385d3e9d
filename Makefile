# `make compare` answers the trial's question; `make test` is the whole check.
# Both build .venv from constraints.txt when it is missing or older than what it is built from.
SHELL := /bin/sh
PYTHON ?= python3
BIN := .venv/bin
export PYTHONDONTWRITEBYTECODE :=

.PHONY: compare test bench clean

compare: .venv/.run
	$(BIN)/simulator compare scenarios/nct07144020.yaml

test: .venv/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest -n 2

bench: .venv/.test
	$(BIN)/python -m benchmarks

# uv when it is there, pip otherwise; both compile the bytecode, or every start takes seconds.
.venv/.run: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	@if command -v uv >/dev/null 2>&1; then \
	  uv pip install --quiet --python $(BIN)/python --compile-bytecode -c constraints.txt -e . ; \
	else \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check --compile -c constraints.txt -e . ; \
	fi
	@touch $@

.venv/.test: .venv/.run pyproject.toml constraints.txt
	@if command -v uv >/dev/null 2>&1; then \
	  uv pip install --quiet --python $(BIN)/python --compile-bytecode -c constraints.txt -e '.[test]' ; \
	else \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check --compile -c constraints.txt -e '.[test]' ; \
	fi
	@touch $@

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
