# drivetrain: everything a newcomer types. Needs Python 3.11 or newer and make, nothing else.
#
#   make up      set everything up and run the platform
#   make test    set everything up and pass the tests
#   make check   format, lint, types, import rules, unit tests (about a minute)
#   make poisoned train on tables poisoned in every known way; none may go live by itself (a quarter of an hour)
#   make pages   look at every page of the web app in every state, train from a page, send script payloads from every field (long)
#   make kafka   take in a topic of a real Kafka broker, fetched by Maven and run by Java; skipped without them
#   make feast   test the features as a feature store of Feast, in an environment of its own (.feast)
#   make bench   measure speed and quality; prints tables and writes bench/results/*.json
#   make web     build the web app (up does it too, beside the start); needs the npm registry once
#   make client  write the OpenAPI document and the TypeScript types of the HTTP API (web/api)
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

# One environment, two sizes: what serves, and with it what tests and measures. A stamp says which locks are installed.
SERVING := .venv/.serving
DEVELOPMENT := .venv/.development
INSTALLER_LOCK := requirements/install.lock.txt
SERVING_LOCK := requirements/serve.lock.txt
DEVELOPMENT_LOCK := requirements/dev.lock.txt
# What serves and MLflow's pages; a lock of its own, because schemathesis needs another graphql-core.
PAGES_LOCK := requirements/mlflow.lock.txt
# What serves, Feast, and what its tests run on; a lock and an environment of their own: Feast needs older versions of
# pandas than Ray and Prefect have, and of prometheus-client than what serves.
FEAST_LOCK := requirements/feast.lock.txt
FEAST := .feast

# Scripts of an environment name its folder: moved with its clone it does not start, copied it runs the original's code.
MADE_AT := $(shell sed -n 's/^command = .* //p' .venv/pyvenv.cfg 2>/dev/null)
MOVED := $(if $(MADE_AT),$(if $(filter-out $(CURDIR)/.venv,$(MADE_AT)),.moved))

.PHONY: help up test check poisoned pages kafka feast bench web client lock clean .moved
.DEFAULT_GOAL := help

help:
	@sed -n '2,15s/^# \{0,1\}//p' Makefile

up: $(SERVING)
	@$(BIN)/drivetrain up

test: $(DEVELOPMENT)
	@$(BIN)/pytest -n 2 --dist loadfile --no-loadscope-reorder $(TESTS)

check: $(DEVELOPMENT)
	@$(BIN)/ruff format --check -q src tests bench
	@$(BIN)/ruff check -q src tests bench
	@$(BIN)/lint-imports --no-cache 2>&1 | tail -n 4
	@$(BIN)/mypy
	@$(BIN)/pytest -q -n 2 --dist loadfile tests/unit tests/architecture
	@$(if $(wildcard web/package.json),$(BUILD_WEB) --check || { test $$? -eq 3 && echo "The web app was not checked."; })

# Node and the packages of npm are in .builder, which may be deleted at any time; 3: the network did not answer.
BUILD_WEB := $(BIN)/python -m drivetrain.entrypoints.web_app

web: $(SERVING)
	@$(BUILD_WEB)

poisoned: $(DEVELOPMENT)
	@DRIVETRAIN_TEST_EVERY_POISON=1 $(BIN)/pytest -q tests/integration/test_poisoned_tables.py

pages: $(DEVELOPMENT)
	@DRIVETRAIN_TEST_EVERY_PAGE=1 $(BIN)/pytest -q -rP --show-capture=stdout \
	  tests/e2e/web/test_pages.py tests/e2e/web/test_script_payloads.py tests/e2e/web/test_jobs.py

kafka: $(DEVELOPMENT)
	@DRIVETRAIN_TEST_REAL_KAFKA=1 $(BIN)/pytest -q -rs --timeout 300 -k kafka \
	  tests/integration/test_kafka_topic.py tests/contract/test_event_log.py

feast: $(FEAST)/.installed
	@$(FEAST)/bin/pytest -q -rs -p no:cacheprovider tests/integration/test_feast.py \
	  tests/architecture/test_imports.py::test_a_serving_process_loads_nothing_heavy

bench: $(DEVELOPMENT)
	@$(BIN)/python -m bench

# Node and npm come as a wheel; the paths below are relative to web.
client: $(DEVELOPMENT)
	@$(BIN)/python -m drivetrain.entrypoints.document web/api/openapi.json
	@cd web && PATH="$(CURDIR)/$(BIN):$$PATH" && npm ci --silent && npm run --silent client

COMPILE := $(UV) pip compile -q pyproject.toml --universal --python-version 3.11 --generate-hashes \
  --no-header --no-emit-index-url

lock: $(DEVELOPMENT)
	@$(COMPILE) --extra ray --extra prefect --extra oidc --group dev --upgrade -o $(DEVELOPMENT_LOCK)
	@$(COMPILE) --constraints $(DEVELOPMENT_LOCK) --upgrade -o $(SERVING_LOCK)
	@$(COMPILE) --extra mlflow --constraints $(SERVING_LOCK) --upgrade -o $(PAGES_LOCK)
	@sed -n '/^prometheus-client=/d;s/ \\$$//;/^[a-z]/p' $(SERVING_LOCK) > .venv/.serving-without-metrics
	@$(COMPILE) --extra feast --group feast-tests --no-annotate --constraints .venv/.serving-without-metrics \
	  --upgrade -o $(FEAST_LOCK)
	@$(UV) pip compile -q --group web --universal --python-version 3.11 --generate-hashes --no-header \
	  --no-emit-index-url --constraints $(DEVELOPMENT_LOCK) -o requirements/web.lock.txt
	@echo "The locks in requirements/ are new; run make test, then commit them."

clean:
	@rm -rf .venv .builder $(FEAST) src/drivetrain/adapters/http/bundle .mypy_cache .ruff_cache .pytest_cache bench/results

.moved:
	@echo "The environment in .venv was made at $(MADE_AT); it is made again here."
	@rm -rf .venv $(FEAST)

# Installed again only when the locks or the project file change, or the clone has moved.
$(SERVING): $(MOVED) $(INSTALLER_LOCK) $(SERVING_LOCK) pyproject.toml
	@echo "Installing what serving needs (about a minute the first time) ..."
	@$(call install,$(SERVING_LOCK))
	@rm -f $(DEVELOPMENT)
	@touch $@

$(DEVELOPMENT): $(MOVED) $(INSTALLER_LOCK) $(DEVELOPMENT_LOCK) pyproject.toml
	@echo "Installing what serving and tests need (about a minute the first time) ..."
	@$(call install,$(DEVELOPMENT_LOCK))
	@touch $(SERVING) $@

$(FEAST)/.installed: $(MOVED) $(INSTALLER_LOCK) $(FEAST_LOCK) pyproject.toml | $(SERVING)
	@echo "Installing what serving and Feast need (about a minute the first time) ..."
	@$(UV) venv -q --clear --python $(BIN)/python $(FEAST)
	@$(UV) pip sync -q --python $(FEAST)/bin/python --require-hashes --compile-bytecode $(INSTALLER_LOCK) $(FEAST_LOCK)
	@$(UV) pip install -q --python $(FEAST)/bin/python --no-deps --no-build-isolation -e .
	@touch $@

# pip fetches uv and is not needed after that. Byte code is made of everything but the libraries' own tests.
define install
$(PYTHON) -c 'import sys; sys.exit("drivetrain needs Python 3.11 or newer" if sys.version_info < (3, 11) else 0)' && \
{ test -x $(UV) || { $(PYTHON) -m venv --clear .venv && $(BIN)/python -m pip install -q --disable-pip-version-check \
  --no-compile --require-hashes -r $(INSTALLER_LOCK); }; } && \
{ ! test -x $(BIN)/pip || $(UV) pip uninstall -q --python $(BIN)/python pip; } && \
$(UV) pip sync -q --python $(BIN)/python --require-hashes $(INSTALLER_LOCK) $(1) && \
$(UV) pip install -q --python $(BIN)/python --no-deps --no-build-isolation -e . && \
$(BIN)/python -m compileall -q -j 0 -x '/tests/' .venv/lib src
endef
