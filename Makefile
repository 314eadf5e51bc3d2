# The two commands a newcomer needs are `make serve` and `make test`; both set everything up by themselves.
# PYTHON=python3.12 VENV=.venv312 make test   runs everything on another interpreter.
PYTHON ?= python3
VENV ?= .venv
ARGS ?=
TIME ?= 60
BIN := $(VENV)/bin
COMPILED ?= $(VENV)-compiled
CATALOGUES := $(wildcard src/coliseum/locale/*/LC_MESSAGES/*.po)

.PHONY: help serve join compare trace compiled test check suite suite-compiled fuzz soak format messages clean

help:
	@echo "make serve   set up and run the server        (ARGS='--engine asyncio --capacity 5')"
	@echo "make join    set up and open a client         (ARGS='--nick ana')"
	@echo "make compare set up and measure the engines against each other   (ARGS='--quick')"
	@echo "make trace   set up and draw what the engines do when            (ARGS='--scenario password')"
	@echo "make compiled set up a faster server, $(COMPILED)/bin/coliseum     (needs a C compiler)"
	@echo "make test    set up and run every check and test"
	@echo "make fuzz    look for inputs that break something (TIME=60 seconds for each target)"
	@echo "make soak    let hundreds of clients live in a server for minutes   (ARGS='--minutes 1')"
	@echo "make format  let ruff put the code in its form"
	@echo "make messages bring the catalogues of translations up to date with the code"
	@echo "make clean   remove what the other targets made"

serve: $(VENV)/.run
	@$(BIN)/coliseum serve $(ARGS)

join: $(VENV)/.run
	@$(BIN)/coliseum join $(ARGS)

compare: $(VENV)/.dev
	@$(BIN)/coliseum compare $(ARGS)

trace: $(VENV)/.dev
	@$(BIN)/coliseum trace $(ARGS)

# The same code, but what a message goes through compiled by mypyc (docs/adr/0016-compiled.md).
compiled: $(COMPILED)/.made
	@echo "$(COMPILED)/bin/coliseum is ready: $$($(COMPILED)/bin/coliseum --version)"

test: check suite suite-compiled

check: $(VENV)/.dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

suite: $(VENV)/.dev
	PYTHONDEVMODE=1 $(BIN)/python -m pytest -n 4 $(ARGS)

# What the compiled server does must be what the interpreted one does: the same tests, of all that is compiled.
CAN_COMPILE := $(PYTHON) -c 'import os, shutil, sysconfig as s; \
	exit(not (shutil.which("cc") and os.path.exists(os.path.join(s.get_path("include"), "Python.h"))))'

suite-compiled: $(VENV)/.dev
	@if $(CAN_COMPILE); then \
		$(MAKE) --no-print-directory $(COMPILED)/.made && PYTHONDEVMODE=1 COLISEUM_TEST_COMPILED=1 \
		PYTHONPATH=$$($(COMPILED)/bin/python -c 'import sysconfig; print(sysconfig.get_path("platlib"))') \
		$(BIN)/python -m pytest -n 4 tests/core tests/dialects tests/engines tests/irc tests/wire; \
	else echo "No C compiler, or no Python.h: the compiled server is NOT tested here."; fi

fuzz: $(VENV)/.dev
	$(BIN)/python -m tests.fuzz --seconds $(TIME)

soak: $(VENV)/.dev
	$(BIN)/python -m coliseum.testing.soak $(ARGS)

format: $(VENV)/.dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# The functions whose first argument is a sentence, besides `_`; tests/test_catalogue.py has the same list.
SENTENCES := _option _unit translate _translate ColiseumError ConfigError CannotCreate Unavailable Unverified

messages: $(VENV)/.dev
	$(BIN)/pybabel --quiet extract -F pyproject.toml $(SENTENCES:%=-k %) --no-location -w 115 \
		-o $(VENV)/coliseum.pot src/coliseum
	$(BIN)/pybabel --quiet update -D coliseum -d src/coliseum/locale -i $(VENV)/coliseum.pot -w 115 \
		--no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date

clean:
	rm -rf $(VENV) $(COMPILED) .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache fuzz-findings

$(VENV)/bin/python:
	@echo "Making a virtual environment in $(VENV) (once)..."
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.run: $(VENV)/bin/python pyproject.toml hatch_build.py $(CATALOGUES)
	@echo "Installing Coliseum and what it needs (once)..."
	@$(BIN)/pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/bin/python pyproject.toml hatch_build.py $(CATALOGUES)
	@echo "Installing Coliseum, the tests and the linters (once)..."
	@$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@ $(VENV)/.run

SOURCES := $(shell find src -name '*.py')

$(COMPILED)/.made: pyproject.toml hatch_build.py $(CATALOGUES) $(SOURCES)
	@echo "Compiling Coliseum into $(COMPILED) (a minute)..."
	@$(PYTHON) -m venv $(COMPILED)
	@COLISEUM_COMPILED=1 $(COMPILED)/bin/pip install --quiet --disable-pip-version-check .
	@touch $@
