# Three commands, on a machine with Python 3.11 or later, git and make:
#
#   make demo    what the project does: a realistic application, then the real orchestrator-core 4.6.5
#   make test    every test: style, types, coverage, and all that the project promises
#   make e2e     schedules moved on a real orchestrator-core 4.7.2 with PostgreSQL and Redis (3 minutes; installs
#                them by apt-get where it may, else says what is missing)
#
# They set up `.venv` first. `make clean` takes away what they made.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet
JOBS ?= 2
SOURCES := pyproject.toml README.md $(shell find flake8_orch47 -name '*.py' -o -name '*.md')

.DEFAULT_GOAL := help
.PHONY: help demo test e2e clean

help:
	@sed -n 's/^#   //p' Makefile

demo: $(VENV)/for-demo
	@$(BIN)/python tests/demo.py

test: $(VENV)/for-test
	@$(BIN)/python -m pytest -n $(JOBS) --dist loadgroup --cov --cov-report=term

e2e: $(VENV)/for-test
	@$(BIN)/python tests/e2e/move_schedules.py

clean:
	rm -rf $(VENV) .cache .coverage .coverage.* .hypothesis .mypy_cache .pytest_cache .ruff_cache build dist

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "flake8-orch47 needs Python 3.11 or later, and $(PYTHON) is " + sys.version.split()[0])'
	@echo "Setting up $(VENV) ..."
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); exit 1; }

# As a user gets it: a copy. It takes the place of the other one, which the tests need, and the other way round.
$(VENV)/for-demo: $(BIN)/python $(SOURCES)
	@echo "Installing flake8-orch47 ..."
	@$(PIP) --force-reinstall --no-deps . && $(PIP) .
	@rm -f $(VENV)/for-test && touch $@

# In place, so that coverage is of the files that are here.
$(VENV)/for-test: $(BIN)/python pyproject.toml
	@echo "Installing flake8-orch47 and what its tests need ..."
	@$(PIP) --editable '.[test]'
	@rm -f $(VENV)/for-demo && touch $@
