# `make compare` answers the trial's question; `make what-if` serves the what-if page on this machine alone;
# `make notebooks` makes the notebooks to open in Jupyter; `make docs` builds the documents as a site with search;
# `make quick` is the check while writing, `make test` the whole check. Each builds .venv from constraints.txt when it
# is missing or older than what it is built from.
SHELL := /bin/sh
PYTHON ?= python3
BIN := .venv/bin
export PYTHONDONTWRITEBYTECODE :=

# Of the what-if page: where it is served, and after how many idle seconds the process behind a page ends.
PORT ?= 8866
IDLE_SECONDS ?= 3600
IDLE_LOOK_SECONDS ?= 60
NOTEBOOKS ?= build/notebooks

# Every notebook as Jupyter opens it.
convert = mkdir -p $(NOTEBOOKS) && for one in notebooks/*.py; do \
	    $(BIN)/jupytext --quiet --to ipynb --output $(NOTEBOOKS)/$$(basename $$one .py).ipynb $$one || exit 1; done

# Each worker takes a half of the tests in order, so that what a module's tests share is made once, and helps out at the end.
tests = $(BIN)/pytest -n 2 --dist worksteal

.PHONY: compare what-if notebooks docs quick test browser bench clean

compare: .venv/.run
	$(BIN)/simulator compare scenarios/nct07144020.yaml

# The page starts no other program, and only this machine reaches it. The extension of jupytext is for JupyterLab,
# and an error in Voila's console.
what-if: .venv/.what-if
	@mkdir -p $(NOTEBOOKS)
	$(BIN)/jupytext --quiet --to ipynb --output $(NOTEBOOKS)/03_what_if.ipynb notebooks/03_what_if.py
	$(BIN)/voila $(NOTEBOOKS)/03_what_if.ipynb --no-browser --Voila.ip=127.0.0.1 --port=$(PORT) \
	  --Voila.port_retries=0 --strip_sources=True --theme=light --template=lab \
	  --VoilaConfiguration.extension_denylist=jupyterlab-jupytext \
	  --MappingKernelManager.cull_idle_timeout=$(IDLE_SECONDS) \
	  --MappingKernelManager.cull_interval=$(IDLE_LOOK_SECONDS) --MappingKernelManager.cull_connected=True

notebooks: .venv/.what-if
	$(convert)
	@echo "Open $(NOTEBOOKS)/*.ipynb in Jupyter, with the Python of .venv as kernel."

# A broken link or anchor ends the build; tests/docs/test_site.py builds the same site.
docs: .venv/.docs
	$(BIN)/python -m tests.site

quick: .venv/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(tests) -m "not slow" tests

test: .venv/.test browser
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	rm -rf $(NOTEBOOKS)
	$(convert)
	$(tests) --nbmake tests $(NOTEBOOKS)

# Looked for each time: a stamp would still say yes when the browser is gone.
browser:
	@.ci/browser

bench: .venv/.test
	$(BIN)/python -m benchmarks

# uv when it is there, pip otherwise; both compile the bytecode, or every start takes seconds.
install = if command -v uv >/dev/null 2>&1; then \
	  uv pip install --quiet --python $(BIN)/python --compile-bytecode -c constraints.txt -e '.$(1)' ; \
	else \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check --compile -c constraints.txt -e '.$(1)' ; \
	fi

.venv/.run: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	@$(call install,)
	@touch $@

.venv/.test: .venv/.run pyproject.toml constraints.txt
	@$(call install,[test])
	@touch $@

.venv/.what-if: .venv/.run pyproject.toml constraints.txt
	@$(call install,[notebook])
	@touch $@

.venv/.docs: .venv/.run pyproject.toml constraints.txt
	@$(call install,[docs])
	@touch $@

clean:
	rm -rf .venv build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
