# `make story` sets up, trains a small model and generates stories; `make test` runs the tests, `make docs` builds the site, `make wheels` the wheels.

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

# Processes that run the tests, each with one thread.
WORKERS ?= 2

.PHONY: story test check docs wheels install setup

story: install
	$(BIN)/narrator train storyworld-quick

test: setup
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile

check: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/pyright

# Into site/; a warning is an error. (The variable silences an advertisement for another program.)
docs: setup
	$(PIP) -r requirements-docs.lock
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict --quiet

# Wheels for six systems, into dist/, with kernels compiled by the zig of an environment of its own.
wheels:
	@test -n "$(PYTHON)" || { echo "No Python 3.11 or newer with venv was found; set PYTHON=..." >&2; exit 2; }
	$(PYTHON) -m venv build/wheels-venv
	build/wheels-venv/bin/python -m pip install --quiet --disable-pip-version-check -r requirements-wheels.lock
	build/wheels-venv/bin/python -m distribution --out dist

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
