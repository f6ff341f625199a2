# Sozialatlas: every target sets up what it needs. Needs make and Python 3.11 to 3.13 with its venv module.
# make atlas ENGINE=quarto: the documents are set by the quarto program, which is fetched where the network allows.
PYTHON ?= python3
ENGINE ?= embedded
UV_VERSION := 0.13.9
WORKERS ?= 2
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.synced
QUARTO := $(VENV)/.quarto

export DAGSTER_HOME := $(CURDIR)/.dagster
export DAGSTER_DISABLE_TELEMETRY := 1
export GX_ANALYTICS_ENABLED := false

.PHONY: atlas test check bench ui clean

atlas: $(STAMP) $(if $(filter quarto,$(ENGINE)),$(QUARTO))  ## make the edition of the report year in reports/output/<year>
	@$(BIN)/sozialatlas run --engine $(ENGINE)

test: $(STAMP)  ## run all tests, in WORKERS processes; how they are shared out says tests/conftest.py
	@$(BIN)/pytest --numprocesses $(WORKERS) --dist loadscope --no-loadscope-reorder

check: $(STAMP)  ## format, lint, types, import contract, sources of documents
	@$(BIN)/ruff format --check . && $(BIN)/ruff check . && $(BIN)/pyright && $(BIN)/lint-imports && $(BIN)/python -m pipelines.publish.lint

bench: $(STAMP)  ## measure runs, maps and engines against their peers; renews docs/benchmarks.md
	@$(BIN)/python -m tests.benchmarks

ui: $(STAMP)  ## Dagster's web page
	@mkdir -p $(DAGSTER_HOME) && cp dagster.yaml $(DAGSTER_HOME)/ && $(BIN)/dagster dev -m assets.definitions

clean:  ## remove what was generated; data/raw, the archive of released editions and .venv stay
	if [ -d reports/output ]; then find reports/output -mindepth 1 -maxdepth 1 ! -name archiv -exec rm -rf {} +; fi
	rm -rf .dagster .pytest_cache .ruff_cache .import_linter_cache
	find data/curated -mindepth 1 ! -name .gitkeep -delete

# Set-up: a virtual environment, a pinned uv in it, and exactly the packages of uv.lock.
$(STAMP): uv.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null || { echo "Es fehlt Python 3.11 bis 3.13 (gesucht als $(PYTHON)); ein anderes nennen: make PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { echo "Es fehlt das Python-Modul venv; unter Debian: apt-get install python3-venv" >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	@VIRTUAL_ENV=$(CURDIR)/$(VENV) $(BIN)/uv sync --frozen --quiet --compile-bytecode --python $(BIN)/python
	@touch $@

# The program itself comes from another host than the packages, so this step may fail where the others do not. A program
# named by QUARTO_PATH is used as it is; then only the packages of its kernel are needed.
$(QUARTO): $(STAMP)
	@VIRTUAL_ENV=$(CURDIR)/$(VENV) $(BIN)/uv sync --frozen --quiet --inexact --extra quarto $(if $(QUARTO_PATH),--no-install-package quarto-cli) --python $(BIN)/python || { echo "Quarto ist nicht zu bekommen: Das Netz lässt das Laden des Programms nicht zu. Entweder Quarto ab 1.9 von Hand einrichten und nennen: make atlas ENGINE=quarto QUARTO_PATH=/pfad/zu/quarto, oder ohne ENGINE=quarto setzen." >&2; exit 1; }
	@touch $@
