# Two commands on a fresh machine with Python 3.11+ and make: `make run` and `make test`.
# A distribution's own Python comes first: it is built with every optimisation, which one compiled by default settings is not,
# and runs everything here a third faster. Where it is older than 3.11 or cannot make environments, `python3` is taken.
PYTHON ?= $(shell for each in /usr/bin/python3 python3; do \
	$$each -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$each && exit; done; echo python3)
BIN := .venv/bin
STAMPS := .venv/.stamps
ASSETS := $(shell find web/assets -type f 2>/dev/null)

# Compiled modules are kept: server, worker and tests start many processes, each of which would compile everything again.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: run install test check bench lock clean

run: $(STAMPS)/run $(STAMPS)/assets  ## everything a fresh machine needs, then the server on http://127.0.0.1:8000
	@$(BIN)/banjie run

install: $(STAMPS)/run $(STAMPS)/assets  ## what a real installation needs; docs/operating.md goes on from here

test: $(STAMPS)/dev $(STAMPS)/assets $(STAMPS)/browser $(STAMPS)/directory  ## all tests, on SQLite and PostgreSQL
	$(BIN)/pytest -n $${TEST_WORKERS:-3} --dist=worksteal -q --durations=20 $(TESTS)

check: $(STAMPS)/dev $(STAMPS)/assets  ## style, types, layers, structure, templates, diagrams
	$(BIN)/ruff check engine web tests
	$(BIN)/ruff format --check engine web tests
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/banjie check

bench: $(STAMPS)/dev $(STAMPS)/assets  ## figures of speed and size, as ratios within one run
	$(BIN)/banjie bench

lock: $(STAMPS)/dev  ## pins requirements with hashes; no registry's address is written
	$(BIN)/uv pip compile -q --universal --generate-hashes --python-version 3.11 requirements.in -o requirements.txt
	$(BIN)/uv pip compile -q --universal --generate-hashes --python-version 3.11 requirements-dev.in -o requirements-dev.txt

clean:  ## removes what can be made again; data under var/ stays
	rm -rf .venv node_modules web/static/dist

$(BIN)/python:
	$(PYTHON) -m venv .venv

# The pins are complete, so nothing is resolved (--no-deps): a release made since cannot disturb the installation.
$(STAMPS)/run: requirements.txt pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/dev: requirements-dev.txt $(STAMPS)/run
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements-dev.txt
	@touch $@

$(STAMPS)/node: package-lock.json package.json $(STAMPS)/run
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/npm ci --no-audit --no-fund --loglevel=error
	@touch $@

$(STAMPS)/assets: $(ASSETS) $(STAMPS)/node
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/node web/assets/build.mjs
	@touch $@

$(STAMPS)/browser: $(STAMPS)/dev
	@$(BIN)/python -m tests.browser.install
	@touch $@

$(STAMPS)/directory: $(STAMPS)/dev
	@$(BIN)/python -m tests.directory
	@touch $@
