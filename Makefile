# Everything a person or CI types. `make help` lists it.
SHELL := bash
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Where a whole machine is told to keep no bytecode, every process that a test starts would compile everything anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help setup up down check test bench generate lint types drift fast e2e lab wheel clean

help: ## this list
	@awk -F':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' Makefile

setup: $(VENV)/.installed ## the virtual environment with obsdeploy and its development tools

$(VENV)/.installed: pyproject.toml constraints.txt scripts/venv.sh
	scripts/venv.sh $(PYTHON) $(VENV)
	@touch $@

up: setup ## a kind cluster, the stack and the demo shop, proven live
	scripts/up.sh

down: setup ## removes the stack and deletes the kind cluster
	$(BIN)/obsdeploy down --cluster

lint: setup ## ruff
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: setup ## mypy, strict
	$(BIN)/mypy

drift: setup ## generated files are those that their sources give
	$(BIN)/python -m dashboards --check
	$(BIN)/python scripts/generate.py --check

generate: setup ## writes every generated file
	$(BIN)/python -m dashboards
	$(BIN)/python scripts/generate.py

fast: setup
	$(BIN)/pytest -q -n 2 --ignore=tests/e2e --ignore=tests/looks

check: setup ## all that needs no cluster: under a minute
	@$(MAKE) --no-print-directory --jobs=2 --output-sync=target fast types lint drift

test: setup ## every test, those on a real kind cluster included
	scripts/test.sh

bench: setup ## figures: obsdeploy beside what one would do by hand
	scripts/bench.sh

lab: setup ## the offline bundle, out of package registries alone
	$(BIN)/python -m lab build

wheel: setup ## the wheel, as it is published
	$(BIN)/pip wheel -q --no-deps -w dist .

clean: ## removes what make made in the checkout
	rm -rf $(VENV) dist artifacts .mypy_cache .ruff_cache .pytest_cache
