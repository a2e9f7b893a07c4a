# Photoreel: every command a developer or an operator types. `make install` needs Python >= 3.11 with venv and pip, nothing else.

PYTHON ?= python3
BIN := .venv/bin
UV := $(shell command -v uv 2>/dev/null || echo .uv/bin/uv)
export UV_PYTHON_DOWNLOADS = never
export UV_NO_PROGRESS = 1
export UV_SYSTEM_CERTS = true

.DEFAULT_GOAL := help
.PHONY: help install develop demo test check bench chaos lock messages conversations

help: ## Show these lines
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: .venv/.installed ## Make .venv from the hash-pinned lock: what the program needs to run
develop: .venv/.developed ## The same, and what checks, tests and measurements need

.uv/bin/uv: requirements-uv.lock
	$(PYTHON) -m venv .uv
	.uv/bin/python -m pip install --quiet --require-hashes -r requirements-uv.lock
	@touch $@

.venv/.installed: requirements.lock pyproject.toml $(filter .uv/bin/uv,$(UV))
	$(UV) venv --quiet --allow-existing --python $(PYTHON) .venv
	$(UV) pip sync --quiet --require-hashes --python $(BIN)/python requirements.lock
	$(UV) pip install --quiet --no-deps --no-build-isolation --python $(BIN)/python --editable .
	@touch $@

.venv/.developed: requirements-dev.lock .venv/.installed
	$(UV) pip sync --quiet --require-hashes --python $(BIN)/python requirements-dev.lock
	$(UV) pip install --quiet --no-deps --no-build-isolation --python $(BIN)/python --editable .
	@touch $@

demo: install ## Start the web chat with the local studio: photos in, MP4 out
	$(BIN)/photoreel demo

check: develop ## Lint, types, import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: check ## All checks and tests: what CI runs
	$(BIN)/pytest -n 4 --dist worksteal

chaos: develop ## Kill, freeze and cut off real processes, full counts: tables of what was found (MINUTES=55 SHARE=1 SEED=1)
	$(BIN)/pytest -q -n 4 tests/chaos/test_servers.py tests/chaos/test_retention.py
	$(BIN)/python -m tests.chaos --minutes $(or $(MINUTES),55) --share $(or $(SHARE),1) --seed $(or $(SEED),1) --table out/chaos.md

bench: develop ## All measurements, one after the other; each prints what it found beside its goal
	$(BIN)/python -m bench

COMPILE = $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --upgrade

lock: ## Renew the locks from the ranges in pyproject.toml: all of development first, what runs is a part of it
	$(COMPILE) --group dev --group peer pyproject.toml --output-file requirements-dev.lock
	$(COMPILE) --constraints requirements-dev.lock --group build pyproject.toml --output-file requirements.lock
	echo uv | $(COMPILE) - --output-file requirements-uv.lock

conversations: develop ## Play all conversations and write docs/conversations.md
	$(BIN)/python -m tests.conversations

CATALOGUES := core/wording/catalogues
MESSAGES := .messages.pot

messages: develop ## Bring the catalogues up to date with the sentences in core/wording
	$(BIN)/pybabel --quiet extract --project Photoreel --add-comments Translators: --strip-comments --add-location file --sort-by-file --width 120 --output-file $(MESSAGES) core/wording
	$(BIN)/pybabel --quiet update --no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date --width 120 --domain photoreel --input-file $(MESSAGES) --output-dir $(CATALOGUES)
	rm $(MESSAGES)
