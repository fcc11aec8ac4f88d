# drivetrain: everything a newcomer types. Needs Python 3.11 or newer and make, nothing else.
#
#   make up      set everything up and run the platform
#   make test    set everything up and pass the tests
#   make check   format, lint, types, import rules, unit tests (about a minute)
#   make bench   measure speed and quality; prints tables and writes bench/results/*.json
#   make lock    resolve the dependencies again and rewrite the lock files

SHELL := /bin/sh
PYTHON ?= python3
BIN := .venv/bin
UV := $(BIN)/uv
# uv does not read pip's settings; follow a machine's own index when it has one.
export UV_DEFAULT_INDEX ?= $(PIP_INDEX_URL)
ifeq ($(strip $(UV_DEFAULT_INDEX)),)
unexport UV_DEFAULT_INDEX
endif
export UV_PYTHON_DOWNLOADS := never
export UV_NO_PROGRESS := 1

STAMP := .venv/.installed
LOCKS := requirements/uv.lock.txt requirements/dev.lock.txt

.PHONY: help up test check bench lock clean
.DEFAULT_GOAL := help

help:
	@sed -n '2,9s/^# \{0,1\}//p' Makefile

up: $(STAMP)
	@$(BIN)/drivetrain up

test: $(STAMP)
	@$(BIN)/pytest -n 2 --dist loadfile

check: $(STAMP)
	@$(BIN)/ruff format --check -q src tests bench
	@$(BIN)/ruff check -q src tests bench
	@$(BIN)/lint-imports --no-cache 2>&1 | tail -n 4
	@$(BIN)/mypy
	@$(BIN)/pytest -q -n 2 --dist loadfile tests/unit tests/architecture

bench: $(STAMP)
	@$(BIN)/python -m bench

lock: $(STAMP)
	@$(UV) pip compile -q pyproject.toml --extra ray --group dev --universal --python-version 3.11 --upgrade \
	  --generate-hashes --no-header --no-emit-index-url -o requirements/dev.lock.txt
	@echo "requirements/dev.lock.txt is new; run make test, then commit it."

clean:
	@rm -rf .venv .mypy_cache .ruff_cache .pytest_cache bench/results

# Installed again only when the locks or the project file change.
$(STAMP): $(LOCKS) pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("drivetrain needs Python 3.11 or newer" if sys.version_info < (3, 11) else 0)'
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "Installing the locked dependencies (about a minute the first time) ..."
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements/uv.lock.txt
	@$(UV) pip sync -q --python $(BIN)/python --require-hashes --compile-bytecode $(LOCKS)
	@$(UV) pip install -q --python $(BIN)/python --no-deps --no-build-isolation -e .
	@touch $@
