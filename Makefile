# `make` alone lists the targets. Everything lives in .venv and var, and is made when it is missing.

PYTHON ?= python3
PORT ?= 8000
BIN := .venv/bin
ADVISOR := $(BIN)/advisor
# What an installation sets, for the checks of a deployment.
DEPLOYED := ADVISOR_SECRET_KEY=$$($(BIN)/python -c "import secrets; print(secrets.token_urlsafe(50))") \
	ADVISOR_HOSTS=advisor.example ADVISOR_ACCESS=open
TREES := tree/tokens tree/examples/storage

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

.PHONY: help
help:
	@echo "make run     serve the site on http://127.0.0.1:$(PORT) (PORT=8001 for another port)"
	@echo "make test    run the whole suite on SQLite, with a real browser and a real Redis"
	@echo "make test-postgresql  run again what touches the database, on a real PostgreSQL"
	@echo "make check   formatting, lint, types, settings, the tree, migrations"
	@echo "make bench   measure speed, as ratios"
	@echo "make thorough  run what takes minutes: every kit in every way, with every check broken once"
	@echo "make kits    count what every kit survives, and which test catches what; write docs/kits.md"
	@echo "make fuzz    look for inputs that break the engine, for some minutes"
	@echo "make mutants break 60 random lines, and count how many the tests notice (SEED=2, COUNT=100, COPIES=1)"
	@echo "make drill   read 100,000 broken files, each in a second and 64 MB"
	@echo "make golden  add records of this release to those that every release must show alike"
	@echo "make settings  write the table of settings in README.md"
	@echo "make pictures  take the pictures of the pages in docs/, with a real Chromium"
	@echo "make documents  write the generated parts of docs/problems and docs/commands.md"
	@echo "make expected  write what tree check prints about each bad tree of the suite, and show the diff"
	@echo "make schema  write tree/*.schema.json, by which editors complete and underline"
	@echo "make format  format the code and fix what ruff can fix"
	@echo "make lock    pin the requirements anew, with hashes"
	@echo "make clean   remove .venv and var (saved recommendations too)"

.PHONY: run
run: .venv/for-running
	@ADVISOR_DEBUG=on $(ADVISOR) migrate --verbosity 0
	@echo "Serving on http://127.0.0.1:$(PORT)/ (stop with Ctrl-C)"
	@ADVISOR_DEBUG=on $(ADVISOR) runserver --verbosity 0 127.0.0.1:$(PORT)

.PHONY: test
test: .venv/for-testing
	$(BIN)/python -m tests.support.parts chromium redis-server
	$(BIN)/python -m pytest -n 2 --dist worksteal -m "not thorough"

# Nothing in the other folders of tests/ opens a database.
.PHONY: test-postgresql
test-postgresql: .venv/for-testing
	$(BIN)/python -m tests.support.parts chromium redis-server postgresql
	$(BIN)/python -m tests.support.on_postgresql $(BIN)/python -m pytest -n 2 --dist worksteal -m "not thorough" \
		tests/web tests/wizard tests/saved tests/register tests/studio tests/ops \
		tests/management tests/browser tests/golden \
		tests/kits/test_confirm.py::test_what_is_saved_and_downloaded_confirms_itself \
		tests/kits/test_postgresql.py::test_what_a_kit_keeps_in_postgresql_passes_its_tests

.PHONY: check
check: .venv/for-testing
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(DEPLOYED) $(ADVISOR) check --deploy --database default --fail-level WARNING
	$(ADVISOR) tree check $(TREES)
	$(ADVISOR) tree test --fail-under 100 $(TREES)
	$(DEPLOYED) $(ADVISOR) makemigrations --check --dry-run

.PHONY: bench
bench: .venv/for-testing
	$(BIN)/python -m tests.benchmarks.reading
	$(BIN)/python -m tests.benchmarks.wizard
	$(BIN)/python -m tests.benchmarks.diff
	$(BIN)/python -m tests.benchmarks.impact
	$(BIN)/python -m tests.benchmarks.register

# All of what `make test` runs representatives of.
.PHONY: thorough
thorough: .venv/for-testing
	$(BIN)/python -m tests.support.parts chromium redis-server postgresql
	$(BIN)/python -m pytest -n 2 --dist worksteal -m thorough

.PHONY: kits
kits: .venv/for-testing
	$(BIN)/python -m tests.support.parts redis-server
	$(BIN)/python -m tests.kits.report

.PHONY: fuzz
fuzz: .venv/for-testing
	MUTATIONS=5000 HYPOTHESIS_PROFILE=long $(BIN)/python -m pytest tests/engine

# How many files, and in how many processes at once.
DRILL ?= 100000
WORKERS ?= 2
.PHONY: drill
drill: .venv/for-testing
	$(BIN)/python -m tests.support.fuzz $(DRILL) --workers $(WORKERS)

SEED ?= 1
COUNT ?= 60
# How many lines to break at once: 1 leaves the other cores free.
COPIES ?= 2
.PHONY: mutants
mutants: .venv/for-testing
	$(BIN)/python -m tests.support.parts chromium redis-server
	$(BIN)/python -m tests.mutants --seed $(SEED) --count $(COUNT) --copies $(COPIES)

.PHONY: golden
golden: .venv/for-testing
	$(BIN)/python -m tests.golden

.PHONY: documents
documents: .venv/for-testing
	$(BIN)/python -m tests.documents

BAD_TREES := tests/engine/invalid tests/kits/invalid
.PHONY: expected
expected: .venv/for-testing
	$(BIN)/python -m tests.support.bad_trees
	@git --no-pager diff --stat --patch -- $(BAD_TREES)

.PHONY: schema
schema: .venv/for-testing
	$(ADVISOR) tree schema > tree/tree.schema.json
	$(ADVISOR) tree schema policy > tree/policy.schema.json

.PHONY: settings
settings: .venv/for-running
	$(BIN)/python -m advisor.ops.settings_table README.md

.PHONY: pictures
pictures: .venv/for-testing
	$(BIN)/python -m tests.support.parts chromium
	$(BIN)/python -m tests.support.pictures

.PHONY: format
format: .venv/for-testing
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# With what builds the project itself: it is installed without a network.
PIP_COMPILE := $(BIN)/pip-compile --quiet --upgrade --generate-hashes --strip-extras --allow-unsafe \
	--build-deps-for editable \
	--no-emit-index-url --no-emit-find-links --no-emit-trusted-host
.PHONY: lock
lock: .venv/for-testing
	CUSTOM_COMPILE_COMMAND="make lock" $(PIP_COMPILE) -o requirements.txt pyproject.toml
	CUSTOM_COMPILE_COMMAND="make lock" $(PIP_COMPILE) --extra dev -o requirements-dev.txt pyproject.toml

.PHONY: clean
clean:
	rm -rf .venv var

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or later is needed; PYTHON=/path/to/python3 names another one."; exit 1; }
	$(PYTHON) -m venv .venv

PIP_INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check
# The command `advisor`, which runs the code of this folder.
INSTALL_COMMAND := PYTHONWARNINGS=ignore $(PIP_INSTALL) --no-build-isolation --no-deps --no-index --editable .

.venv/for-running: requirements.txt pyproject.toml | .venv/bin/python
	$(PIP_INSTALL) --require-hashes -r requirements.txt
	$(INSTALL_COMMAND)
	@touch $@

.venv/for-testing: requirements-dev.txt pyproject.toml | .venv/bin/python
	$(PIP_INSTALL) --require-hashes -r requirements-dev.txt
	$(INSTALL_COMMAND)
	@touch $@ .venv/for-running
