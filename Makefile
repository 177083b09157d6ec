# Two commands matter: `make demo` (or `make run`) and `make test`. `make help` lists the rest.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DATA ?= var/data
export CMDB_DATA_DIR ?= $(abspath $(DATA))
SIZE ?= full
# Test processes, each with engines of its own (about 3 GB); a Neo4j given by NEO4J_URI is one database, so there one process
WORKERS ?= $(if $(NEO4J_URI),1,2)

.DEFAULT_GOAL := help
.PHONY: help run demo test check setup lint types contracts unit reference clean
.DELETE_ON_ERROR:

help: ## list the commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'
	@echo "  make bench-NAME   a benchmark of benchmarks/ (SIZE=quick for under a minute)"

$(VENV)/.made: Makefile
	@$(PYTHON) -c 'import sys; sys.exit("cmdb needs Python 3.11 or later; try: make PYTHON=python3.12") if sys.version_info < (3, 11) else None'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || { echo "Python has no venv module here; on Debian: apt-get install python3-venv"; exit 1; }
	@touch $@

$(VENV)/.run: $(VENV)/.made pyproject.toml constraints.txt
	@echo "Installing cmdb into $(VENV) (the first time takes a minute) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e .
	@touch $@

$(VENV)/.dev: $(VENV)/.run
	@echo "Installing the test tools ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@

run: $(VENV)/.run ## start everything on the embedded engines (data in var/data)
	@$(BIN)/cmdb serve

demo: $(VENV)/.run ## the same with the demo estate and what this machine runs
	@$(BIN)/cmdb serve --demo

setup: $(VENV)/.dev ## the environment with the test tools

test: $(VENV)/.dev ## everything: both engines, broker, browser; installs what it needs
	@$(BIN)/python -m tools.provide
	@$(MAKE) --no-print-directory lint types contracts
	@$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile

check: $(VENV)/.dev lint types contracts unit ## the quick inner loop

lint: $(VENV)/.dev
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .

types: $(VENV)/.dev
	@$(BIN)/mypy

contracts: $(VENV)/.dev
	@$(BIN)/lint-imports --no-cache

unit: $(VENV)/.dev
	@$(BIN)/python -m pytest -m "not engine and not neo4j and not broker and not browser and not slow"

reference: $(VENV)/.dev ## write docs/reference and the committed schemas anew
	@for tool in tools/gen_*.py; do $(BIN)/python $$tool || exit 1; done

bench-%: $(VENV)/.dev
	@SIZE=$(SIZE) $(BIN)/python -m benchmarks.bench_$(subst -,_,$*)

clean: ## remove the environment and caches, never the data
	@rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis
