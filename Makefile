# Two commands: `make story` sets up, trains a small model and tells stories; `make test` sets up and runs the tests.

# The first Python from 3.11 on that works; `make PYTHON=/some/python story` to choose.
PYTHON ?= $(shell for python in python3.13 python3.12 python3.11 python3 python; do \
	$$python -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; \
	done)

ifeq ($(OS),Windows_NT)
BIN := .venv/Scripts
else
BIN := .venv/bin
endif
INSTALLED := .venv/installed
INSTALLED_DEV := .venv/installed-dev

PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

.PHONY: story test check install setup

story: install
	$(BIN)/narrator train storyworld-quick

test: setup
	$(BIN)/python -m pytest

check: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/pyright

# What users need.
install: $(INSTALLED)

$(INSTALLED): requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "No Python 3.11 or newer with venv was found; set PYTHON=..." >&2; exit 2; }
	$(PYTHON) -m venv .venv
	$(PIP) -r requirements.lock
	$(PIP) --no-deps --no-build-isolation --editable .
	@touch $(INSTALLED)

# And what developers need besides.
setup: $(INSTALLED_DEV)

$(INSTALLED_DEV): $(INSTALLED) requirements-dev.lock
	$(PIP) -r requirements-dev.lock
	@touch $(INSTALLED_DEV)
