# One task runner. `make help` lists what there is.
SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin
LOCKED := .venv-frameworks/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r

# Else every program that a test starts compiles this repository anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help map reference demo test test-all machine frameworks check lint types ci fuzz hostile lock lock-frameworks bench clean

help:  ## list the tasks
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# pip itself may be older than hash checking of every form needs; the lock is all it gets. It is given twice,
# because pip 23 otherwise looks beyond the pin of a package that others ask for with an extra.
.venv/.ready: requirements.lock pyproject.toml
	@echo "Setting up .venv (once; about a minute)"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Python 3.11 or newer is needed; name it with: make PYTHON=python3.11"; exit 2; }
	@$(PYTHON) -m venv .venv || { echo "Python's venv module is missing: apt install python3-venv"; exit 2; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock -c requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

demo: .venv/.ready  ## two nights in a synthetic world, the proposal they lead to, and a release of it
	@$(BIN)/python -m flows demo

# Three at a time also on two cores: some tests wait for a browser, a server or a clock.
test: .venv/.ready  ## the whole behaviour, in about five minutes
	@bash .ci/in_memory $(BIN)/python -m pytest -n 3 -m "not slow" --hypothesis-profile=quick

test-all: .venv/.ready  ## every test, also the slow repetitions
	@bash .ci/in_memory $(BIN)/python -m pytest

machine:  ## install what the tests need beside Python: a browser, Node, systemd-analyze, R, cffconvert
	@bash .ci/machine

# An environment of its own: 3 GB, and versions that the bot must not depend on. The locks are whole, so pip
# looks for nothing beside them.
.venv-frameworks/.ready: requirements-frameworks.lock requirements-torch-cpu.lock requirements-torch-cuda.lock
	@echo "Setting up .venv-frameworks (once; some minutes, 3 GB)"
	@$(PYTHON) -m venv .venv-frameworks
	@$(LOCKED) requirements-frameworks.lock
	@$(LOCKED) requirements-torch-cpu.lock 2>/dev/null || { \
	  echo "pip finds no CPU build of PyTorch, so it takes the one for CUDA, with 3 GB of libraries"; \
	  $(LOCKED) requirements-torch-cuda.lock; }
	@touch $@

frameworks: .venv-frameworks/.ready  ## train a little in PyTorch, Keras, fastai, JAX …
	@PYTHONPATH=$(CURDIR) .venv-frameworks/bin/python -m pytest -n 0 --confcutdir=tests/frameworks tests/frameworks

lint: .venv/.ready  ## style, layers, workflows, issue forms, compose file
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/lint-imports
	@$(BIN)/zizmor --quiet --offline .github/workflows
	@$(BIN)/check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml
	@$(BIN)/check-jsonschema --builtin-schema vendor.github-issue-forms .github/ISSUE_TEMPLATE/{new-source,takedown,wrong-label-or-licence}.yml
	@$(BIN)/check-jsonschema --builtin-schema vendor.dependabot .github/dependabot.yml
	@$(BIN)/check-jsonschema --builtin-schema vendor.compose-spec compose.yaml
	@$(BIN)/python .ci/actionlint.py

types: .venv/.ready  ## mypy, strict
	@$(BIN)/mypy

check: lint types test  ## lint, types, tests

ci:  ## what CI runs: all of these
	@bash .ci/run

hostile: .venv/.ready  ## one night over everything hostile, and the counts
	@$(BIN)/python -m tests.hostile

fuzz: .venv/.ready  ## fuzz each border for 20 s, or SECONDS_EACH
	@$(BIN)/python -m tests.fuzz --seconds $(or $(SECONDS_EACH),20)

reference: .venv/.ready  ## write docs/sources.md's reference and docs/source.schema.json from the models
	@$(BIN)/python docs/reference.py

map: .venv/.ready  ## draw docs/architecture.md's map from the imports; print rooms, arrows, circles
	@$(BIN)/python docs/map.py

lock: .venv/.ready  ## write requirements.lock anew, with hashes and without addresses
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
	  --no-annotate --no-emit-index-url --extra bot --extra dask --group dev pyproject.toml -o requirements.lock
	@echo cffconvert==2.0.0 | $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	  --no-header --no-annotate --no-emit-index-url - -o requirements-cffconvert.lock

lock-frameworks: .venv/.ready  ## write the locks of the frameworks anew
	@$(BIN)/python .ci/lock_frameworks.py

bench: .venv/.ready  ## images per second, and what a quiet night costs
	@$(BIN)/python -m benchmarks.night

clean:  ## remove the environment and all caches
	@rm -rf .venv .cache .demo .proposals build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
