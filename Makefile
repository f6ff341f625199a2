# Sozialatlas: every target sets up what it needs. Needs make and Python 3.11 to 3.13 with its venv module.
PYTHON ?= python3
UV_VERSION := 0.13.9
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.synced

export DAGSTER_HOME := $(CURDIR)/.dagster
export DAGSTER_DISABLE_TELEMETRY := 1
export GX_ANALYTICS_ENABLED := false

.PHONY: atlas test check ui clean

atlas: $(STAMP)  ## make the edition of the report year in reports/output/<year>
	@$(BIN)/sozialatlas run

test: $(STAMP)  ## run all tests
	@$(BIN)/pytest

check: $(STAMP)  ## format, lint, types, import contract
	@$(BIN)/ruff format --check . && $(BIN)/ruff check . && $(BIN)/pyright && $(BIN)/lint-imports

ui: $(STAMP)  ## Dagster's web page
	@mkdir -p $(DAGSTER_HOME) && cp dagster.yaml $(DAGSTER_HOME)/ && $(BIN)/dagster dev -m assets.definitions

clean:  ## remove what was generated; data/raw and .venv stay
	rm -rf reports/output .dagster .pytest_cache .ruff_cache .import_linter_cache
	find data/curated -mindepth 1 ! -name .gitkeep -delete

# Set-up: a virtual environment, a pinned uv in it, and exactly the packages of uv.lock.
$(STAMP): uv.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null || { echo "Es fehlt Python 3.11 bis 3.13 (gesucht als $(PYTHON)); ein anderes nennen: make PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { echo "Es fehlt das Python-Modul venv; unter Debian: apt-get install python3-venv" >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	@VIRTUAL_ENV=$(CURDIR)/$(VENV) $(BIN)/uv sync --frozen --quiet --compile-bytecode --python $(BIN)/python
	@touch $@
