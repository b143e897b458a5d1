# One task runner. `make help` lists what there is.
SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin

.PHONY: help demo test check lint types ci fuzz hostile lock bench clean

help:  ## list the tasks
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# pip itself may be older than hash checking of every form needs; the lock is all it gets.
.venv/.ready: requirements.lock pyproject.toml
	@echo "Setting up .venv (once; about a minute)"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Python 3.11 or newer is needed; name it with: make PYTHON=python3.11"; exit 2; }
	@$(PYTHON) -m venv .venv || { echo "Python's venv module is missing: apt install python3-venv"; exit 2; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

demo: .venv/.ready  ## two nights in a synthetic world, and the proposal they lead to
	@$(BIN)/python -m flows demo

test: .venv/.ready  ## all tests, on all cores
	@$(BIN)/python -m pytest

lint: .venv/.ready  ## style, workflows, issue forms
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/zizmor --quiet --offline .github/workflows
	@$(BIN)/check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml
	@$(BIN)/check-jsonschema --builtin-schema vendor.github-issue-forms .github/ISSUE_TEMPLATE/{new-source,takedown,wrong-label-or-licence}.yml
	@$(BIN)/check-jsonschema --builtin-schema vendor.dependabot .github/dependabot.yml
	@$(BIN)/python .ci/actionlint.py

types: .venv/.ready  ## mypy, strict
	@$(BIN)/mypy

check: lint types test  ## lint, types, tests

ci:  ## what CI runs: check, then the demo
	@bash .ci/run

hostile: .venv/.ready  ## one night over everything hostile, and the counts
	@$(BIN)/python -m tests.hostile

fuzz: .venv/.ready  ## fuzz each border for 20 s, or SECONDS_EACH
	@$(BIN)/python -m tests.fuzz --seconds $(or $(SECONDS_EACH),20)

lock: .venv/.ready  ## write requirements.lock anew, with hashes and without addresses
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
	  --no-annotate --no-emit-index-url --all-extras --group dev pyproject.toml -o requirements.lock

bench: .venv/.ready  ## images per second, and what a quiet night costs
	@$(BIN)/python -m benchmarks.night

clean:  ## remove the environment and all caches
	@rm -rf .venv .cache .demo .proposals build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
